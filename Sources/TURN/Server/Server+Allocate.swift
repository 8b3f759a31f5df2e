import Primitives
import STUN

// Allocate (RFC 8656 §7.2).
extension Server {
    mutating func receiveAllocate(_ request: borrowing StunMessage, from tuple: FiveTuple) {
        counters.allocateRequests += 1
        let existing = liveAllocation(tuple)
        if let existing, isRetransmission(request, existing) {
            counters.retransmittedAllocates += 1
            send(success(existing, fingerprint: request.has(.fingerprint)), to: tuple)
            return
        }
        guard let proven = authenticate(request, from: tuple) else { return }
        // RFC 8656 §7.2 item 2.
        guard existing == nil else {
            refuse(request, .allocationMismatch, .allocationExists, from: tuple, proven: proven)
            return
        }
        let unknown = request.unknownRequired(understood: understoodInAllocate)
        guard unknown.isEmpty else {
            refuseUnknown(request, unknown, from: tuple, proven: proven)
            return
        }
        do throws(AllocateRefusal) {
            let wish = try AllocateWish(
                request, served: servedFamilies, standard: standardFamily(for: tuple),
                isStream: isStream(tuple.listener), settings.features)
            guard settings.features.accepting else {
                throw AllocateRefusal(.insufficientCapacity, .draining)
            }
            begin(wish, RequestHead(request), from: tuple, proven)
        } catch {
            refuse(request, error.code, error.cause, from: tuple, proven: proven)
        }
    }

    /// The same request again gets the same answer, whatever became of nonce, expiry, secret and
    /// quota meanwhile (RFC 8489 §6.3.1); the key the allocation was made with decides.
    private func isRetransmission(_ request: borrowing StunMessage, _ index: UInt32) -> Bool {
        allocations[index].transaction == request.transactionID
            && isSigned(request, by: allocations[index].key.hmac)
    }

    /// RFC 8656 §7.2 item 4: without a way to set the DF bit, DONT-FRAGMENT is unknown.
    private var understoodInAllocate: AttributeSet {
        settings.features.dontFragment
            ? Self.understood : Self.understood.subtracting(AttributeSet(.dontFragment))
    }

    /// RFC 8656 §7.2 item 7 wants IPv4 where the client names no family, also on IPv6 sockets.
    private func standardFamily(for tuple: FiveTuple) -> AddressFamily {
        switch settings.defaultFamily {
        case .ipv4: .ipv4
        case .ipv6: .ipv6
        case .client: tuple.client.ip.family
        }
    }
}
