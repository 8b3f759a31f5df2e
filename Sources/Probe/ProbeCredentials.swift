import Primitives
import STUN

/// Who the probe says it is.
package enum ProbeCredentials: Sendable {
    /// Nobody: what needs an allocation is left out.
    case none
    case user(name: String, password: String)
    /// The secret that the server shares with whoever issues names (`static-auth-secret`).
    case secret(String, user: String?)
}

/// Keys and passwords stay out of whatever prints the value.
extension ProbeCredentials: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        switch self {
        case .none: "none"
        case .user(let name, _): "user \(name)"
        case .secret: "a time-limited name"
        }
    }
    package var debugDescription: String { description }
}

/// A name and its password as they go into messages.
struct UserCredential: Sendable {
    let name: String
    let password: [UInt8]

    /// How long an issued name is good: longer than any probe, shorter than a nuisance.
    static let lifetimeSeconds: UInt64 = 3_600

    /// Nil without credentials.
    init?(_ credentials: ProbeCredentials, unixSeconds: UInt64, hash: any MessageHash) {
        switch credentials {
        case .none: return nil
        case .user(let name, let password):
            self.name = (try? OpaqueString.enforce(name)) ?? name
            self.password = Array(((try? OpaqueString.enforce(password)) ?? password).utf8)
        case .secret(let secret, let user):
            // The REST scheme: the password is base64 of HMAC-SHA1 over the name.
            name = "\(unixSeconds + Self.lifetimeSeconds):\(user ?? "probe")"
            var tag = [UInt8](repeating: 0, count: 20)
            var space = tag.mutableSpan
            hash.hmacSHA1(key: Array(secret.utf8).span, Array(name.utf8).span, into: &space)
            password = Base64.encode(tag.span)
        }
    }

    /// The end of a time-limited name, seconds since 1970: digits alone, or up to a separator.
    static func expiry(of name: String) -> UInt64? {
        let digits = name.prefix { ("0"..."9").contains($0) }
        // Ten digits reach from 2001 to 2286: what is shorter is somebody's own number.
        guard digits.utf8.count == 10 else { return nil }
        let rest = name.dropFirst(10)
        guard rest.isEmpty || rest.first.map({ !$0.isLetter }) == true else { return nil }
        return UInt64(digits)
    }
}
