import Primitives
import Testing

@testable import Signaling

@Suite struct DeadlineQueueTests {
    private func time(_ value: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: value) }

    @Test("Random sets, moves and clears agree with a plain table", arguments: UInt64(1)...8)
    func agreesWithATable(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var queue = DeadlineQueue<Int>()
        var table: [Int: UInt64] = [:]
        for _ in 0..<3000 {
            let key = Int(random.next() % 40)
            switch random.next() % 6 {
            case 0:
                queue.set(key, to: nil)
                table[key] = nil
            case 1:
                let now = random.next() % 1000
                let due = queue.popDue(at: time(now))
                let first = table.values.min()
                #expect((due == nil) == (first.map { $0 > now } ?? true))
                if let due { #expect(table.removeValue(forKey: due) == first) }
            default:
                let value = random.next() % 1000
                queue.set(key, to: time(value))
                table[key] = value
            }
            #expect(queue.next()?.nanoseconds == table.values.min())
            #expect(queue.count == table.count)
        }
    }

    @Test("What comes out comes in order, each once")
    func inOrder() {
        var queue = DeadlineQueue<Int>()
        for key in 0..<500 { queue.set(key, to: time(UInt64((key * 7919) % 500))) }
        var last: UInt64 = 0
        var seen: Set<Int> = []
        while let next = queue.next(), let key = queue.popDue(at: time(1000)) {
            #expect(next.nanoseconds >= last)
            last = next.nanoseconds
            #expect(seen.insert(key).inserted)
        }
        #expect(seen.count == 500 && queue.count == 0 && queue.next() == nil)
    }

    @Test("A deadline that moves a hundred thousand times takes no more room than one")
    func movesAreCleared() {
        var queue = DeadlineQueue<Int>()
        for step in 0..<100_000 { queue.set(1, to: time(UInt64(step))) }
        #expect(queue.count == 1)
        #expect(queue.heapCount < 200)
        queue.set(1, to: nil)
        #expect(queue.popDue(at: time(.max)) == nil)
        #expect(queue.heapCount == 0)
    }
}
