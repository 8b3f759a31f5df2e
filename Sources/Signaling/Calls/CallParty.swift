/// Who sends something: a session, and whose it is.
package struct CallParty: Hashable, Sendable, Codable {
    package var session: SessionID
    package var user: UserID
    package var name: String?
    package var device: DeviceID
    /// False for guests whose name is only a claim.
    package var isAuthenticated: Bool
    /// Whether the client sends `call:connected` (cap `reports_connected`).
    package var reportsConnected: Bool

    package init(
        session: SessionID, user: UserID, name: String? = nil, device: DeviceID,
        isAuthenticated: Bool = true, reportsConnected: Bool = false
    ) {
        self.session = session
        self.user = user
        self.name = name
        self.device = device
        self.isAuthenticated = isAuthenticated
        self.reportsConnected = reportsConnected
    }
}

/// What a `peer_token` said, once its signature and its call have been checked.
package enum SeatClaim: Hashable, Sendable {
    case none
    /// Wrong signature, another call, or expired.
    case invalid
    /// The user is nil for a guest's seat: whoever holds the token may have it.
    case valid(PeerID, UserID?, SeatRole)
}

/// Whether both sides come by themselves, or one calls the other.
package enum CallKind: String, Hashable, Sendable, Codable {
    case room
    case direct
}
