import WebAPI

/// What the door counts since the start, beside the ledger's refusals.
struct DoorCounters: Sendable, Hashable {
    private(set) var handshakes: UInt64 = 0
    /// From the first bytes of a handshake to its end, of those that came to one.
    private(set) var handshakeTimes = MetricsText.Times(
        bounds: [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000])
    /// By reason, in OpenSSL's words.
    private(set) var failedHandshakes: [String: UInt64] = [:]
    /// Streams given to workers.
    var handedOver: UInt64 = 0
    var requests: UInt64 = 0
    var webSocketsOpen: UInt64 = 0

    /// OpenSSL has a few hundred reasons; beyond as many as are usual they count together.
    private static let reasonsMax = 32

    /// With the handshakes that others counted.
    func adding(_ others: DoorCounters) -> DoorCounters {
        var sum = self
        sum.handshakes += others.handshakes
        sum.failedHandshakes.merge(others.failedHandshakes, uniquingKeysWith: +)
        return sum
    }

    mutating func countHandshake(nanoseconds: UInt64) {
        handshakes += 1
        handshakeTimes.add(milliseconds: Int64(clamping: nanoseconds / 1_000_000))
    }

    mutating func countFailedHandshake(_ reason: String) {
        let isKnown = failedHandshakes[reason] != nil
        let key = isKnown || failedHandshakes.count < Self.reasonsMax ? reason : "other"
        failedHandshakes[key, default: 0] += 1
    }
}
