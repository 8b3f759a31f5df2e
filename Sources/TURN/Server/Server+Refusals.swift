import Primitives
import STUN

/// Who a request was proven to come from.
struct Proven {
    /// The name as the client sent it.
    let username: String
    /// Signs the response.
    let key: SigningKey
    /// What quotas and bans count under.
    let quotaKey: String
}

extension Server {
    /// Answers with an error and says why in the log.
    ///
    /// `proven` signs the response (RFC 8489 §9.2.4); nil: the sender is unknown, so the answer
    /// falls under the budget of unauthenticated bytes.
    mutating func refuse(
        _ request: borrowing StunMessage, _ code: ErrorCode, _ cause: RefusalCause,
        from tuple: FiveTuple, proven: Proven? = nil
    ) {
        refuse(RequestHead(request), code, cause, from: tuple, proven: proven)
    }

    /// `claim` is who the sender says to be, for the log.
    mutating func refuse(
        _ head: RequestHead, _ code: ErrorCode, _ cause: RefusalCause, from tuple: FiveTuple,
        proven: Proven? = nil, claim: String? = nil,
        unknown: UnknownAttributes = UnknownAttributes()
    ) {
        var reply = Reply(to: head)
        reply.error = code
        reply.key = proven?.key.hmac
        reply.unknown = unknown
        reply.challenge = code == .unauthenticated || code == .staleNonce
        count(code)
        note(
            code, cause, of: head.method, from: tuple, user: proven?.username ?? claim,
            isProven: proven != nil)
        if proven == nil {
            sendUnproven(reply, to: head, from: tuple)
        } else {
            send(reply, to: tuple)
        }
    }

    /// 420 with the list of what was not understood (RFC 8489 §6.3.1).
    mutating func refuseUnknown(
        _ request: borrowing StunMessage, _ unknown: UnknownAttributes, from tuple: FiveTuple,
        proven: Proven?
    ) {
        refuse(
            RequestHead(request), .unknownAttribute, .unknownAttributes, from: tuple,
            proven: proven, unknown: unknown)
    }

    /// A refusal for the log; the first, ordinary 401 of every client is none.
    mutating func note(
        _ code: ErrorCode, _ cause: RefusalCause, of method: MessageMethod, from tuple: FiveTuple,
        user: String?, isProven: Bool = true
    ) {
        guard cause != .noCredentials else { return }
        let refusal = Counters.Refusal(code: code.rawValue, cause: cause.label)
        counters.refusals[refusal, default: 0] += 1
        actions.push(
            .event(
                .refused(
                    client: tuple, method: method.rawValue, code: code.rawValue, cause: cause,
                    user: user, isProven: isProven)))
    }

    mutating func count(_ code: ErrorCode) {
        switch code {
        case .badRequest: counters.error400 += 1
        case .unauthenticated: counters.error401 += 1
        case .forbidden: counters.error403 += 1
        case .unknownAttribute: counters.error420 += 1
        case .allocationMismatch: counters.error437 += 1
        case .staleNonce: counters.error438 += 1
        case .addressFamilyNotSupported: counters.error440 += 1
        case .wrongCredentials: counters.error441 += 1
        case .unsupportedTransport: counters.error442 += 1
        case .peerAddressFamilyMismatch: counters.error443 += 1
        case .connectionAlreadyExists: counters.error446 += 1
        case .connectionTimeoutOrFailure: counters.error447 += 1
        case .allocationQuotaReached: counters.error486 += 1
        case .insufficientCapacity: counters.error508 += 1
        case .serverError: counters.error500 += 1
        case .tryAlternate, .mobilityForbidden: break
        }
    }
}
