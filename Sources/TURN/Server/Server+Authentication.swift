import Primitives
import STUN

// The long-term credential mechanism (RFC 8489 §9.2), in the order of its §9.2.4.
extension Server {
    /// Every attribute that this server gives a meaning to. RFC 8489 §6.3: those it knows but
    /// does not expect in a request are ignored; all others that require comprehension are 420.
    static let understood: AttributeSet = AttributeSet(
        .username, .userhash, .messageIntegrity, .messageIntegritySHA256, .realm, .nonce,
        .passwordAlgorithm, .errorCode, .unknownAttributes, .mappedAddress, .xorMappedAddress,
        .channelNumber, .lifetime, .xorPeerAddress, .data, .xorRelayedAddress,
        .requestedAddressFamily, .evenPort, .requestedTransport, .dontFragment, .reservationToken,
        .connectionID)

    /// Proves who sent a request. Nil: it has been answered.
    ///
    /// - Parameter allocation: the living allocation of the 5-tuple: its own user is known by its
    ///   own key, whatever became of secrets and expiry since it began.
    mutating func authenticate(
        _ request: borrowing StunMessage, from tuple: FiveTuple, allocation: UInt32? = nil
    ) -> Proven? {
        var head = RequestHead(request)
        // RFC 8489 §9.2.4: no integrity attribute: ask for credentials.
        guard request.has(.messageIntegrity) || request.has(.messageIntegritySHA256) else {
            refuse(head, .unauthenticated, .noCredentials, from: tuple)
            return nil
        }
        guard request.has(.username) || request.has(.userhash), request.has(.realm),
            let nonce = request.value(of: .nonce)
        else {
            refuse(head, .badRequest, .missingAuthenticationAttribute, from: tuple)
            return nil
        }
        let freshness = judge(nonce, from: tuple, allocation)
        head.echoesNonce = freshness != .foreign
        guard let algorithm = chosenAlgorithm(request, freshness) else {
            refuse(head, .badRequest, .passwordAlgorithmsAltered, from: tuple)
            return nil
        }
        switch proveKey(request, algorithm, allocation) {
        case .refused(let cause):
            refuse(head, .unauthenticated, cause, from: tuple, claim: claimedName(request))
            return nil
        case .proven(let proven):
            // RFC 8489 §9.2.4: the nonce comes last, so that only the rightful user learns of it.
            switch freshness {
            case .valid:
                counters.authenticated += 1
                return proven
            case .stale(_, let age):
                let cause = RefusalCause.staleNonce(age: age, limit: nonces.lifetime)
                refuse(head, .staleNonce, cause, from: tuple, claim: proven.username)
            case .foreign:
                refuse(head, .staleNonce, .foreignNonce, from: tuple, claim: proven.username)
            }
            return nil
        }
    }

    /// Proves that a request about an allocation comes from its owner. Nil: it has been answered.
    mutating func proveOwner(
        of request: borrowing StunMessage, from tuple: FiveTuple
    ) -> (index: UInt32, proven: Proven)? {
        let allocation = liveAllocation(tuple)
        guard let proven = authenticate(request, from: tuple, allocation: allocation)
        else { return nil }
        let unknown = request.unknownRequired(understood: Self.understood)
        guard unknown.isEmpty else {
            refuseUnknown(request, unknown, from: tuple, proven: proven)
            return nil
        }
        // RFC 8656 §5: first whether there is an allocation, then whose it is.
        guard let index = allocation else {
            refuse(request, .allocationMismatch, .noAllocation, from: tuple, proven: proven)
            return nil
        }
        guard allocations[index].username == proven.username else {
            let cause = RefusalCause.otherUser(allocations[index].username)
            refuse(request, .wrongCredentials, cause, from: tuple, proven: proven)
            return nil
        }
        return (index, proven)
    }

    /// How the client made its key; nil when it tampered with the offer (RFC 8489 §9.2.4).
    ///
    /// What was offered follows from the nonce it echoes, which is authentic, and not from the
    /// configuration, which may have changed since.
    private func chosenAlgorithm(
        _ request: borrowing StunMessage, _ freshness: NonceVerdict
    ) -> PasswordAlgorithm? {
        let hasChoice = request.has(.passwordAlgorithm)
        // A client that sends neither makes its key as RFC 5389 says.
        guard hasChoice || request.has(.passwordAlgorithms) else { return .md5 }
        guard let choice = (try? request.passwordAlgorithm()) ?? nil else { return nil }
        switch freshness {
        case .valid(let features), .stale(let features, _):
            let isFaithful =
                features.contains(.passwordAlgorithms)
                && request.repeats(Self.offeredAlgorithms)
            return isFaithful ? choice : nil
        case .foreign:
            // Says nothing about the offer; 438 will bring a nonce that does.
            return choice
        }
    }

    /// Finds the key that fits the signature.
    private mutating func proveKey(
        _ request: borrowing StunMessage, _ algorithm: PasswordAlgorithm, _ allocation: UInt32?
    ) -> KeyProof {
        // The owner of an allocation needs no look-up: the key it was made with is kept.
        if let allocation, let proven = proveByAllocation(request, algorithm, allocation) {
            return .proven(proven)
        }
        guard let realm = request.value(of: .realm), equalBytes(realm, realmBytes.span) else {
            return .refused(causeOfForeignRealm(copy request, algorithm))
        }
        return lookUp(copy request, algorithm)
    }

    /// Whether the signature that decides fits `key`: with both attributes present it is the
    /// SHA-256 one (RFC 8489 §9.2.4).
    func isSigned(_ request: borrowing StunMessage, by key: HMACKey) -> Bool {
        let decides: IntegrityAlgorithm = request.has(.messageIntegritySHA256) ? .sha256 : .sha1
        return decides == key.algorithm && request.isAuthentic(under: key, hash: hash)
    }

    private func proveByAllocation(
        _ request: borrowing StunMessage, _ algorithm: PasswordAlgorithm, _ index: UInt32
    ) -> Proven? {
        let key = allocations[index].key
        guard algorithm == key.passwordAlgorithm, let name = request.value(of: .username),
            equalBytes(name, allocations[index].username),
            isSigned(request, by: key.hmac)
        else { return nil }
        return Proven(username: allocations[index].username, key: key, quotaKey: "")
    }
}

/// The outcome of the search for a key that fits a signature.
enum KeyProof {
    case proven(Proven)
    case refused(RefusalCause)
}
