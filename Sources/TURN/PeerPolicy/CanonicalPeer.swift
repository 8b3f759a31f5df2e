package import Primitives

/// A peer address together with every IPv4 address that a translator or tunnel would make of it.
///
/// The peer policy takes nothing else, and nothing but canonicalising makes one: a raw address
/// cannot be judged by its outer spelling alone.
package struct CanonicalPeer: Hashable, Sendable {
    /// The address as the client wrote it.
    package let outer: IPAddress
    /// The embedded addresses, `embeddedCount` of them; the rest is 0.
    private let embedded: SIMD4<UInt32>
    package let embeddedCount: Int

    package init(canonicalising address: IPAddress) {
        outer = address
        var found = Embedded()
        if address.family == .ipv6 { found.collect(address) }
        embedded = found.addresses
        embeddedCount = found.count
    }

    /// The embedded address number `index`, below `embeddedCount`.
    package func embedded(_ index: Int) -> IPAddress { IPAddress(v4: embedded[index]) }
}

/// The IPv4 addresses found inside one IPv6 address; at most four.
private struct Embedded {
    var addresses = SIMD4<UInt32>()
    var count = 0

    mutating func add(_ address: UInt64) {
        addresses[count] = UInt32(truncatingIfNeeded: address)
        count += 1
    }

    mutating func collect(_ address: IPAddress) {
        let (high, low) = (address.high, address.low)
        switch (high, low >> 32) {
        case (0, 0):
            // IPv4-compatible (RFC 4291 §2.5.5.1, deprecated); `::` and `::1` are no IPv4.
            if low > 1 { add(low) }
        case (0, 0xffff): add(low)  // IPv4-mapped (RFC 4291 §2.5.5.2)
        case (0, 0xffff_0000): add(low)  // IPv4-translated (RFC 2765 §2.1)
        case (0x0064_ff9b_0000_0000, 0): add(low)  // NAT64 (RFC 6052 §2.1)
        default: collectByPrefix(high, low)
        }
    }

    private mutating func collectByPrefix(_ high: UInt64, _ low: UInt64) {
        if high >> 16 == 0x0064_ff9b_0001 {
            collectLocalNAT64(high, low)
        } else if high >> 48 == 0x2002 {
            add(high >> 16)  // 6to4 (RFC 3056 §2)
        } else if high >> 32 == 0x2001_0000 {
            // Teredo (RFC 4380 §4): the server in clear, the client with all bits turned.
            add(high)
            add(~low)
        } else if low >> 32 & ~0x0200_0000 == 0x5efe {
            add(low)  // ISATAP (RFC 5214 §6.1), with the universal bit set or not
        }
    }

    /// 64:ff9b:1::/48 (RFC 8215): the site chose one of the layouts of RFC 6052 §2.2, unknown
    /// to us, so each reading counts.
    ///
    /// Readings in 0.0.0.0/8 come from zero padding of the other layouts and lead nowhere; they
    /// count only when there is nothing else.
    private mutating func collectLocalNAT64(_ high: UInt64, _ low: UInt64) {
        let readings: [4 of UInt64] = [
            (high & 0xffff) << 16 | low >> 40 & 0xffff,  // /48: bits 48-63, 72-87
            (high & 0xff) << 24 | low >> 32 & 0xff_ffff,  // /56: bits 56-63, 72-95
            low >> 24 & 0xffff_ffff,  // /64: bits 72-103
            low & 0xffff_ffff,  // /96
        ]
        for index in readings.indices where readings[index] >> 24 != 0 { add(readings[index]) }
        if count == 0 { add(0) }
    }
}
