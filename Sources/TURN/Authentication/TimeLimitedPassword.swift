import Primitives
package import STUN

/// The password of a time-limited name: base64 of HMAC-SHA1 over the name (REST scheme).
package enum TimeLimitedPassword {
    /// 28 characters.
    package static func derive(name: String, secret: Secret, hash: any MessageHash) -> Secret {
        let message = Array(name.utf8)
        var tag = InlineArray<32, UInt8>(repeating: 0)
        var space = tag.mutableSpan
        hash.hmacSHA1(key: secret.bytes.span, message.span, into: &space)
        return Secret(Base64.encode(tag.span.extracting(0..<20)))
    }
}

/// A fresh time-limited credential (`turnstone credentials issue`).
package struct IssuedCredential: Sendable {
    package let username: String
    package let password: Secret
    /// Unix seconds.
    package let expires: UInt64

    /// Makes a credential for `user`, valid for `lifetimeSeconds`.
    ///
    /// The id in the name is an HMAC of the user: the same at each issue, so that quotas hold,
    /// and silent about who it is. Without a user the id comes from `entropy`.
    package init(
        user: String?, lifetimeSeconds: UInt64, unixSeconds: UInt64, secret: Secret,
        separator: UInt8 = UInt8(ascii: ":"), entropy: UInt64, hash: any MessageHash
    ) {
        let (sum, overflow) = unixSeconds.addingReportingOverflow(lifetimeSeconds)
        expires = overflow ? .max : sum
        let id = user.map { Self.id(of: $0, secret, hash) } ?? String(entropy, radix: 36)
        username = "\(expires)\(Character(Unicode.Scalar(separator)))\(id)"
        password = TimeLimitedPassword.derive(name: username, secret: secret, hash: hash)
    }

    /// The account that credentials issued for `user` count under.
    ///
    /// 96 bits as 24 hexadecimal digits, free of every possible separator but letters a to f.
    package static func id(of user: String, _ secret: Secret, _ hash: any MessageHash) -> String {
        // The prefix keeps this use of the secret apart from passwords.
        let message = Array("turnstone user id\0".utf8) + Array(user.utf8)
        var tag = InlineArray<32, UInt8>(repeating: 0)
        var space = tag.mutableSpan
        hash.hmacSHA256(key: secret.bytes.span, message.span, into: &space)
        var text = ""
        for index in 0..<12 {
            text += String(tag[index] >> 4, radix: 16) + String(tag[index] & 15, radix: 16)
        }
        return text
    }
}
