import Testing

@testable import Forwarding

@Suite struct StreamQueueTests {
    private static let bounds = StreamQueue.Bounds(bytes: 3000, age: 1_000)

    private static func frame(_ mark: UInt8, _ size: Int) -> [UInt8] {
        [UInt8](repeating: mark, count: size)
    }

    @Test("Frames leave in order, whole, as many as fit")
    func order() {
        var queue = StreamQueue()
        for mark in 1...5 as ClosedRange<UInt8> {
            let admission = queue.append(
                Self.frame(mark, 100), isData: true, now: 0, bounds: Self.bounds)
            #expect(admission == .kept(dropped: 0))
        }
        var output: [UInt8] = []
        queue.take(upTo: 250, into: &output)
        #expect(output == Self.frame(1, 100) + Self.frame(2, 100))
        output = []
        queue.take(upTo: 10, into: &output)
        #expect(output == Self.frame(3, 100))
        output = []
        queue.take(upTo: .max, into: &output)
        #expect(output == Self.frame(4, 100) + Self.frame(5, 100))
        #expect(queue.isEmpty)
        #expect(queue.byteCount == 0)
    }

    @Test("At the bound the oldest video-sized frame goes first, then the oldest data")
    func victims() {
        var queue = StreamQueue()
        func add(_ mark: UInt8, _ size: Int, isData: Bool = true) -> StreamQueue.Admission {
            queue.append(Self.frame(mark, size), isData: isData, now: 0, bounds: Self.bounds)
        }
        #expect(add(1, 100, isData: false) == .kept(dropped: 0))
        #expect(add(2, 100) == .kept(dropped: 0))
        #expect(add(3, 1200) == .kept(dropped: 0))
        #expect(add(4, 1200) == .kept(dropped: 0))
        #expect(add(5, 1200) == .kept(dropped: 1))
        var output: [UInt8] = []
        queue.take(upTo: .max, into: &output)
        #expect(
            output == Self.frame(1, 100) + Self.frame(2, 100) + Self.frame(4, 1200)
                + Self.frame(5, 1200))
    }

    @Test("STUN messages stay, whoever comes")
    func control() {
        var queue = StreamQueue()
        for _ in 0..<30 {
            _ = queue.append(Self.frame(0, 100), isData: false, now: 0, bounds: Self.bounds)
        }
        #expect(
            queue.append(Self.frame(1, 100), isData: true, now: 5_000, bounds: Self.bounds)
                == .refused)
        #expect(
            queue.append(Self.frame(1, 100), isData: false, now: 5_000, bounds: Self.bounds)
                == .overflow)
        #expect(queue.byteCount == 3000)
    }

    @Test("What waited too long is dropped, STUN messages are not")
    func age() {
        var queue = StreamQueue()
        _ = queue.append(Self.frame(1, 10), isData: true, now: 0, bounds: Self.bounds)
        _ = queue.append(Self.frame(2, 10), isData: false, now: 0, bounds: Self.bounds)
        _ = queue.append(Self.frame(3, 10), isData: true, now: 100, bounds: Self.bounds)
        _ = queue.append(Self.frame(4, 10), isData: true, now: 900, bounds: Self.bounds)
        #expect(queue.dropLate(now: 1_000, bounds: Self.bounds) == 0)
        #expect(queue.dropLate(now: 1_101, bounds: Self.bounds) == 2)
        var output: [UInt8] = []
        queue.take(upTo: .max, into: &output)
        #expect(output == Self.frame(2, 10) + Self.frame(4, 10))
    }

    @Test("All that is late goes, however many", arguments: 1...40)
    func manyLate(count: Int) {
        var queue = StreamQueue()
        for index in 0..<count {
            let isData = index % 7 != 3
            _ = queue.append([UInt8(index)], isData: isData, now: 0, bounds: Self.bounds)
        }
        let data = (0..<count).count { $0 % 7 != 3 }
        #expect(queue.dropLate(now: 2_000, bounds: Self.bounds) == data)
        #expect(queue.byteCount == count - data)
    }

    @Test("Never above the bounds under random use", arguments: 1...20 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var random = SplitMix(state: seed)
        var queue = StreamQueue()
        var kept = 0
        var out: [UInt8] = []
        for step in 0..<5_000 as Range<UInt64> {
            if random.next() % 5 < 3 {
                let size = Int(random.next() % 1_300)
                let result = queue.append(
                    Self.frame(1, size), isData: random.next() % 8 > 0, now: step * 10,
                    bounds: Self.bounds)
                if case .kept(let dropped) = result { kept += 1 - dropped }
            } else {
                let before = queue.byteCount
                out = []
                queue.take(upTo: Int(random.next() % 2_000), into: &out)
                #expect(before - out.count == queue.byteCount)
            }
            #expect(queue.byteCount <= Self.bounds.bytes)
        }
        while !queue.isEmpty { queue.take(upTo: .max, into: &out) }
        #expect(queue.byteCount == 0)
        #expect(kept >= 0)
    }
}
