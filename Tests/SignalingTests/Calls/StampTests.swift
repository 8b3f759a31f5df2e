import Primitives
import Testing

@testable import Signaling

struct StampTests {
    private func now(_ monotonic: UInt64, _ unix: UInt64) -> Now {
        Now(monotonic: MonotonicTime(nanoseconds: monotonic * 1_000_000), unixSeconds: unix)
    }

    @Test func `both clocks move together`() {
        let stamp = Stamp(now(5_000, 100)).adding(milliseconds: 1_500)
        #expect(stamp.monotonic.nanoseconds == 6_500_000_000)
        #expect(stamp.unixMilliseconds == 101_500)
        #expect(stamp.milliseconds(leftAt: now(6_000, 0)) == 500)
        #expect(stamp.milliseconds(leftAt: now(7_000, 0)) == 0)
        #expect(stamp.milliseconds(until: now(7_000, 0).monotonic) == 500)
    }

    @Test func `a deadline saved as wall time lands on the clock of the next process`() {
        let here = now(10_000, 1_000)
        let ahead = Stamp(unixMilliseconds: 1_030_000, at: here)
        #expect(ahead.monotonic.nanoseconds == 40_000_000_000)
        #expect(ahead.unixMilliseconds == 1_030_000)
        let past = Stamp(unixMilliseconds: 995_000, at: here)
        #expect(past.monotonic.nanoseconds == 5_000_000_000)
        // Longer ago than this machine has been running.
        let ancient = Stamp(unixMilliseconds: 0, at: here)
        #expect(ancient.monotonic.nanoseconds == 0)
        #expect(ancient.unixMilliseconds == 0)
    }

    @Test func `nothing overflows`() {
        let end = Stamp(now(0, .max))
        #expect(end.adding(milliseconds: .max).monotonic == .never)
        #expect(Stamp(unixMilliseconds: .min, at: now(1, 1)).monotonic.nanoseconds == 0)
        #expect(Stamp(unixMilliseconds: .max, at: now(1, 1)).monotonic == .never)
    }
}
