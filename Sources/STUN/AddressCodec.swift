import Primitives

/// Reading and writing of MAPPED-ADDRESS and the XOR forms (RFC 8489 §14.1, §14.2).
enum AddressCodec {
    /// Nil when the family is unknown or the size is not the family's.
    ///
    /// `mask` is the transaction id for the XOR forms and 0 for the plain one. Its top 32 bits
    /// are the cookie, of which IPv4 and the port use the upper part.
    static func decode(_ value: Span<UInt8>, mask: UInt128) -> TransportAddress? {
        guard value.count >= 8 else { return nil }
        let port = value.uint16(at: 2) ^ UInt16(truncatingIfNeeded: mask >> 112)
        // The first byte is reserved and ignored on receipt (RFC 8489 §14.1).
        switch AddressFamily(rawValue: value[1]) {
        case .ipv4:
            guard value.count == 8 else { return nil }
            let bits = value.uint32(at: 4) ^ UInt32(truncatingIfNeeded: mask >> 96)
            return TransportAddress(IPAddress(v4: bits), port)
        case .ipv6:
            guard value.count == 20 else { return nil }
            let high = value.uint64(at: 4) ^ UInt64(truncatingIfNeeded: mask >> 64)
            let low = value.uint64(at: 12) ^ UInt64(truncatingIfNeeded: mask)
            return TransportAddress(IPAddress(v6High: high, low: low), port)
        case nil:
            return nil
        }
    }

    /// The size of the value: 8 or 20 bytes.
    static func length(of family: AddressFamily) -> Int { family == .ipv4 ? 8 : 20 }
}
