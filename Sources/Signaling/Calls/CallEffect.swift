package import JSON

/// What has to be done because of an event, in this order. The reply of a request comes first, so
/// that it precedes every message that it causes (ruling 5).
package enum CallEffect: Hashable, Sendable {
    /// The data of `ok`.
    case reply(JSONObject)
    /// To a session, which keeps the message while its socket is away.
    case notify(SessionID, ServerMessage)
    /// The session takes part from now on: the call must hear when it is lost, back, or gone.
    case attached(SessionID)
    case detached(SessionID)
    case webhook(CallWebhook, JSONObject)
    case log(CallLogEvent)
    /// The call has left the living: it no longer counts and stands in no list (S2-5).
    case ended(EndReason)
    /// Even why it ended may be forgotten now.
    case forget
}

/// What servers of the application are told.
package enum CallWebhook: String, Hashable, Sendable, CaseIterable {
    case created = "call.created"
    case ringing = "call.ringing"
    case answered = "call.answered"
    case active = "call.active"
    case peerDisconnected = "call.peer_disconnected"
    case peerReconnected = "call.peer_reconnected"
    case ended = "call.ended"
    case pushRequested = "push.requested"
}

/// One line for the log; the call itself is known to who writes it.
package struct CallLogEvent: Hashable, Sendable {
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case created
        case recovered
        case ringing
        case alerting
        case pushRequested = "push_requested"
        case deviceRejected = "device_rejected"
        case answered
        case joined
        case left
        case active
        case offered
        case restarted
        case glare
        case takenOver = "taken_over"
        case seatLapsed = "seat_lapsed"
        case peerDisconnected = "peer_disconnected"
        case peerReconnected = "peer_reconnected"
        case ended
    }

    package var name: Name
    package var peer: PeerID?
    package var user: UserID?
    /// A word of the protocol: never text of a client.
    package var reason: String?
    /// Of an end: why, in words for people; names in it are as clients wrote them.
    package var cause: String?
    package var milliseconds: Int64?

    init(
        _ name: Name, peer: PeerID? = nil, user: UserID? = nil, reason: String? = nil,
        milliseconds: Int64? = nil
    ) {
        self.name = name
        self.peer = peer
        self.user = user
        self.reason = reason
        self.milliseconds = milliseconds
    }
}
