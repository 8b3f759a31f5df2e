import Primitives
import Testing

@Suite struct TimeTests {
    @Test func secondsCountInNanoseconds() {
        #expect(Seconds(600).nanoseconds == 600_000_000_000)
        #expect(Seconds(.max).nanoseconds == 4_294_967_295_000_000_000)
        #expect(Seconds(1) < Seconds(2))
    }

    @Test func additionEndsAtNever() {
        let start = MonotonicTime(nanoseconds: 5)
        #expect(start + Seconds(1) == MonotonicTime(nanoseconds: 1_000_000_005))
        #expect(MonotonicTime.never + Seconds(1) == .never)
        #expect(MonotonicTime(nanoseconds: .max - 1) + Seconds(1) == .never)
    }

    @Test func intervalsAreNeverNegative() {
        let (early, late) = (MonotonicTime(nanoseconds: 10), MonotonicTime(nanoseconds: 25))
        #expect(late.nanoseconds(since: early) == 15)
        #expect(early.nanoseconds(since: late) == 0)
        #expect(early < late && !(late < early))
    }
}
