/// How fast a token bucket fills and how much it holds, in units of the caller's choice.
package struct TokenRate: Hashable, Sendable {
    /// Time per unit in 2^-20 ns, rounded up; 0 means without limit.
    @usableFromInline let timePerUnit: UInt64
    /// The time in which an empty bucket becomes full, in nanoseconds.
    @usableFromInline let window: UInt64

    /// `perSecond` units flow in each second, up to `burst` units; `perSecond` 0 is no limit.
    ///
    /// A single take larger than `burst` never succeeds. `burst` is at least one unit.
    package init(perSecond: UInt64, burst: UInt64) {
        guard perSecond > 0 else {
            timePerUnit = 0
            window = 0
            return
        }
        let second = UInt64(1_000_000_000) << 20
        timePerUnit = (second - 1) / perSecond + 1
        window = Self.time(max(burst, 1), timePerUnit)
    }

    package static let unlimited = TokenRate(perSecond: 0, burst: 0)

    package var isUnlimited: Bool { timePerUnit == 0 }

    init(timePerUnit: UInt64, window: UInt64) {
        self.timePerUnit = timePerUnit
        self.window = window
    }

    /// The time `amount` units take to flow in, rounded up; saturates at about 73 years.
    @inline(__always)
    static func time(_ amount: UInt64, _ timePerUnit: UInt64) -> UInt64 {
        let (high, low) = amount.multipliedFullWidth(by: timePerUnit)
        guard high < 1 << 15 else { return 1 << 61 }
        return (high << 44 | low >> 20) + (low & 0xf_ffff == 0 ? 0 : 1)
    }

    /// The whole units that flow in within `time`.
    @inline(__always)
    func units(_ time: UInt64) -> UInt64 {
        UInt64(truncatingIfNeeded: (UInt128(time) << 20) / UInt128(timePerUnit))
    }
}

/// A token bucket for one owner, kept as a single time: the moment at which it will be full.
///
/// (The generic cell rate algorithm. No refill to compute, no division to take, and a clock
/// that stands still or goes back gives nothing away.)
package struct TokenBucket: Sendable {
    package private(set) var rate: TokenRate
    /// When the bucket is full again; any moment in the past means "full".
    private var fullAt: UInt64

    /// A full bucket.
    package init(_ rate: TokenRate) {
        self.rate = rate
        fullAt = 0
    }

    /// Takes `amount` units if they are all there; otherwise takes nothing and says false.
    package mutating func take(_ amount: UInt64, at now: MonotonicTime) -> Bool {
        if rate.isUnlimited { return true }
        let after = max(fullAt, now.nanoseconds) + TokenRate.time(amount, rate.timePerUnit)
        guard after - now.nanoseconds <= rate.window else { return false }
        fullAt = after
        return true
    }

    /// The units there now; `.max` without a limit.
    package func available(at now: MonotonicTime) -> UInt64 {
        if rate.isUnlimited { return .max }
        let missing = max(fullAt, now.nanoseconds) - now.nanoseconds
        return missing >= rate.window ? 0 : rate.units(rate.window - missing)
    }

    /// True when nothing would be lost by forgetting the bucket.
    package func isFull(at now: MonotonicTime) -> Bool { fullAt <= now.nanoseconds }

    /// Changes the rate after a reload; what was taken stays taken.
    package mutating func setRate(_ new: TokenRate) { rate = new }
}
