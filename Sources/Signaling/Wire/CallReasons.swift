/// Why a client does not take a call.
package enum RejectReason: String, Hashable, Sendable, CaseIterable, Codable {
    case declined
    case busy
    case mediaFailed = "media_failed"
    case unsupported

    /// Whether the answer speaks for the user or for this device only (calls.md, ruling 9).
    package var defaultScope: RejectScope {
        switch self {
        case .declined, .busy: .user
        case .mediaFailed, .unsupported: .device
        }
    }
}

/// Whom a rejection speaks for.
package enum RejectScope: String, Hashable, Sendable, CaseIterable {
    case user
    case device
}

/// Why a client ends a call.
package enum HangupReason: String, Hashable, Sendable, CaseIterable {
    case hangup
    case cancelled
    case iceFailed = "ice_failed"
    case iceTimeout = "ice_timeout"
    case mediaFailed = "media_failed"
    case error
}

/// Why a call has ended, as `call:end`, snapshots, logs and webhooks say it.
package enum EndReason: String, Hashable, Sendable, CaseIterable, Codable {
    // What a client asked for.
    case hangup
    case cancelled
    case iceFailed = "ice_failed"
    case iceTimeout = "ice_timeout"
    case mediaFailed = "media_failed"
    case error
    case rejected
    // What a timer decided.
    case noAnswer = "no_answer"
    case calleeOffline = "callee_offline"
    case connectFailed = "connect_failed"
    case reconnectTimeout = "reconnect_timeout"
    case expired
    case maxDuration = "max_duration"
    // What the operator or the application did.
    case deleted
    case kicked
    /// For one session only: another one took its seat; the call goes on.
    case takenOver = "taken_over"

    package init(_ reason: HangupReason) {
        switch reason {
        case .hangup: self = .hangup
        case .cancelled: self = .cancelled
        case .iceFailed: self = .iceFailed
        case .iceTimeout: self = .iceTimeout
        case .mediaFailed: self = .mediaFailed
        case .error: self = .error
        }
    }
}

/// How a seat lost its socket.
package enum AbsenceCause: String, Hashable, Sendable, CaseIterable {
    case socket
    case heartbeat
    case drain
}
