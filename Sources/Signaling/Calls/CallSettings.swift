/// The timers and bounds of calls, all configurable; the defaults are those of calls.md 2.6 and of
/// the rulings. A call keeps what held when it began.
package struct CallSettings: Hashable, Sendable, Codable {
    /// What ends a call whose sides are away (S0-23).
    package enum ReconnectPolicy: String, Hashable, Sendable, CaseIterable, Codable {
        /// Both have been away for the whole window.
        case both
        /// One has.
        case any
    }

    package var reconnectPolicy: ReconnectPolicy = .both
    /// T_ring, within the bounds that a caller may ask for (S3-4).
    package var ringMilliseconds: Int64 = 60_000
    package var ringBoundsMilliseconds: ClosedRange<Int64> = 30_000...120_000
    /// T_alert: after it the caller learns that no device alerts, and a push is asked for.
    package var alertMilliseconds: Int64 = 5_000
    /// How long a callee without any live device is waited for (ruling 12).
    package var calleeOfflineMilliseconds: Int64 = 20_000
    /// T_connect.
    package var connectMilliseconds: Int64 = 30_000
    /// How long an answered call that never connected waits for its caller (ruling 11).
    package var absentCallerMilliseconds: Int64 = 60_000
    /// T_seat (S0-22).
    package var windowMilliseconds: Int64 = 1_800_000
    /// T_wait (S2-6).
    package var waitingMilliseconds: Int64 = 10_800_000
    /// How long a guest's seat is held for somebody without a socket (ruling 7).
    package var reservationMilliseconds: Int64 = 60_000
    /// T_tomb: how long an ended call still tells why.
    package var tombMilliseconds: Int64 = 120_000
    /// Between two ICE restarts of one side (calls.md 2.5).
    package var restartMilliseconds: Int64 = 5_000
    /// From the answer on; nil for no bound.
    package var callMillisecondsMax: Int64?
    package var takeoversPerMinute = 3
    /// Candidates kept of each side for each generation.
    package var candidatesMax = 64
    /// Devices that ring for one call.
    package var devicesMax = 16
    /// Whether webhooks are configured: their bodies cost time.
    package var wantsWebhooks = true

    package init() {}

    /// What is asked for, within the bounds.
    func ringMilliseconds(asked: Int64?) -> Int64 {
        guard let asked else { return ringMilliseconds }
        return min(
            max(asked, ringBoundsMilliseconds.lowerBound), ringBoundsMilliseconds.upperBound)
    }
}
