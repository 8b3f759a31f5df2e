package import Primitives

/// A caller's session: what a client keeps while its WebSockets come and go.
package struct SessionReport: Codable, Hashable, Sendable {
    package var id: String
    package var user: String
    package var name: String?
    package var device: String
    package var online: Bool
    /// Without a token, or with one for certain calls only.
    package var guest: Bool
    /// Where its WebSocket comes from; behind a trusted proxy the address that the proxy named.
    /// Nil while it is away.
    package var client: TransportAddress?
    /// Since the last frame came in.
    package var idleSeconds: UInt64
    /// Since its last socket closed; nil while online.
    package var awaySeconds: UInt64?
    /// Until the token expires; negative behind it, nil without one.
    package var tokenExpiresInSeconds: Int64?
    /// How often it came back on another socket.
    package var resumes: Int
    /// Messages that the client has not confirmed.
    package var unconfirmed: Int
    /// The calls it has to do with.
    package var calls: [String]

    package init(
        id: String, user: String, name: String? = nil, device: String, online: Bool,
        guest: Bool = false, client: TransportAddress? = nil, idleSeconds: UInt64,
        awaySeconds: UInt64? = nil, tokenExpiresInSeconds: Int64? = nil, resumes: Int = 0,
        unconfirmed: Int = 0, calls: [String] = []
    ) {
        self.id = id
        self.user = user
        self.name = name
        self.device = device
        self.online = online
        self.guest = guest
        self.client = client
        self.idleSeconds = idleSeconds
        self.awaySeconds = awaySeconds
        self.tokenExpiresInSeconds = tokenExpiresInSeconds
        self.resumes = resumes
        self.unconfirmed = unconfirmed
        self.calls = calls
    }
}

/// Sessions that matched a query, by user, cut at its limit.
package struct SessionList: Codable, Hashable, Sendable {
    package var matched: Int
    package var sessions: [SessionReport]

    package init(matched: Int, sessions: [SessionReport]) {
        self.matched = matched
        self.sessions = sessions
    }
}

/// Which sessions to show.
package struct SessionQuery: Hashable, Sendable {
    package static let limitDefault = 1_000
    package static let limitMax = 10_000

    package var user: String?
    package var limit: Int

    package init(user: String? = nil, limit: Int = Self.limitDefault) {
        self.user = user
        self.limit = limit
    }
}

/// End sessions, and the calls they sit in.
package enum KickOrder: Hashable, Sendable {
    case session(String)
    /// Every session of a user.
    case user(String)
}

/// What a kick did.
package struct KickReply: Codable, Hashable, Sendable {
    /// How many sessions ended; 0 is a success when a user was named that had none.
    package var kicked: Int
    /// How many calls ended with them.
    package var calls: Int

    package init(kicked: Int, calls: Int) {
        self.kicked = kicked
        self.calls = calls
    }
}
