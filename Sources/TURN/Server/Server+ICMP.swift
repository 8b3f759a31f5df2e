package import Primitives
import STUN

extension Server {
    /// Reports a network error about a datagram that was relayed to `peer`, by a Data indication
    /// with the ICMP attribute (RFC 8656 §11.5).
    ///
    /// - Parameters:
    ///   - peer: where the datagram went, from the packet inside the error.
    ///   - data: the MTU, where the error is about size; else ignored.
    package mutating func receiveICMP(
        relay: RelayID, peer: TransportAddress, type: UInt8, code: UInt8, data: UInt32,
        at now: Now
    ) {
        self.now = now
        let index = relay.allocation.index
        guard Self.isReported(type, peer.ip.family), index < allocations.end,
            allocations[index].state == .live,
            let link = findPermission(index, peer.ip),
            permissions[link].expires > now.monotonic
        else {
            counters.droppedICMP += 1
            return
        }
        counters.icmpReported += 1
        let isTooBig = peer.ip.family == .ipv4 ? (type, code) == (3, 4) : type == 2
        let report = ICMPReport(type: type, code: code, data: isTooBig ? data : 0)
        let identifier = TransactionID(
            random: UInt128(entropy.next()) << 64 | UInt128(entropy.next()))
        let start = reserveOutgoing()
        let fingerprint = settings.fingerprint
        var writer = MessageWriter(
            MessageType(.data, .indication), identifier, into: outgoing.mutableSpan, at: start)
        writer.append(.xorPeerAddress, xor: peer)
        writer.append(report)
        if fingerprint { writer.appendFingerprint() }
        guard let count = writer.finish() else { return }
        outgoingEnd = start + count
        actions.push(.send(to: allocations[index].tuple, bytes: start..<outgoingEnd))
    }

    /// RFC 8656 §11.5: unreachable and time exceeded of ICMPv4; unreachable, too big and time
    /// exceeded of ICMPv6.
    private static func isReported(_ type: UInt8, _ family: AddressFamily) -> Bool {
        family == .ipv4 ? type == 3 || type == 11 : (1...3).contains(type)
    }
}
