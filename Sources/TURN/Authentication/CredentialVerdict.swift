/// A user who has proven to know the password.
package struct Credential: Sendable {
    /// The name as sent; empty where only a USERHASH was.
    package let name: String
    /// Whom quotas and revocations count for.
    package let quotaKey: String
    package let key: CredentialKey
    package let source: CredentialSource
}

/// Where a credential comes from.
package enum CredentialSource: Sendable, Hashable {
    case staticUser
    /// The number of the secret, from 1 in the order of configuration, and the unix second.
    case timeLimited(secret: Int, expires: UInt64)
}

/// The answer to "who is this?".
package enum CredentialVerdict: Sendable {
    case accepted(Credential)
    /// 401 in every case (RFC 8489 §9.2.4): the client must not learn more.
    case refused(CredentialFailure)
}

/// Why nobody was recognised, for the log and the operator.
package enum CredentialFailure: Sendable, Hashable {
    /// Empty, too long, no UTF-8, or with control characters.
    case malformedName
    /// Neither a static user nor of the form that a time-limited name has.
    case unknownUser
    /// No static user has this USERHASH.
    case unknownUserHash
    case wrongPassword
    /// A static user known by MD5 key only, who chose SHA-256.
    case onlyMD5Key
    /// The time-limited name fits none of `tried` secrets.
    case fitsNoSecret(tried: Int)
    /// The name is of a kind that the configuration has no secret or user for.
    case mechanismOff(Mechanism)
    /// Everything fits, but the name's time was over this many seconds ago.
    case expired(seconds: UInt64)
    /// Everything fits, but the operator has revoked the user for this many seconds more.
    case revoked(seconds: UInt64)
    /// Found by `explain`: right password, but the client made its key with another realm. The
    /// number of the secret, nil for a static user.
    case otherRealm(secret: Int?)
    /// Found by `explain`: the secret itself was used as the password.
    case secretAsPassword(secret: Int)

    /// The two kinds of users.
    package enum Mechanism: String, Sendable {
        case staticUsers = "lt-cred-mech"
        case timeLimited = "use-auth-secret"
    }
}

extension CredentialFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformedName: "user name empty, too long, not UTF-8 or with control characters"
        case .unknownUser: "user unknown, and the name holds no expiry"
        case .unknownUserHash: "no static user has this USERHASH"
        case .wrongPassword: "wrong password of a static user"
        case .onlyMD5Key: "the user's MD5 key (user=name:0x...) cannot serve SHA-256"
        case .fitsNoSecret(1): "signature does not fit the secret"
        case .fitsNoSecret(let count): "signature fits none of \(count) secrets"
        case .mechanismOff(.staticUsers): "no static users (user=) are configured"
        case .mechanismOff(.timeLimited):
            "looks like a time-limited name, but no static-auth-secret is configured"
        case .expired(let seconds): "expired \(seconds) s ago"
        case .revoked(let seconds): "revoked for another \(seconds) s"
        case .otherRealm(let secret?): "fits secret number \(secret), but with another realm"
        case .otherRealm(nil): "right password, but with another realm"
        case .secretAsPassword(let secret):
            "secret number \(secret) itself was used as password; it must be base64(HMAC-SHA1)"
        }
    }
}
