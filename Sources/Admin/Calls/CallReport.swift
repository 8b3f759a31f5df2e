/// A call of two people at one moment, as the admin socket shows it.
package struct CallReport: Codable, Hashable, Sendable {
    package var id: String
    /// `direct`: one rings the other; `room`: both come by themselves.
    package var kind: String
    /// `waiting`, `ringing`, `answered`, `active`, `reconnecting` or `ended`.
    package var state: String
    package var chat: String?
    /// Who has opened a room.
    package var owner: String?
    /// Whom a direct call is for.
    package var callee: String?
    package var ageSeconds: UInt64
    /// Since both sides have media; nil before.
    package var activeSeconds: UInt64?
    /// Nil while nothing but the two sides can end it.
    package var expiresInSeconds: UInt64?
    /// At most two.
    package var participants: [Participant]
    /// Devices of the callee that ring now.
    package var ringing: Int
    /// The number of the last accepted offer; 0 before the first.
    package var generation: UInt32
    /// Which way media goes, as the clients say: `direct`, `relayed` or `unknown`; nil before.
    package var path: String?
    package var counts: Counts
    /// Why it ended; ended calls are remembered for two minutes.
    package var endReason: String?
    /// The same in words: who ended it, or which bound it reached.
    package var endCause: String?

    /// One seat of a call.
    package struct Participant: Codable, Hashable, Sendable {
        package var peer: String
        package var user: String
        package var name: String?
        package var device: String?
        /// The session that hears what is said to this seat.
        package var session: String?
        /// `host` or `guest`.
        package var role: String
        package var online: Bool
        /// Since the last frame came in; nil while online.
        package var awaySeconds: UInt64?
        package var reconnects: Int
        package var audio: Bool
        package var video: Bool
        /// What the client said of its connection: the kinds of both candidates, the transport.
        package var local: String?
        package var remote: String?
        package var transport: String?
        package var relayed: Bool?

        package init(
            peer: String, user: String, name: String? = nil, device: String? = nil,
            session: String? = nil, role: String, online: Bool, awaySeconds: UInt64? = nil,
            reconnects: Int = 0, audio: Bool = true, video: Bool = false
        ) {
            self.peer = peer
            self.user = user
            self.name = name
            self.device = device
            self.session = session
            self.role = role
            self.online = online
            self.awaySeconds = awaySeconds
            self.reconnects = reconnects
            self.audio = audio
            self.video = video
        }
    }

    /// What a call has seen since it began.
    package struct Counts: Codable, Hashable, Sendable {
        package var offers = 0
        package var restarts = 0
        package var glares = 0
        package var candidates = 0
        package var candidatesDropped = 0
        package var reconnects = 0
        package var takeovers = 0
        /// From the answer to media on both sides.
        package var connectMilliseconds: Int64?

        package init() {}
    }

    package init(
        id: String, kind: String, state: String, ageSeconds: UInt64,
        participants: [Participant] = [], counts: Counts = Counts()
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.ageSeconds = ageSeconds
        self.participants = participants
        self.counts = counts
        ringing = 0
        generation = 0
    }
}

/// Calls that matched a query, the newest first, cut at its limit.
package struct CallList: Codable, Hashable, Sendable {
    package var matched: Int
    package var calls: [CallReport]

    package init(matched: Int, calls: [CallReport]) {
        self.matched = matched
        self.calls = calls
    }
}

/// Which calls to show; every member that is set must match.
package struct CallQuery: Hashable, Sendable {
    /// The states that can be asked for.
    package static let states = [
        "waiting", "ringing", "answered", "active", "reconnecting", "ended",
    ]
    package static let limitDefault = 1_000
    package static let limitMax = 10_000

    /// Who sits in it, is rung, or has opened it.
    package var user: String?
    /// Nil: all that have not ended.
    package var state: String?
    package var limit: Int

    package init(user: String? = nil, state: String? = nil, limit: Int = Self.limitDefault) {
        self.user = user
        self.state = state
        self.limit = limit
    }
}

/// What ending a call did.
package struct CallEndReply: Codable, Hashable, Sendable {
    package var id: String
    /// `deleted`, or why it had ended before.
    package var reason: String

    package init(id: String, reason: String) {
        self.id = id
        self.reason = reason
    }
}
