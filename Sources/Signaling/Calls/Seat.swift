/// One of the two places of a call. It outlives sockets, sessions and pages (S0-6).
package struct Seat: Hashable, Sendable, Codable {
    package let peer: PeerID
    package let user: UserID
    package internal(set) var name: String?
    package let role: SeatRole
    /// Whether the seat was given to an authenticated user, who alone may come back to it.
    package let isAuthenticated: Bool
    package internal(set) var device: DeviceID?
    /// The session that hears what is said to this seat: also while its socket is away, since it
    /// keeps messages. Nil once that session is gone, or before there was one.
    package internal(set) var session: SessionID?
    package internal(set) var isOnline = false
    /// False for a seat that REST has reserved and nobody has sat on yet.
    package internal(set) var wasOnline = false
    /// When the last frame came in; nil while online.
    package internal(set) var disconnectedAt: Stamp?
    package internal(set) var reconnectCount = 0
    package internal(set) var media = Media()
    package internal(set) var report: ClientMessage.ConnectionReport?
    /// When the reservation lapses.
    var reservedUntil: Stamp?
    var reportsConnected = false
    var hasConnected = false
    /// When this side last restarted ICE.
    var restartedAt: Stamp?
    /// Times of the last takeovers, the newest last.
    var takeovers: [Stamp] = []
    /// The last description of this side that was accepted.
    var described: Described?
    /// Candidates that came before the description they belong to.
    var held: [HeldCandidate] = []
    /// Candidates of the current generation that somebody may still have to be given.
    var kept: [Candidate] = []

    struct Described: Hashable, Sendable, Codable {
        var generation: UInt32
        var ufrags: [String]

        /// A candidate without a fragment, or a description without one, cannot be told apart.
        func covers(_ candidate: Candidate) -> Bool {
            guard let ufrag = candidate.ufrag, !ufrags.isEmpty else { return true }
            return ufrags.contains(ufrag)
        }
    }

    init(peer: PeerID, user: UserID, name: String?, role: SeatRole, isAuthenticated: Bool) {
        self.peer = peer
        self.user = user
        self.name = name
        self.role = role
        self.isAuthenticated = isAuthenticated
    }

    package var isPolite: Bool { role == .guest }
}

/// A candidate that waits for its description.
struct HeldCandidate: Hashable, Sendable, Codable {
    var generation: UInt32?
    var candidate: Candidate
}

/// A device of the callee that was offered the call.
struct Ringer: Hashable, Sendable, Codable {
    var party: CallParty
    /// False while its socket is away; its session keeps the offer.
    var isReachable: Bool
    var isAlerting = false
    /// It was offered the call as an answer to its own one, and has not rung.
    var hasYielded = false
    /// Candidates for an answer that it may give (ruling 2).
    var held: [HeldCandidate] = []
}

/// A device that no longer rings, so that its late frames get the right answer.
struct FormerRinger: Hashable, Sendable, Codable {
    var session: SessionID
    var user: UserID
    var device: DeviceID
    var hasRejected: Bool
}
