import JSON
package import Primitives

extension Call {
    /// The call as `peer` sees it; nil for somebody without a seat.
    package func snapshot(for peer: PeerID?, at now: Now) -> CallSnapshot {
        CallSnapshot(
            call: id, state: state, version: version, generation: generation, chat: chat,
            you: peer, isPolite: seats.first { $0.peer == peer }?.isPolite ?? true,
            participants: seats.map(Self.participant), createdAt: createdAt.unixMilliseconds,
            expiresAt: expiry?.unixMilliseconds, endReason: endReason)
    }

    private static func participant(_ seat: Seat) -> CallSnapshot.Participant {
        CallSnapshot.Participant(
            peer: seat.peer, user: seat.user, name: seat.name, isOnline: seat.isOnline,
            role: seat.role, media: seat.media,
            disconnectedAt: seat.disconnectedAt?.unixMilliseconds,
            reconnectCount: seat.reconnectCount)
    }

    /// When the call ends by itself: waiting and ringing calls, later only with a longest duration
    /// (ruling 17).
    private var expiry: Stamp? {
        switch state {
        case .waiting: deadlines.waiting
        case .ringing: deadlines.ring
        case .answered, .active, .reconnecting: deadlines.longest
        case .ended: nil
        }
    }

    /// What a seat is told about itself: the snapshot and how it got there.
    func seatReply(_ index: Int, isReconnect: Bool, at now: Now) -> JSONObject {
        let seat = seats[index]
        let other = otherIndex(than: index).map { seats[$0] }
        var object = snapshot(for: seat.peer, at: now).object
        object["peer_id"] = .string(seat.peer.text)
        object["role"] = .string(seat.role.rawValue)
        object["is_reconnect"] = .bool(isReconnect)
        object["peer_online"] = .bool(other?.isOnline ?? false)
        if state == .ringing {
            object["devices"] = .integer(Int64(ringers.count { $0.isReachable }))
        }
        return object
    }
}
