package import Primitives

/// Remembers what allocations had passed when somebody last asked, and so knows their rates.
///
/// The packet path keeps no rates: nobody pays for what nobody looks at. An allocation seen for the
/// first time shows its average since it was made.
package struct RateBook: Sendable {
    private struct Reading {
        var at: MonotonicTime
        var up: Traffic
        var down: Traffic
        var rate: TrafficRate
    }

    /// As many as one list can show.
    private static let readingsMax = AllocationFilter.limitMax
    /// Looking again within a second shows the same rate, not one of a few packets.
    private static let intervalMin = Seconds(1)
    /// After this a reading is forgotten, whether or not its allocation still lives.
    private static let readingAgeMax = Seconds(60)

    private var readings: [AllocationName: Reading] = [:]

    package init() {}

    /// Fills in the rates of allocations whose counters were read just now.
    package mutating func fill(_ allocations: inout [AllocationSnapshot], at now: MonotonicTime) {
        readings = readings.filter { $0.value.at + Self.readingAgeMax > now }
        for index in allocations.indices { fill(&allocations[index], at: now) }
    }

    private mutating func fill(_ allocation: inout AllocationSnapshot, at now: MonotonicTime) {
        let earlier = readings[allocation.id]
        if let earlier, earlier.at + Self.intervalMin > now {
            allocation.rate = earlier.rate
            return
        }
        let age = Seconds(UInt32(clamping: allocation.ageSeconds)).nanoseconds
        allocation.rate = TrafficRate(
            nanoseconds: earlier.map { now.nanoseconds(since: $0.at) } ?? age,
            up: allocation.up, down: allocation.down, earlierUp: earlier?.up ?? Traffic(),
            earlierDown: earlier?.down ?? Traffic())
        guard earlier != nil || readings.count < Self.readingsMax else { return }
        readings[allocation.id] = Reading(
            at: now, up: allocation.up, down: allocation.down, rate: allocation.rate)
    }
}
