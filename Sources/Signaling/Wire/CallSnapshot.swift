package import JSON

/// A call as one of its sides, or the operator, sees it: the payload of `state`, of `welcome.calls`
/// and of REST answers. The one with the higher `version` wins.
package struct CallSnapshot: Hashable, Sendable {
    package struct Participant: Hashable, Sendable {
        package var peer: PeerID
        package var user: UserID
        package var name: String?
        package var isOnline: Bool
        package var role: SeatRole
        package var media: Media
        /// When the last frame came in, in milliseconds since 1970; nil while online.
        package var disconnectedAt: Int64?
        package var reconnectCount: Int
    }

    package var call: CallID
    package var state: CallState
    package var version: UInt64
    /// The number of the last accepted offer.
    package var generation: UInt32
    package var chat: String?
    /// The seat of the reader; nil for whom has none.
    package var you: PeerID?
    package var isPolite: Bool
    package var participants: [Participant]
    /// Milliseconds since 1970.
    package var createdAt: Int64
    /// Nil while nothing but the two sides can end the call.
    package var expiresAt: Int64?
    package var endReason: EndReason?

    package var object: JSONObject {
        // A seat's owner is told up to five more.
        var object = JSONObject(capacity: 17)
        object.append("call_id", .string(call.text))
        object.append("status", .string(state.status.rawValue))
        object.append("state", .string(state.rawValue))
        object.append("version", .integer(Int64(clamping: version)))
        object.append("gen", .integer(Int64(generation)))
        if let chat { object.append("chat_id", .string(chat)) }
        object.append("you", you.map { .string($0.text) } ?? .null)
        object.append("polite", .bool(isPolite))
        object.append(
            "participants",
            .object([
                "count": .integer(Int64(participants.count)),
                "list": .array(participants.map { .object($0.object) }),
            ]))
        object.append("created_at", .integer(createdAt))
        object.append("expires_at", expiresAt.map { .integer($0) } ?? .null)
        if let endReason { object.append("end_reason", .string(endReason.rawValue)) }
        return object
    }
}

extension CallSnapshot.Participant {
    fileprivate var object: JSONObject {
        var object = JSONObject(capacity: 8)
        object.append("peer_id", .string(peer.text))
        object.append("user_id", .string(user.text))
        if let name { object.append("name", .string(name)) }
        object.append("online", .bool(isOnline))
        object.append("role", .string(role.rawValue))
        object.append("media", media.json)
        if let disconnectedAt { object.append("disconnected_at", .integer(disconnectedAt)) }
        object.append("reconnect_count", .integer(Int64(reconnectCount)))
        return object
    }
}
