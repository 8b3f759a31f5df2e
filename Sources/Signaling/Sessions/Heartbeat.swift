package import Primitives

/// When to ping and when to give up on a socket (calls.md 2.3).
package struct Heartbeat: Hashable, Sendable {
    /// S3-1: every 25 s, and 20 s more for the answer.
    package static let intervalMilliseconds: UInt64 = 25_000
    package static let timeoutMilliseconds: UInt64 = 20_000

    /// When the last frame came in.
    package private(set) var lastInbound: Now
    package private(set) var pingDue: MonotonicTime

    /// `phase` spreads the pings of sessions that started together by 10 % either way.
    package init(at now: Now, phase: UInt64) {
        lastInbound = now
        pingDue = Self.next(after: now.monotonic, phase: phase)
    }

    package var givesUpAt: MonotonicTime {
        lastInbound.monotonic
            + Seconds(
                UInt32((Self.intervalMilliseconds + Self.timeoutMilliseconds) / 1000))
    }

    package var nextDeadline: MonotonicTime { min(pingDue, givesUpAt) }

    package mutating func heard(at now: Now) { lastInbound = now }

    package mutating func pinged(at now: MonotonicTime, phase: UInt64) {
        pingDue = Self.next(after: now, phase: phase)
    }

    private static func next(after now: MonotonicTime, phase: UInt64) -> MonotonicTime {
        let spread = intervalMilliseconds / 5
        let interval = intervalMilliseconds - spread / 2 + phase % (spread + 1)
        return MonotonicTime(nanoseconds: now.nanoseconds &+ interval * 1_000_000)
    }
}
