import Synchronization

/// A fixed number of token buckets of one rate, shared by all workers without a lock.
///
/// Workers never come here per packet: they lease a chunk and spend it at home.
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
