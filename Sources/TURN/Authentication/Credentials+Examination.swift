package import Primitives
import STUN

/// What somebody would know of a credential who sees no message made with it.
package struct CredentialExamination: Sendable {
    package enum Kind: Sendable, Hashable {
        case staticUser
        /// With its expiry in unix seconds.
        case timeLimited(expires: UInt64)
        case unknown
    }

    package var kind: Kind
    /// What quotas and revocations count it under.
    package var quotaKey: String
    /// The secret that the password fits, from 1 in the order of configuration.
    package var secret: Int?
    /// Everything that is wrong, in the order in which a server would meet it.
    package var failures: [CredentialFailure] = []
    /// What was probably done wrong in making the password.
    package var hints: [String] = []
    /// The right passwords of a time-limited name, one for each secret.
    package var passwords: [Secret] = []
}

extension Credentials {
    /// Looks at a name and, where they are known, the password and the realm of the client.
    ///
    /// For the operator: nothing of it is ever told to a client.
    package func examine(
        name: String, password: [UInt8]?, realm: String?, at now: Now,
        revocations: RevocationList?
    ) -> CredentialExamination {
        let hash = OperatorHash(hash)
        var found = CredentialExamination(kind: .unknown, quotaKey: quotaKey(of: name))
        let limited = TimeLimitedName(name, separator: settings.separator)
        let user = settings.users.last { $0.name == name }
        if user != nil {
            found.kind = .staticUser
        } else if let limited, !settings.secrets.isEmpty {
            found.kind = .timeLimited(expires: limited.expires)
        }
        let isOtherRealm = realm.map { $0 != settings.realm } ?? false
        switch found.kind {
        case .unknown:
            found.failures.append(
                limited != nil ? .mechanismOff(.timeLimited) : .unknownUser)
        case .staticUser:
            if let user, let password, !hash.fits(user, password, settings.realm) {
                found.failures.append(.wrongPassword)
            }
            if isOtherRealm { found.failures.insert(.otherRealm(secret: nil), at: 0) }
        case .timeLimited(let expires):
            found.passwords = settings.secrets.map { hash.password(name, $0) }
            if let password { examine(name, password, hash, &found) }
            if isOtherRealm, found.failures.isEmpty {
                found.failures.append(.otherRealm(secret: found.secret ?? 1))
            }
            examine(expires, now, &found)
        }
        if let seconds = revocations?.remaining(found.quotaKey, at: now.monotonic) {
            found.failures.append(.revoked(seconds: seconds))
        }
        return found
    }

    private func examine(
        _ name: String, _ password: [UInt8], _ hash: OperatorHash,
        _ found: inout CredentialExamination
    ) {
        if let index = found.passwords.firstIndex(where: { $0.bytes == password }) {
            found.secret = index + 1
            return
        }
        if let index = settings.secrets.firstIndex(where: { $0.bytes == password }) {
            found.failures.append(.secretAsPassword(secret: index + 1))
            return
        }
        found.failures.append(.fitsNoSecret(tried: settings.secrets.count))
        for (index, secret) in settings.secrets.enumerated() {
            guard let mistake = hash.mistake(name, password, secret, settings.separator) else {
                continue
            }
            found.hints.append("it would fit secret \(index + 1), but \(mistake)")
            return
        }
    }

    private func examine(_ expires: UInt64, _ now: Now, _ found: inout CredentialExamination) {
        let (last, overflow) = expires.addingReportingOverflow(settings.clockSkewSeconds)
        if !overflow, now.unixSeconds > last {
            found.failures.append(.expired(seconds: now.unixSeconds - expires))
        }
        // The year 5138, in seconds; what is meant is a time of this century in milliseconds.
        if expires > 100_000_000_000 {
            found.hints.append(
                "the expiry looks like milliseconds; it is taken for seconds, and never comes")
        }
    }
}

/// What passwords look like, right and wrong.
private struct OperatorHash {
    private let hash: any MessageHash

    init(_ hash: any MessageHash) { self.hash = hash }

    func password(_ name: String, _ secret: Secret) -> Secret {
        TimeLimitedPassword.derive(name: name, secret: secret, hash: hash)
    }

    func fits(_ user: StaticUser, _ password: [UInt8], _ realm: String) -> Bool {
        switch user.password {
        case .text(let text): return text.bytes == password
        case .md5Key(let key):
            let (name, realm) = (Array(user.name.utf8), Array(realm.utf8))
            let digest = LongTermKey.derive(
                .md5, username: name.span, realm: realm.span, password: password.span, hash: hash)
            return CredentialKey(.md5, digest)?.isSame(as: key) ?? false
        }
    }

    /// The usual ways to get a time-limited password wrong.
    func mistake(
        _ name: String, _ password: [UInt8], _ secret: Secret, _ separator: UInt8
    ) -> String? {
        let right = self.password(name, secret).bytes
        let shown = password.filter { $0 > 0x20 && $0 < 0x7f }
        if shown == right { return "blanks or a line end stand around it" }
        if shown == Array(right.prefix { $0 != UInt8(ascii: "=") }) {
            return "the '=' at its end is missing"
        }
        let plain = shown.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        if plain == right || plain == Array(right.dropLast()) {
            return "it is in the base64 of URLs; the usual one has '+' and '/'"
        }
        let tag = hmac(name, secret)
        if String(decoding: shown, as: UTF8.self).lowercased() == hexadecimal(tag) {
            return "it is hexadecimal; it must be base64"
        }
        if shown == hmacSHA256(name, secret) {
            return "it is made with HMAC-SHA256; the REST scheme has HMAC-SHA1"
        }
        let mark = Character(Unicode.Scalar(separator))
        for part in name.split(separator: mark) where part.count < name.count {
            if shown == self.password(String(part), secret).bytes {
                return "it is made from '\(part)' alone; it must be made from the whole user name"
            }
        }
        return nil
    }

    private func hmac(_ name: String, _ secret: Secret) -> [UInt8] {
        let message = Array(name.utf8)
        var tag = InlineArray<32, UInt8>(repeating: 0)
        var space = tag.mutableSpan
        hash.hmacSHA1(key: secret.bytes.span, message.span, into: &space)
        return (0..<20).map { tag[$0] }
    }

    private func hmacSHA256(_ name: String, _ secret: Secret) -> [UInt8] {
        let message = Array(name.utf8)
        var tag = InlineArray<32, UInt8>(repeating: 0)
        var space = tag.mutableSpan
        hash.hmacSHA256(key: secret.bytes.span, message.span, into: &space)
        return Base64.encode(tag.span)
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
