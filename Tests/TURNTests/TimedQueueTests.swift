import Primitives
import Testing

@testable import TURN

@Suite struct TimedQueueTests {
    private func second(_ count: UInt32) -> MonotonicTime {
        MonotonicTime(nanoseconds: 0) + Seconds(count)
    }

    @Test func elementsLeaveInOrderWhenDue() {
        var queue = TimedQueue<Int>()
        #expect(queue.nextDeadline == .never)
        for number in 0..<200 { queue.append(number, due: second(UInt32(number))) }
        #expect(queue.nextDeadline == second(0))
        for number in 0..<150 {
            #expect(queue.popDue(at: second(149)) == number)
            #expect(queue.count == 199 - number)
        }
        #expect(queue.popDue(at: second(149)) == nil)
        queue.append(200, due: second(200))
        for number in 150...200 { #expect(queue.popDue(at: second(300)) == number) }
        #expect(queue.popDue(at: .never) == nil)
        #expect(queue.count == 0)
    }
}
