import JSON
import Primitives
import Signaling
import Testing

@testable import Appliance

@Suite struct HookQueueTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    @Test func eventsOfOneCallGoOneAfterTheOther() throws {
        let queue = HookQueueRig()
        queue.offer("a", "1")
        queue.offer("a", "2")
        queue.offer("b", "3")
        let first = try #require(queue.next(.events, at: start))
        let other = try #require(queue.next(.events, at: start))
        #expect([first.id, other.id] == ["1", "3"])
        #expect(queue.next(.events, at: start) == nil)
        queue.settle(first, .delivered(isAccepted: true), at: start)
        #expect(queue.next(.events, at: start)?.id == "2")
        #expect(queue.counters.delivered == 1)
        #expect(queue.counters.queued == 2)
    }

    @Test func aRetryHoldsUpItsOwnCallOnly() throws {
        let queue = HookQueueRig()
        queue.offer("a", "1")
        queue.offer("a", "2")
        let first = try #require(queue.next(.events, at: start))
        queue.settle(first, .failed(retryAfter: nil), at: start)
        queue.offer("b", "3")
        #expect(queue.next(.events, at: start)?.id == "3")
        #expect(queue.next(.events, at: start) == nil)
        let due = queue.nextDeadline
        // One second, a quarter more or less.
        #expect((750_000_000...1_250_000_000).contains(due.nanoseconds(since: start)))
        queue.advance(at: due)
        let again = try #require(queue.next(.events, at: due))
        #expect(again.number == first.number && again.id == "1")
        #expect(queue.counters.retried == 1)
        queue.settle(again, .delivered(isAccepted: true), at: due)
        #expect(queue.next(.events, at: due)?.id == "2")
    }

    @Test(arguments: [UInt64(0), 12_345, .max])
    func anEventIsTriedFiveTimes(chance: UInt64) throws {
        let queue = HookQueueRig()
        queue.offer("a", "1")
        var now = start
        var pauses: [UInt64] = []
        for _ in 1...HookRules.triesMax {
            let delivery = try #require(queue.next(.events, at: now))
            #expect(queue.settle(delivery.number, failed, chance: chance, at: now) == nil)
            guard queue.nextDeadline != .never else { break }
            pauses.append(queue.nextDeadline.nanoseconds(since: now))
            now = queue.nextDeadline
            queue.advance(at: now)
        }
        #expect(queue.isEmpty)
        #expect(queue.counters.givenUp == 1 && queue.counters.retried == 4)
        for (pause, seconds) in zip(pauses, [1, 5, 25, 125] as [UInt64]) {
            #expect((seconds * 750_000_000...seconds * 1_250_000_000).contains(pause))
        }
        #expect(pauses.count == 4)
    }

    @Test func aRefusalIsTheEnd() throws {
        let queue = HookQueueRig()
        queue.offer("a", "1")
        queue.offer("a", "2")
        let first = try #require(queue.next(.events, at: start))
        queue.settle(first, .refused, at: start)
        #expect(queue.next(.events, at: start)?.id == "2")
        #expect(queue.counters.givenUp == 1 && queue.counters.retried == 0)
    }

    @Test(arguments: [(UInt32(40), UInt64(40)), (100_000, 300)])
    func theServerMayAskForMoreTime(asked: UInt32, seconds: UInt64) throws {
        let queue = HookQueueRig()
        queue.offer("a", "1")
        let first = try #require(queue.next(.events, at: start))
        queue.settle(first, .failed(retryAfter: Seconds(asked)), at: start)
        #expect(queue.nextDeadline.nanoseconds(since: start) == seconds * 1_000_000_000)
    }

    @Test func atTheBoundTheOldestIsLost() throws {
        let queue = HookQueueRig(eventsMax: 3, bytesMax: 1000)
        for number in 1...5 { queue.offer("call", "\(number)") }
        #expect(queue.count == 3)
        #expect(queue.counters.dropped == 2)
        #expect(queue.next(.events, at: start)?.id == "3")
        // What is on its way is not taken back.
        queue.offer("call", "6")
        queue.offer("call", "7")
        #expect(queue.count == 3)
        #expect(queue.counters.dropped == 4)
        queue.settle(number: 3, .delivered(isAccepted: true), at: start)
        #expect(queue.next(.events, at: start)?.id == "6")
    }

    @Test func bytesAreBoundedToo() {
        let queue = HookQueueRig(eventsMax: 100, bytesMax: 25)
        for number in 1...4 {
            queue.offer("call \(number)", "\(number)", body: [UInt8](repeating: 0, count: 10))
        }
        #expect(queue.count == 2)
        #expect(queue.counters.queuedBytes == 20)
        #expect(queue.counters.dropped == 2)
        #expect(queue.next(.events, at: start)?.id == "3")
    }

    @Test func anOutageCostsNoMoreMemoryThanTheBound() throws {
        let queue = HookQueueRig(eventsMax: 10, bytesMax: 10_000)
        for number in 1...10_000 {
            queue.offer("call \(number % 7)", "\(number)")
            if number % 100 == 0, let delivery = queue.next(.events, at: start) {
                queue.settle(delivery, failed, at: start)
            }
        }
        #expect(queue.count == 10)
        var ids: [String] = []
        let later = start + Seconds(1000)
        queue.advance(at: later)
        while let delivery = queue.next(.events, at: later) {
            ids.append(delivery.id)
            queue.settle(delivery, .delivered(isAccepted: true), at: later)
        }
        #expect(ids.count == 10 && Set(ids).count == 10)
        #expect(queue.isEmpty && queue.counters.queuedBytes == 0)
        #expect(queue.next(.events, at: later) == nil && queue.nextDeadline == .never)
    }

    @Test func pushesWaitForNobody() throws {
        let queue = HookQueueRig()
        queue.offer("a", "1")
        _ = try #require(queue.next(.events, at: start))
        queue.push("a", "2", Seconds(20))
        let push = try #require(queue.next(.pushes, at: start))
        #expect(push.id == "2" && push.lane == .pushes)
        let answer = queue.settle(
            push.number, .delivered(isAccepted: true), chance: 0, at: start)
        #expect(answer == .pushSettled("a", isAccepted: true))
    }

    @Test(arguments: [HookOutcome.refused, .delivered(isAccepted: false)])
    func aPushMayBeRefused(outcome: HookOutcome) throws {
        let queue = HookQueueRig()
        queue.push("a", "1", Seconds(20))
        let push = try #require(queue.next(.pushes, at: start))
        #expect(
            queue.settle(push.number, outcome, chance: 0, at: start)
                == .pushSettled("a", isAccepted: false))
    }

    @Test func aPushEndsWithTheRinging() throws {
        let queue = HookQueueRig()
        queue.push("a", "1", Seconds(3))
        let push = try #require(queue.next(.pushes, at: start))
        #expect(push.deadline == start + Seconds(3))
        #expect(queue.settle(push.number, failed, chance: 0, at: start) == nil)
        #expect(queue.takeExpired(at: start + Seconds(2)) == nil)
        // Nobody has tried again by then.
        #expect(
            queue.takeExpired(at: start + Seconds(3)) == .pushSettled("a", isAccepted: false))
        #expect(queue.takeExpired(at: start + Seconds(3)) == nil)
        queue.advance(at: start + Seconds(4))
        #expect(queue.next(.pushes, at: start + Seconds(4)) == nil)
        #expect(queue.isEmpty)
    }

    @Test func aTryOfAPushThatFailsAtItsEndIsTheLast() throws {
        let queue = HookQueueRig()
        queue.push("a", "1", Seconds(3))
        let push = try #require(queue.next(.pushes, at: start))
        let end = start + Seconds(3)
        #expect(queue.takeExpired(at: end) == nil)
        #expect(
            queue.settle(push.number, failed, chance: 0, at: end)
                == .pushSettled("a", isAccepted: false))
    }

    @Test func aPushThatMakesRoomIsSettled() {
        let queue = HookQueueRig(eventsMax: 1, bytesMax: 1000)
        queue.push("a", "1", Seconds(20))
        let event = HookEvent(.ended, ["call_id": "b"])
        #expect(queue.offer(event, id: "2", body: [1], at: start) == ["a"])
    }

    @Test func leavingTriesEverythingOnceMore() throws {
        let queue = HookQueueRig()
        queue.offer("a", "1")
        let first = try #require(queue.next(.events, at: start))
        queue.settle(first, failed, at: start)
        #expect(queue.next(.events, at: start) == nil)
        queue.leave(at: start)
        let last = try #require(queue.next(.events, at: start))
        queue.settle(last, failed, at: start)
        #expect(queue.isEmpty && queue.counters.givenUp == 1)
    }

    private let failed = HookOutcome.failed(retryAfter: nil)
}

