import Synchronization

/// A fixed number of token buckets of one rate, shared by all workers without a lock.
///
/// Workers never come here per packet: they lease a chunk (`TokenLease`) and spend it at home.
/// Each bucket is one atomic time, as in `TokenBucket`.
package final class SharedTokenBuckets: Sendable {
    private let fullAt: AtomicTable<UInt64>
    /// The two halves of a `TokenRate`. A reader may meet the halves of two rates for the
    /// moment of a reload; that costs one chunk of the wrong size, no more.
    private let timePerUnit: Atomic<UInt64>
    private let window: Atomic<UInt64>

    /// `count` full buckets.
    package init(count: Int, rate: TokenRate) {
        fullAt = AtomicTable(repeating: 0, count: count)
        timePerUnit = Atomic(rate.timePerUnit)
        window = Atomic(rate.window)
    }

    package var count: Int { fullAt.count }

    package var rate: TokenRate {
        TokenRate(
            timePerUnit: timePerUnit.load(ordering: .relaxed),
            window: window.load(ordering: .relaxed))
    }

    /// Changes the rate of all buckets after a reload.
    package func setRate(_ rate: TokenRate) {
        window.store(rate.window, ordering: .relaxed)
        timePerUnit.store(rate.timePerUnit, ordering: .relaxed)
    }

    /// Takes up to `wanted` units from bucket `slot`; returns how many, 0 when it is empty.
    package func lease(_ slot: Int, upTo wanted: UInt64, at now: MonotonicTime) -> UInt64 {
        let rate = self.rate
        if rate.isUnlimited { return wanted }
        return fullAt.with(slot) { atomic in
            var seen = atomic.load(ordering: .relaxed)
            // Each failed exchange means that another worker got its chunk: after some, this
            // one waits for its next turn.
            for _ in 0..<64 {
                let start = max(seen, now.nanoseconds)
                let missing = start - now.nanoseconds
                guard missing < rate.window else { return 0 }
                let granted = min(wanted, rate.units(rate.window - missing))
                guard granted > 0 else { return 0 }
                let (done, current) = atomic.weakCompareExchange(
                    expected: seen, desired: start + TokenRate.time(granted, rate.timePerUnit),
                    ordering: .relaxed)
                if done { return granted }
                seen = current
            }
            return 0
        }
    }

    /// Makes bucket `slot` full: for a slot that gets a new owner.
    package func refill(_ slot: Int) {
        fullAt.with(slot) { $0.store(0, ordering: .relaxed) }
    }
}

/// What one worker holds of a shared bucket: units already taken there and not yet spent here.
package struct TokenLease: Sendable {
    package private(set) var units: UInt64 = 0
    /// Not asked again before this moment once the shared bucket was empty, in nanoseconds.
    private var askAgainAt: UInt64 = 0

    /// A refused worker asks again after 5 ms: 200 exchanges a second at most, and a wait
    /// that no video buffer notices.
    private static let pause: UInt64 = 5_000_000

    package init() {}

    /// Spends `amount` units, leasing another `chunk` from `slot` when they run out.
    ///
    /// False means over the limit: drop and count. Without contention the shared bucket is
    /// touched once per `chunk` units.
    @inline(__always)
    package mutating func take(
        _ amount: UInt64, chunk: UInt64, from buckets: SharedTokenBuckets, slot: Int,
        at now: MonotonicTime
    ) -> Bool {
        if units < amount { lease(amount, chunk, buckets, slot, now) }
        guard units >= amount else { return false }
        units -= amount
        return true
    }

    private mutating func lease(
        _ amount: UInt64, _ chunk: UInt64, _ buckets: SharedTokenBuckets, _ slot: Int,
        _ now: MonotonicTime
    ) {
        guard now.nanoseconds >= askAgainAt else { return }
        let granted = buckets.lease(slot, upTo: max(chunk, amount - units), at: now)
        units += granted
        if units < amount { askAgainAt = now.nanoseconds + Self.pause }
    }
}
