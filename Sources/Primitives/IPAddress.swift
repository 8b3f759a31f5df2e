/// The two address families, with the numbers STUN gives them (RFC 8489 §14.1).
package enum AddressFamily: UInt8, Sendable, Hashable, CaseIterable {
    case ipv4 = 1
    case ipv6 = 2
}

/// An IP address as a plain number, so that ranges compare as integers and never byte by byte.
///
/// The family is part of the value: `::ffff:192.0.2.1` and `192.0.2.1` differ. Whether two
/// spellings mean the same host is the peer policy's question (`TURN`), not this type's.
package struct IPAddress: Hashable, Sendable {
    package let family: AddressFamily
    /// The upper 64 bits in host order; 0 for IPv4.
    package let high: UInt64
    /// The lower 64 bits in host order; for IPv4 the address in the lower 32.
    package let low: UInt64

    @inline(__always)
    package init(v4 value: UInt32) {
        family = .ipv4
        high = 0
        low = UInt64(value)
    }

    @inline(__always)
    package init(v6High high: UInt64, low: UInt64) {
        family = .ipv6
        self.high = high
        self.low = low
    }

    package init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        self.init(v4: UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d))
    }

    /// The 32 bits of an IPv4 address; meaningless for IPv6.
    package var v4: UInt32 { UInt32(truncatingIfNeeded: low) }

    /// The address as one number; IPv4 in the lower 32 bits.
    package var bits: UInt128 { UInt128(high) << 64 | UInt128(low) }

    /// How many bits an address of the family has: 32 or 128.
    package var width: Int { family == .ipv4 ? 32 : 128 }

    /// 127.0.0.0/8 (RFC 1122 §3.2.1.3) or ::1 (RFC 4291 §2.5.3).
    package var isLoopback: Bool {
        family == .ipv4 ? v4 >> 24 == 127 : high == 0 && low == 1
    }
}

extension IPAddress: Comparable {
    /// All IPv4 addresses come before all IPv6 addresses; within a family by number.
    package static func < (a: IPAddress, b: IPAddress) -> Bool {
        if a.family != b.family { return a.family == .ipv4 }
        return a.high == b.high ? a.low < b.low : a.high < b.high
    }
}

/// An address and a port (RFC 8656 §3: transport address).
package struct TransportAddress: Hashable, Sendable {
    package var ip: IPAddress
    package var port: UInt16

    @inline(__always)
    package init(_ ip: IPAddress, _ port: UInt16) {
        self.ip = ip
        self.port = port
    }
}

extension TransportAddress: CustomStringConvertible {
    /// `192.0.2.1:3478` or `[2001:db8::1]:3478`.
    package var description: String {
        ip.family == .ipv4 ? "\(ip):\(port)" : "[\(ip)]:\(port)"
    }
}
