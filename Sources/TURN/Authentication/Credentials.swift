package import Primitives
package import STUN

/// Everybody who may use the server: static users and time-limited names side by side.
///
/// Built once per configuration and then only read; keys of static users are derived at once.
/// Which password is right is decided by the caller's `fits`: it checks the message under a key.
package struct Credentials: Sendable {
    package let settings: CredentialSettings
    let hash: any MessageHash
    private var userByName: [String: User] = [:]
    private var nameByHash: [[UInt8]: String] = [:]
    private let realm: [UInt8]

    private struct User: Sendable {
        var md5: CredentialKey?
        var sha256: CredentialKey?
    }

    package init(_ settings: CredentialSettings, hash: any MessageHash) {
        self.settings = settings
        self.hash = hash
        realm = Array(settings.realm.utf8)
        for user in settings.users { add(user) }
    }

    /// Whether SHA-256 may be offered: every user must be able to answer (design ruling).
    package var allowsSHA256: Bool { userByName.values.allSatisfy { $0.sha256 != nil } }

    /// Whether USERHASH may be offered: all users must be static (design ruling).
    package var allowsUserHash: Bool { settings.secrets.isEmpty && !userByName.isEmpty }

    /// Whether `name` is a static user, or of the form that a secret stands behind.
    package func knows(_ name: String) -> Bool {
        userByName[name] != nil
            || !settings.secrets.isEmpty
                && TimeLimitedName(name, separator: settings.separator) != nil
    }

    /// What quotas and revocations count a name under, once it has proven itself.
    package func quotaKey(of name: String) -> String {
        guard userByName[name] == nil,
            let limited = TimeLimitedName(name, separator: settings.separator)
        else { return name }
        return limited.quotaKey
    }

    /// Who sent USERNAME `name`, with keys by `algorithm` for the attribute of `integrity`.
    ///
    /// `fits` is called with each key that may be the right one, at most one more than there
    /// are secrets. Expiry counts: call this for Allocate, and use the allocation's key after.
    package func authenticate(
        username: Span<UInt8>, algorithm: PasswordAlgorithm, integrity: IntegrityAlgorithm,
        at now: Now, revocations: RevocationList?, fits: (HMACKey) -> Bool
    ) -> CredentialVerdict {
        guard let name = text(username) else { return .refused(.malformedName) }
        let verdict = search(name, algorithm, integrity, realm, fits)
        return judge(verdict, now, revocations)
    }

    /// Who sent USERHASH `userHash` (RFC 8489 §14.4); static users only.
    package func authenticate(
        userHash: Span<UInt8>, algorithm: PasswordAlgorithm, integrity: IntegrityAlgorithm,
        at now: Now, revocations: RevocationList?, fits: (HMACKey) -> Bool
    ) -> CredentialVerdict {
        var key: [UInt8] = []
        for index in 0..<min(userHash.count, 32) { key.append(userHash[index]) }
        guard userHash.count == 32, let name = nameByHash[key] else {
            return .refused(.unknownUserHash)
        }
        let verdict = search(name, algorithm, integrity, realm, fits)
        return judge(verdict, now, revocations)
    }

    /// Looks once more for the mistake behind a refusal: a key made with the realm that the
    /// client sent, or with the bare secret. For the log, at the caller's own rate.
    package func explain(
        username: Span<UInt8>, presentedRealm: Span<UInt8>, algorithm: PasswordAlgorithm,
        integrity: IntegrityAlgorithm, failure: CredentialFailure, fits: (HMACKey) -> Bool
    ) -> CredentialFailure {
        guard let name = text(username) else { return failure }
        var other: [UInt8] = []
        for index in 0..<presentedRealm.count { other.append(presentedRealm[index]) }
        if other != realm,
            case .accepted(let found) = search(name, algorithm, integrity, other, fits)
        {
            if case .timeLimited(let secret, _) = found.source {
                return .otherRealm(secret: secret)
            }
            return .otherRealm(secret: nil)
        }
        for (index, secret) in settings.secrets.enumerated() {
            let key = derive(name, secret.bytes, algorithm, realm)
            if fits(key.hmacKey(integrity, hash)) { return .secretAsPassword(secret: index + 1) }
        }
        return failure
    }

    private mutating func add(_ user: StaticUser) {
        var keys = User()
        switch user.password {
        case .md5Key(let key): keys.md5 = key
        case .text(let password):
            keys.md5 = derive(user.name, password.bytes, .md5, realm)
            keys.sha256 = derive(user.name, password.bytes, .sha256, realm)
        }
        userByName[user.name] = keys
        let name = Array(user.name.utf8)
        let digest = LongTermKey.userhash(username: name.span, realm: realm.span, hash: hash)
        nameByHash[digest] = user.name
    }

    /// Tries the static user of that name, then the secrets if the name may be time-limited.
    private func search(
        _ name: String, _ algorithm: PasswordAlgorithm, _ integrity: IntegrityAlgorithm,
        _ realm: [UInt8], _ fits: (HMACKey) -> Bool
    ) -> CredentialVerdict {
        var failure = CredentialFailure.unknownUser
        if let user = userByName[name] {
            if let key = key(of: user, name, algorithm, realm) {
                if fits(key.hmacKey(integrity, hash)) {
                    return .accepted(
                        Credential(name: name, quotaKey: name, key: key, source: .staticUser))
                }
                failure = .wrongPassword
            } else {
                failure = .onlyMD5Key
            }
        } else if userByName.isEmpty {
            failure = .mechanismOff(.staticUsers)
        }
        guard let limited = TimeLimitedName(name, separator: settings.separator) else {
            return .refused(failure)
        }
        for (index, secret) in settings.secrets.enumerated() {
            let password = TimeLimitedPassword.derive(name: name, secret: secret, hash: hash)
            let key = derive(name, password.bytes, algorithm, realm)
            guard fits(key.hmacKey(integrity, hash)) else { continue }
            return .accepted(
                Credential(
                    name: name, quotaKey: limited.quotaKey, key: key,
                    source: .timeLimited(secret: index + 1, expires: limited.expires)))
        }
        if failure == .wrongPassword || failure == .onlyMD5Key { return .refused(failure) }
        guard settings.secrets.isEmpty else {
            return .refused(.fitsNoSecret(tried: settings.secrets.count))
        }
        return .refused(.mechanismOff(.timeLimited))
    }

    /// The cached key for our own realm; for another realm what the password gives.
    private func key(
        of user: User, _ name: String, _ algorithm: PasswordAlgorithm, _ realm: [UInt8]
    ) -> CredentialKey? {
        if realm == self.realm { return algorithm == .md5 ? user.md5 : user.sha256 }
        for candidate in settings.users where candidate.name == name {
            guard case .text(let password) = candidate.password else { return nil }
            return derive(name, password.bytes, algorithm, realm)
        }
        return nil
    }

    private func judge(
        _ verdict: CredentialVerdict, _ now: Now, _ revocations: RevocationList?
    ) -> CredentialVerdict {
        guard case .accepted(let credential) = verdict else { return verdict }
        if case .timeLimited(_, let expires) = credential.source {
            let (last, overflow) = expires.addingReportingOverflow(settings.clockSkewSeconds)
            if !overflow, now.unixSeconds > last {
                return .refused(.expired(seconds: now.unixSeconds - expires))
            }
        }
        if let seconds = revocations?.remaining(credential.quotaKey, at: now.monotonic) {
            return .refused(.revoked(seconds: seconds))
        }
        return verdict
    }

    private func derive(
        _ name: String, _ password: [UInt8], _ algorithm: PasswordAlgorithm, _ realm: [UInt8]
    ) -> CredentialKey {
        let username = Array(name.utf8)
        let bytes = LongTermKey.derive(
            algorithm, username: username.span, realm: realm.span, password: password.span,
            hash: hash)
        guard let key = CredentialKey(algorithm, bytes) else {
            preconditionFailure("a derived key has the size of its algorithm")
        }
        return key
    }

    /// A name fit for tables and logs: bounded, valid UTF-8, no control characters.
    func text(_ bytes: Span<UInt8>) -> String? {
        guard !bytes.isEmpty, bytes.count <= settings.nameLengthMax else { return nil }
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for index in 0..<bytes.count { copy.append(bytes[index]) }
        guard let name = String(validating: copy, as: UTF8.self),
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { return nil }
        return name
    }
}
