/// What has happened since the start, for `/metrics`.
package struct SignalingCounters: Hashable, Sendable {
    package var frames: UInt64 = 0
    package var defects: UInt64 = 0
    package var hellos: UInt64 = 0
    package var failedHellos: UInt64 = 0
    package var resumed: UInt64 = 0
    package var resumeFailures: [Session.ResumeFailure: UInt64] = [:]
    package var closes: [CloseCode: UInt64] = [:]
    package var refusals: [ErrorCode: UInt64] = [:]
    package var callsStarted: UInt64 = 0
    package var callsEnded: [EndReason: UInt64] = [:]
    package var callsRecovered: UInt64 = 0
    package var gappedSessions: UInt64 = 0
    package var roundTrips = RoundTrips()
    /// From the answer of a call to media on both sides, counted in that moment.
    package var connectTimes = RoundTrips()
    // Of calls that have ended.
    package var callsByPath: [MediaPath: UInt64] = [:]
    package var reconnects: UInt64 = 0
    package var restarts: UInt64 = 0
    package var takeovers: UInt64 = 0
    package var glares: UInt64 = 0

    package init() {}

    mutating func add(_ event: CallLogEvent) {
        if event.name == .active, let time = event.milliseconds { connectTimes.add(time) }
    }

    mutating func add(_ call: Call, _ reason: EndReason) {
        callsEnded[reason, default: 0] += 1
        if let path = call.mediaPath { callsByPath[path, default: 0] += 1 }
        let statistics = call.statistics
        reconnects += UInt64(statistics.reconnects)
        restarts += UInt64(statistics.restarts)
        takeovers += UInt64(statistics.takeovers)
        glares += UInt64(statistics.glares)
    }

    /// Times between `ping` and `pong`, or between two steps of a call.
    package struct RoundTrips: Hashable, Sendable {
        /// Upper bounds in milliseconds; slower ones are in the last bucket.
        package static let bounds: [Int64] = [10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]

        package private(set) var buckets = [UInt64](repeating: 0, count: bounds.count + 1)
        package private(set) var count: UInt64 = 0
        package private(set) var sumMilliseconds: UInt64 = 0

        mutating func add(_ milliseconds: Int64) {
            let bucket = Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count
            buckets[bucket] += 1
            count += 1
            sumMilliseconds += UInt64(max(milliseconds, 0))
        }
    }
}
