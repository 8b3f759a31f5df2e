package import JSON
package import Primitives

/// What the owner of the sockets has to do, in this order.
package enum SwitchboardAction: Hashable, Sendable {
    /// One text frame.
    case send(SocketID, [UInt8])
    /// The socket is not known here any more. The code is a `CloseCode` or one of RFC 6455 §7.4.1.
    case close(SocketID, code: UInt16, reason: String)
    case webhook(CallWebhook, JSONObject)
    /// Ask the application who is meant by a chat; `resolved` takes the answer.
    case resolveChat(ResolutionID, chat: String, caller: UserID)
    case log(CallID, CallLogEvent)
}

/// A question to the application about a chat.
package struct ResolutionID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }
}

/// What is known of a socket before its first frame. Origin has been judged before the upgrade.
package struct SocketInfo: Hashable, Sendable {
    /// The client's address, or its /64; nil when it is not known and therefore not limited
    /// (ruling 16).
    package var source: IPAddress?
    /// A token that came with the handshake.
    package var token: String?
    /// The seat that the address names (S2-12); nil for the sockets of everybody else.
    package var seat: SeatSocket?

    package init(source: IPAddress? = nil, token: String? = nil, seat: SeatSocket? = nil) {
        self.source = source
        self.token = token
        self.seat = seat
    }
}

/// What `/apiv2/ws?call_id=..&peer_id=..&peer_token=..` says, unjudged.
package struct SeatSocket: Hashable, Sendable {
    package var call: CallID
    package var peer: PeerID?
    package var token: String

    package init(call: CallID, peer: PeerID? = nil, token: String) {
        self.call = call
        self.peer = peer
        self.token = token
    }
}

/// ICE servers with fresh credentials, as `RTCConfiguration` wants them.
package struct IceServers: Hashable, Sendable {
    package var servers: [JSONValue]
    package var lifetimeSeconds: Int64
    /// Milliseconds since 1970.
    package var expiresAt: Int64

    package init(servers: [JSONValue], lifetimeSeconds: Int64, expiresAt: Int64) {
        self.servers = servers
        self.lifetimeSeconds = lifetimeSeconds
        self.expiresAt = expiresAt
    }

    package var object: JSONObject {
        [
            "iceServers": .array(servers), "ttl": .integer(lifetimeSeconds),
            "expires_at": .integer(expiresAt),
        ]
    }
}

/// Makes credentials for the relay; nil when none may be had now.
package protocol IceServerIssuer: Sendable {
    func iceServers(for user: UserID, isGuest: Bool, at now: Now) -> IceServers?
}
