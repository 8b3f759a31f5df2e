import Primitives
import STUN

// Keys for names (RFC 8489 §9.2.2).
extension Server {
    /// The one list ever offered, so that a nonce needs only a bit to say what it came with.
    static var offeredAlgorithms: PasswordAlgorithmList { .sha256ThenMD5 }

    /// What 401 and 438 announce now (RFC 8489 §9.2).
    var offeredFeatures: SecurityFeatures {
        var features: SecurityFeatures = []
        if settings.features.sha256, settings.credentials.allowsSHA256 {
            features.insert(.passwordAlgorithms)
        }
        if settings.features.userHash, settings.credentials.allowsUserHash {
            features.insert(.usernameAnonymity)
        }
        return features
    }

    /// Searches all users and secrets for the key that fits the signature.
    mutating func lookUp(_ request: StunMessage, _ algorithm: PasswordAlgorithm) -> KeyProof {
        // RFC 8489 §9.2.4: with both attributes present the SHA-256 one decides.
        let integrity: IntegrityAlgorithm =
            request.has(.messageIntegritySHA256) ? .sha256 : .sha1
        let hash = hash
        let credentials = settings.credentials
        let verdict: CredentialVerdict
        if let name = request.value(of: .username) {
            verdict = credentials.authenticate(
                username: name, algorithm: algorithm, integrity: integrity, at: now,
                revocations: shared.revocations,
                fits: { request.isAuthentic(under: $0, hash: hash) })
        } else if let digest = request.value(of: .userhash) {
            verdict = credentials.authenticate(
                userHash: digest, algorithm: algorithm, integrity: integrity, at: now,
                revocations: shared.revocations,
                fits: { request.isAuthentic(under: $0, hash: hash) })
        } else {
            return .refused(.missingAuthenticationAttribute)
        }
        switch verdict {
        case .refused(let failure):
            return .refused(.credentials(explain(failure, request, algorithm, integrity)))
        case .accepted(let credential):
            // RFC 8489 §9.2.4: SHA-256 answers only those who made the choice of RFC 8489.
            let answer: IntegrityAlgorithm = request.has(.passwordAlgorithm) ? .sha256 : .sha1
            let key = SigningKey(
                hmac: credential.key.hmacKey(answer, hash), passwordAlgorithm: algorithm)
            return .proven(
                Proven(username: credential.name, key: key, quotaKey: credential.quotaKey))
        }
    }

    /// Says whether only the realm is wrong.
    mutating func causeOfForeignRealm(
        _ request: StunMessage, _ algorithm: PasswordAlgorithm
    ) -> RefusalCause {
        let integrity: IntegrityAlgorithm =
            request.has(.messageIntegritySHA256) ? .sha256 : .sha1
        let found = explain(.wrongPassword, request, algorithm, integrity)
        guard found == .wrongPassword else { return .credentials(found) }
        guard let realm = request.value(of: .realm) else { return .wrongRealm(nil) }
        return .wrongRealm(settings.credentials.text(realm))
    }

    /// Looks for the mistake behind a refusal, at a bounded rate.
    private mutating func explain(
        _ failure: CredentialFailure, _ request: StunMessage, _ algorithm: PasswordAlgorithm,
        _ integrity: IntegrityAlgorithm
    ) -> CredentialFailure {
        guard let name = request.value(of: .username), let realm = request.value(of: .realm),
            failure.mayBeMistake, explanations.take(1, at: now.monotonic)
        else { return failure }
        let hash = hash
        return settings.credentials.explain(
            username: name, presentedRealm: realm, algorithm: algorithm, integrity: integrity,
            failure: failure, fits: { request.isAuthentic(under: $0, hash: hash) })
    }

    /// USERNAME as text that a log can bear; nil where there is none, or one that it cannot.
    func claimedName(_ request: borrowing StunMessage) -> String? {
        guard let name = request.value(of: .username) else { return nil }
        return settings.credentials.text(name)
    }

    /// What quotas and revocations count an allocation under.
    func quotaKey(_ index: UInt32) -> String {
        settings.credentials.quotaKey(of: allocations[index].username)
    }

    /// Whether an allocation's user is still known and not revoked.
    func isStillWelcome(_ index: UInt32) -> Bool {
        settings.credentials.knows(allocations[index].username)
            && shared.revocations.remaining(quotaKey(index), at: now.monotonic) == nil
    }

    func equalBytes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        for position in 0..<a.count where a[position] != b[position] { return false }
        return true
    }

    func equalBytes(_ a: Span<UInt8>, _ text: String) -> Bool {
        equalBytes(a, text.utf8Span.span)
    }
}

extension CredentialFailure {
    /// Whether another key might have fitted: the client knows something, but used it wrongly.
    fileprivate var mayBeMistake: Bool {
        switch self {
        case .wrongPassword, .fitsNoSecret: true
        default: false
        }
    }
}
