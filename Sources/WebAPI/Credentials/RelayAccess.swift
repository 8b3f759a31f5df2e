package import JSON
package import Primitives

/// What a client needs to reach its relay: where, and as whom.
package struct RelayAccess: Sendable {
    /// `stun:`, `turn:` and `turns:` URIs, best first.
    package var uris: [String]
    package var username: String
    /// A secret: it leaves in the answer and stands nowhere else.
    package var password: String
    /// Unix seconds.
    package var expiresAt: UInt64

    package init(uris: [String], username: String, password: String, expiresAt: UInt64) {
        self.uris = uris
        self.username = username
        self.password = password
        self.expiresAt = expiresAt
    }

    /// As RTCPeerConnection takes it: STUN without, then TURN with a credential.
    package var iceServers: [JSONValue] {
        var entries: [JSONValue] = []
        if !stun.isEmpty { entries.append(["urls": .array(stun.map { .string($0) })]) }
        if !turn.isEmpty {
            entries.append([
                "urls": .array(turn.map { .string($0) }), "username": .string(username),
                "credential": .string(password),
            ])
        }
        return entries
    }

    /// RFC 7064: those that need no credential.
    var stun: [String] { uris.filter { $0.hasPrefix("stun") } }
    /// RFC 7065.
    var turn: [String] { uris.filter { $0.hasPrefix("turn") } }
}

/// Makes credentials that the relay of this daemon accepts.
package protocol RelayAccessIssuer {
    /// What connection tests compare with what they see.
    var facts: RelayFacts { get }
    /// Whether there is a secret to make them from.
    var canIssue: Bool { get }
    /// `user` stays who it is through every issue, under a name that does not say it; without one
    /// each credential is somebody else's. Nil when there is no secret.
    func issue(user: String?, lifetime: Seconds, at now: Now) -> RelayAccess?
    /// Ends what the bearer of this user name relays now, and refuses the name until it would have
    /// expired by itself. False when the name cannot be one that was issued here.
    func revoke(username: String, at now: Now) -> Bool
}
