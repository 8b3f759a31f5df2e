import CLinux
package import Primitives

/// What became of a datagram that a socket sent earlier, as the network or the host reported it.
package struct DeliveryError: Hashable, Sendable {
    package enum Origin: Sendable {
        /// The host itself refused, such as for a datagram above the interface's MTU.
        case local
        case icmp
        case icmp6
        case other
    }

    /// Where the datagram was going.
    package let peer: TransportAddress
    package let origin: Origin
    /// Of the ICMP or ICMPv6 message; 0 when local.
    package let type: UInt8
    package let code: UInt8
    /// The MTU of the next hop where the message tells one, else 0.
    package let mtu: UInt32
    package let errno: Errno
}

extension UDPHandle {
    /// Takes the next entry of the error queue; nil when it is empty. Needs `reportErrors`.
    package func nextDeliveryError() throws(SystemError) -> DeliveryError? {
        // An entry of another kind (a timestamp, say) has no peer: skipped, never more than these.
        for _ in 0..<16 {
            var entry = ts_socket_error()
            guard try check(ts_socket_next_error(raw, &entry), "recvmsg") == 1 else { return nil }
            guard let peer = TransportAddress(entry.peer) else { continue }
            let origin: DeliveryError.Origin =
                switch Int32(entry.origin) {
                case TS_ORIGIN_LOCAL: .local
                case TS_ORIGIN_ICMP: .icmp
                case TS_ORIGIN_ICMP6: .icmp6
                default: .other
                }
            return DeliveryError(
                peer: peer, origin: origin, type: entry.type, code: entry.code, mtu: entry.info,
                errno: Errno(rawValue: entry.error))
        }
        return nil
    }
}
