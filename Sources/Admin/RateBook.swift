package import Primitives

/// Remembers what allocations, or users, had passed when somebody last asked, and so knows rates.
///
/// The packet path keeps no rates: nobody pays for what nobody looks at. What is seen for the
/// first time shows its average since it was made.
package struct RateBook<Key: Hashable & Sendable>: Sendable {
    private struct Reading {
        var at: MonotonicTime
        var up: Traffic
        var down: Traffic
        var rate: TrafficRate
    }

    /// As many as one list can show.
    private static var readingsMax: Int { AllocationFilter.limitMax }
    /// Looking again within a second shows the same rate, not one of a few packets.
    private static var intervalMin: Seconds { Seconds(1) }
    /// After this a reading is forgotten, whether or not its allocation still lives.
    private static var readingAgeMax: Seconds { Seconds(60) }

    private var readings: [Key: Reading] = [:]

    package init() {}

    /// Forgets what nobody looked at for long; call it before a round of `rate`.
    package mutating func clean(at now: MonotonicTime) {
        readings = readings.filter { $0.value.at + Self.readingAgeMax > now }
    }

    /// The rate of what was read just now and is `ageSeconds` old.
    package mutating func rate(
        of key: Key, up: Traffic, down: Traffic, ageSeconds: UInt64, at now: MonotonicTime
    ) -> TrafficRate {
        let earlier = readings[key]
        if let earlier, earlier.at + Self.intervalMin > now { return earlier.rate }
        let age = Seconds(UInt32(clamping: ageSeconds)).nanoseconds
        let rate = TrafficRate(
            nanoseconds: earlier.map { now.nanoseconds(since: $0.at) } ?? age,
            up: up, down: down, earlierUp: earlier?.up ?? Traffic(),
            earlierDown: earlier?.down ?? Traffic())
        if earlier != nil || readings.count < Self.readingsMax {
            readings[key] = Reading(at: now, up: up, down: down, rate: rate)
        }
        return rate
    }
}

extension RateBook<AllocationName> {
    /// Fills in the rates of allocations whose counters were read just now.
    package mutating func fill(_ allocations: inout [AllocationSnapshot], at now: MonotonicTime) {
        clean(at: now)
        for index in allocations.indices {
            let allocation = allocations[index]
            allocations[index].rate = rate(
                of: allocation.id, up: allocation.up, down: allocation.down,
                ageSeconds: allocation.ageSeconds, at: now)
        }
    }
}
