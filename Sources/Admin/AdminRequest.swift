/// One question or order to the daemon, already read and bounded.
package enum AdminRequest: Hashable, Sendable {
    case status
    case allocations(AllocationFilter)
    case allocation(AllocationName)
    case kill(KillOrder)
    case issueCredential(CredentialOrder)
    case calls(CallQuery)
    case call(String)
    case endCall(String)
    case sessions(SessionQuery)
    case kick(KickOrder)
    case users(UserQuery)
    /// The connection tests that people sent in.
    case reports
    case report(UInt64)
    case explainCredential(CredentialQuestion)
    /// The name to revoke.
    case revokeCredential(String)
    case refusals(RefusalQuery)
    case metrics
    case logLevel
    /// One of `LogLevelReply.levels`.
    case setLogLevel(String)
    case drain(DrainOrder)
    case reload(isRehearsal: Bool)
    /// With or without the keys that nobody set.
    case configuration(withDefaults: Bool)
}

/// End allocations now, and optionally refuse their owner for a while.
package struct KillOrder: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        case allocation(AllocationName)
        /// Every allocation of this user name or account.
        case user(String)
        /// Every allocation that matches; at least one member of the filter is set.
        case matching(AllocationFilter)
    }

    /// The longest ban: a day, since bans live in memory and a forgotten one would puzzle.
    package static let banSecondsMax: UInt32 = 86_400

    package var target: Target
    /// For how long the account is refused from now on; 0: not at all. What only a filter names
    /// is not banned: accounts that nobody wrote down.
    package var banSeconds: UInt32

    package init(_ target: Target, banSeconds: UInt32 = 0) {
        self.target = target
        self.banSeconds = banSeconds
    }
}

/// Issue a time-limited credential from the daemon's shared secret.
package struct CredentialOrder: Hashable, Sendable {
    /// A day, the usual life of a REST credential.
    package static let ttlSecondsDefault: UInt32 = 86_400
    /// A month: longer ones are better written as a `user=` line.
    package static let ttlSecondsMax: UInt32 = 31 * 86_400
    /// RFC 8489 §14.3 allows 508 bytes in all; the expiry and its separator need up to 21.
    package static let userBytesMax = 256

    /// The account part of the user name; nil issues a name that is only an expiry.
    package var user: String?
    package var ttlSeconds: UInt32

    package init(user: String? = nil, ttlSeconds: UInt32 = Self.ttlSecondsDefault) {
        self.user = user
        self.ttlSeconds = ttlSeconds
    }

    /// Whether a text may become the account part of a name: bounded, and no control characters.
    static func accepts(user: String) -> Bool {
        (1...userBytesMax).contains(user.utf8.count)
            && user.unicodeScalars.allSatisfy { !$0.isControl }
    }
}
