import Primitives
import Testing

@testable import Admin

@Suite struct RateBookTests {
    private func at(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    private func read(
        _ book: inout RateBook<AllocationName>, up: UInt64, age: UInt64 = 10, slot: UInt32 = 1,
        at now: UInt64
    ) -> TrafficRate {
        var allocation = Samples.other
        allocation.id = AllocationName(worker: 0, slot: slot, generation: 1)
        allocation.ageSeconds = age
        allocation.up = Traffic(packets: up / 100, bytes: up)
        allocation.down = Traffic()
        var list = [allocation]
        book.fill(&list, at: at(now))
        return list[0].rate
    }

    @Test func theFirstLookShowsTheAverageSinceTheStart() {
        var book = RateBook<AllocationName>()
        let rate = read(&book, up: 1_000, at: 50_000)
        #expect(rate.seconds == 10)
        #expect(rate.upBitsPerSecond == 800)
        #expect(rate.upPacketsPerSecond == 1)
        #expect(rate.downBitsPerSecond == 0)
    }

    @Test func theNextLookShowsWhatPassedBetween() {
        var book = RateBook<AllocationName>()
        _ = read(&book, up: 1_000, at: 50_000)
        let rate = read(&book, up: 6_000, age: 12, at: 52_500)
        #expect(rate.seconds == 3)
        #expect(rate.upBitsPerSecond == 16_000)
    }

    @Test func lookingTwiceInASecondShowsTheSame() {
        var book = RateBook<AllocationName>()
        let first = read(&book, up: 1_000, at: 50_000)
        #expect(read(&book, up: 900_000, at: 50_999) == first)
        #expect(read(&book, up: 2_000, at: 51_000).upBitsPerSecond == 8_000)
    }

    @Test func oneAllocationDoesNotForgetAnother() {
        var book = RateBook<AllocationName>()
        _ = read(&book, up: 1_000, slot: 1, at: 0)
        _ = read(&book, up: 1_000, slot: 2, at: 1_000)
        #expect(read(&book, up: 3_000, slot: 1, at: 2_000).upBitsPerSecond == 8_000)
    }

    @Test func anOldReadingIsForgotten() {
        var book = RateBook<AllocationName>()
        _ = read(&book, up: 1_000, at: 0)
        #expect(read(&book, up: 7_000, age: 70, at: 60_000).seconds == 70)
    }

    @Test func aSlotReusedIsAnotherAllocation() {
        var book = RateBook<AllocationName>()
        _ = read(&book, up: 1_000_000, at: 0)
        var next = Samples.other
        next.id = AllocationName(worker: 0, slot: 1, generation: 2)
        next.ageSeconds = 2
        next.up = Traffic(packets: 1, bytes: 100)
        var list = [next]
        book.fill(&list, at: at(5_000))
        #expect(list[0].rate.upBitsPerSecond == 400)
    }
}
