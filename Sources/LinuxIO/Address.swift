import CLinux
package import CPacket
package import Primitives

extension TransportAddress {
    /// Nil when the system gave an address of another kind.
    init?(_ address: ts_address) {
        switch address.family {
        case 4: self.init(IPAddress(v4: UInt32(truncatingIfNeeded: address.low)), address.port)
        case 6: self.init(IPAddress(v6High: address.high, low: address.low), address.port)
        default: return nil
        }
    }

    var system: ts_address {
        ts_address(high: ip.high, low: ip.low, port: port, family: ip.family.version)
    }
}

extension AddressFamily {
    /// 4 or 6, as the packet records count.
    var version: UInt8 { self == .ipv4 ? 4 : 6 }
}

extension ts_received {
    /// Who sent the datagram.
    @inline(__always)
    package var source: TransportAddress {
        family == 4
            ? TransportAddress(IPAddress(v4: UInt32(truncatingIfNeeded: addressLow)), port)
            : TransportAddress(IPAddress(v6High: addressHigh, low: addressLow), port)
    }
}
