/// What the ICMP attribute tells a client about a packet that did not arrive (RFC 8656 §18.13).
package struct ICMPReport: Hashable, Sendable {
    /// The ICMP type; the attribute has 7 bits for it, which is enough for the ones relayed
    /// (RFC 8656 §11.5: 3 and 11 of ICMPv4; 1, 2 and 3 of ICMPv6).
    package let type: UInt8
    /// The ICMP code, in 9 bits on the wire.
    package let code: UInt8
    /// The MTU where the error is about size, else 0.
    package let data: UInt32

    package init(type: UInt8, code: UInt8, data: UInt32) {
        self.type = type
        self.code = code
        self.data = data
    }

    init(wire: UInt16, data: UInt32) {
        self.init(
            type: UInt8(truncatingIfNeeded: wire >> 9), code: UInt8(truncatingIfNeeded: wire),
            data: data)
    }

    var wire: UInt16 { UInt16(type & 0x7F) << 9 | UInt16(code) }
}