/// The queue with a clock that stands still unless told otherwise.
private final class HookQueueRig {
    private var queue: HookQueue
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    init(eventsMax: Int = HookRules.eventsMax, bytesMax: Int = HookRules.bytesMax) {
        queue = HookQueue(eventsMax: eventsMax, bytesMax: bytesMax)
    }

    var isEmpty: Bool { queue.isEmpty }
    var count: Int { queue.count }
    var counters: HookCounters { queue.counters }
    var nextDeadline: MonotonicTime { queue.nextDeadline }

    func offer(_ call: String, _ id: String, body: [UInt8] = [1, 2, 3]) {
        let event = HookEvent(.created, ["call_id": .string(call)])
        let lost = queue.offer(event, id: id, body: body, at: start)
        #expect(lost.isEmpty)
    }

    func offer(_ event: HookEvent, id: String, body: [UInt8], at now: MonotonicTime) -> [CallID] {
        queue.offer(event, id: id, body: body, at: now)
    }

    func push(_ call: String, _ id: String, _ ringing: Seconds) {
        let event = HookEvent(.pushRequested, ["call_id": .string(call)])
        let lost = queue.offer(event, id: id, body: [1], ringing: ringing, at: start)
        #expect(lost.isEmpty)
    }

    func advance(at now: MonotonicTime) { queue.advance(at: now) }

    func next(_ lane: HookLane, at now: MonotonicTime) -> HookDelivery? {
        queue.next(lane, at: now)
    }

    func settle(_ delivery: HookDelivery, _ outcome: HookOutcome, at now: MonotonicTime) {
        settle(number: delivery.number, outcome, at: now)
    }

    func settle(number: UInt64, _ outcome: HookOutcome, at now: MonotonicTime) {
        let answer = settle(number, outcome, chance: 500_000_000, at: now)
        #expect(answer == nil)
    }

    func settle(
        _ number: UInt64, _ outcome: HookOutcome, chance: UInt64, at now: MonotonicTime
    ) -> HookAnswer? {
        queue.settle(number, outcome, chance: chance, at: now)
    }

    func takeExpired(at now: MonotonicTime) -> HookAnswer? { queue.takeExpired(at: now) }

    func leave(at now: MonotonicTime) { queue.leave(at: now) }
}
