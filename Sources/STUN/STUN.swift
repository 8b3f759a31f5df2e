// STUN: the codec for STUN messages (RFC 8489, and RFC 3489 clients), the attributes of TURN
// (RFC 8656, RFC 6062) and ChannelData framing (RFC 8656 §12.4).
//
// It owns the bytes on the wire and nothing else: no socket, no clock, no table, no policy. The
// hash functions are an argument (`MessageHash`), so it links no crypto. Nothing here allocates
// except the derivation of keys from text (`LongTermKey`, `OpaqueString`).

/// The fixed numbers of the STUN header.
package enum StunFormat {
    /// RFC 8489 §5: type, length, cookie, transaction id.
    @inlinable @inline(__always)
    package static var headerLength: Int { 20 }
    /// RFC 8489 §14: type and length in front of every value.
    package static var attributeHeaderLength: Int { 4 }
    /// RFC 8489 §5.
    @inlinable @inline(__always)
    package static var magicCookie: UInt32 { 0x2112_A442 }
    /// The longest message the length field can describe: it counts in multiples of four.
    package static var maximumLength: Int { 20 + 65_532 }
}
