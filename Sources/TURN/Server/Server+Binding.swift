import Primitives
import STUN

extension Server {
    /// Answers a Binding request (RFC 8489 §2, §11 for clients of RFC 3489).
    mutating func receiveBinding(_ request: borrowing StunMessage, from tuple: FiveTuple) {
        if request.isClassic {
            counters.classicBindingRequests += 1
        } else {
            counters.bindingRequests += 1
        }
        guard settings.features.binding else {
            counters.droppedDisabled += 1
            return
        }
        guard !request.isClassic || takesClassic(request, from: tuple) else { return }
        var proven: Proven?
        if settings.features.secureBinding {
            proven = authenticate(request, from: tuple)
            if proven == nil { return }
        }
        let unknown = request.unknownRequired(
            understood: Self.understood.union(Self.classicExtras(request)))
        guard unknown.isEmpty else {
            refuseUnknown(request, unknown, from: tuple, proven: proven)
            return
        }
        var reply = Reply(to: RequestHead(request))
        reply.mapped = tuple.client
        reply.key = proven?.key.hmac
        if proven == nil {
            sendUnproven(reply, to: RequestHead(request), from: tuple)
        } else {
            send(reply, to: tuple)
        }
        if settings.tellsBindings { tellBinding(tuple) }
    }

    /// A flood makes no more events than the log has lines for.
    private mutating func tellBinding(_ tuple: FiveTuple) {
        guard bindingEvents.take(1, at: now.monotonic) else {
            untoldBindings += 1
            return
        }
        actions.push(.event(.binding(client: tuple, untold: untoldBindings)))
        untoldBindings = 0
    }

    /// RFC 3489 knew UDP only. Over DTLS its clients hear so (RFC 8489 §11); a stream does not
    /// pass a message without the cookie on.
    private mutating func takesClassic(
        _ request: borrowing StunMessage, from tuple: FiveTuple
    ) -> Bool {
        switch transport(of: tuple.listener) {
        case .udp: return true
        case .dtls: refuse(request, .serverError, .classicOverDTLS, from: tuple)
        case .tcp, .tls: counters.droppedUnexpected += 1
        }
        return false
    }

    /// RFC 3489 §11.2.4: its clients may send CHANGE-REQUEST with no flag set, which asks for
    /// nothing.
    private static func classicExtras(_ request: borrowing StunMessage) -> AttributeSet {
        guard request.isClassic, let value = request.value(of: .changeRequest),
            value.count == 4, value.uint32(at: 0) & 6 == 0
        else { return [] }
        return AttributeSet(.changeRequest)
    }
}
