package import Primitives

/// A moment by both clocks: intervals are taken from the monotonic one, people and saved states
/// are told the other. Kept together, so that the same moment always reads the same.
package struct Stamp: Hashable, Sendable {
    package var monotonic: MonotonicTime
    package var unixMilliseconds: Int64

    package init(_ now: Now) {
        monotonic = now.monotonic
        unixMilliseconds = Int64(clamping: now.unixSeconds).multipliedSaturating(by: 1000)
    }

    /// What was saved as wall time, on the monotonic clock of this process (ruling 4).
    package init(unixMilliseconds: Int64, at now: Now) {
        var stamp = Stamp(now)
        stamp.unixMilliseconds = unixMilliseconds
        self = stamp.rebased(at: now)
    }

    private init(monotonic: MonotonicTime, unixMilliseconds: Int64) {
        self.monotonic = monotonic
        self.unixMilliseconds = unixMilliseconds
    }

    /// Saturates at the end of time.
    package func adding(milliseconds: Int64) -> Stamp {
        let nanoseconds = UInt64(max(milliseconds, 0)).multipliedReportingOverflow(by: 1_000_000)
        let sum = monotonic.nanoseconds.addingReportingOverflow(nanoseconds.partialValue)
        let never = nanoseconds.overflow || sum.overflow
        return Stamp(
            monotonic: never ? .never : MonotonicTime(nanoseconds: sum.partialValue),
            unixMilliseconds: unixMilliseconds.addingSaturating(milliseconds))
    }

    /// The milliseconds from here to `later`; 0 when it is earlier.
    package func milliseconds(until later: MonotonicTime) -> Int64 {
        Int64(later.nanoseconds(since: monotonic) / 1_000_000)
    }

    /// The milliseconds that are left at `now`.
    package func milliseconds(leftAt now: Now) -> Int64 {
        Int64(monotonic.nanoseconds(since: now.monotonic) / 1_000_000)
    }

    private func rebased(at now: Now) -> Stamp {
        let current = Stamp(now)
        let ahead = unixMilliseconds.subtractingSaturating(current.unixMilliseconds)
        if ahead >= 0 {
            var moved = current.adding(milliseconds: ahead)
            moved.unixMilliseconds = unixMilliseconds
            return moved
        }
        let past = UInt64(ahead.magnitude).multipliedReportingOverflow(by: 1_000_000)
        let start = now.monotonic.nanoseconds
        let back = past.overflow || past.partialValue > start ? 0 : start - past.partialValue
        return Stamp(
            monotonic: MonotonicTime(nanoseconds: back), unixMilliseconds: unixMilliseconds)
    }
}

// Saved as wall time, read onto the clock of the process that reads it (ruling 4).
extension Stamp: Codable {
    package init(from decoder: any Decoder) throws {
        guard let state = decoder as? StateDecoder else {
            throw StateDecoder.Mismatch(name: "Stamp")
        }
        let saved = try decoder.singleValueContainer().decode(Int64.self)
        let stamp = Stamp(
            monotonic: MonotonicTime(nanoseconds: 0), unixMilliseconds: saved)
        self = stamp.rebased(at: state.now)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(unixMilliseconds)
    }
}

extension Int64 {
    fileprivate func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    fileprivate func subtractingSaturating(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }

    fileprivate func multipliedSaturating(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
