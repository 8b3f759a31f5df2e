/// A Send indication as far as forwarding needs it (RFC 8656 §11.2).
struct SendIndication {
    var peer = Endpoint()
    /// Offset within the arena, and length, of the DATA value.
    var dataOffset = 0
    var dataLength = 0
    var dontFragment = false

    static let header: UInt16 = 0x0016
    private static let xorPeerAddress: UInt16 = 0x0012
    private static let data: UInt16 = 0x0013
    private static let dontFragmentType: UInt16 = 0x001a
    private static let messageIntegrity: UInt16 = 0x0008
    private static let messageIntegritySHA256: UInt16 = 0x001c
    private static let magicCookie: UInt32 = 0x2112_a442

    /// Reads the datagram of `count` bytes at `start` of the receive arena; nil when it is no
    /// valid Send indication. Attributes: the first of a kind counts, an unknown
    /// comprehension-required one makes the whole invalid (RFC 8489 §6.3.2), a missing peer or
    /// missing data too (RFC 8656 §11.2). A signature is ignored like all that is known but not
    /// expected, and so is what stands behind it (RFC 8489 §6.3, §14.5).
    @inline(__always)
    static func read(_ bytes: Span<UInt8>, at start: Int, count: Int) -> SendIndication? {
        guard count >= 20, word(bytes, start) == header,
            Int(word(bytes, start &+ 2)) == count &- 20, count & 3 == 0,
            double(bytes, start &+ 4) == magicCookie
        else { return nil }
        let end = start &+ count
        var result = SendIndication()
        var hasPeer = false
        var hasData = false
        var isSealed = false
        var offset = start &+ 20
        while offset < end {
            // Lengths are multiples of four, so a header of four bytes always fits.
            let type = word(bytes, offset)
            let length = Int(word(bytes, offset &+ 2))
            let value = offset &+ 4
            guard value &+ length <= end else { return nil }
            offset = value &+ ((length &+ 3) & ~3)
            if isSealed { continue }
            switch type {
            case xorPeerAddress:
                if !hasPeer {
                    guard
                        let endpoint = xorAddress(
                            bytes, value, length, transaction: start &+ 4)
                    else { return nil }
                    result.peer = endpoint
                    hasPeer = true
                }
            case data:
                if !hasData {
                    result.dataOffset = value
                    result.dataLength = length
                    hasData = true
                }
            case dontFragmentType: result.dontFragment = true
            case messageIntegrity, messageIntegritySHA256: isSealed = true
            default: if type < 0x8000, !isKnown(type) { return nil }
            }
        }
        return hasPeer && hasData ? result : nil
    }

    /// Whether a comprehension-required attribute is one of RFC 8489 §18.3 or RFC 8656 §18 that
    /// requests may carry too; a set of bits, since the data path cannot wait for a table.
    @inline(__always)
    private static func isKnown(_ type: UInt16) -> Bool {
        // USERNAME, CHANNEL-NUMBER, LIFETIME, REALM, NONCE; then REQUESTED-ADDRESS-FAMILY,
        // EVEN-PORT, REQUESTED-TRANSPORT; PASSWORD-ALGORITHM, USERHASH, RESERVATION-TOKEN.
        let known: UInt64 =
            1 << 0x06 | 1 << 0x0c | 1 << 0x0d | 1 << 0x14 | 1 << 0x15 | 1 << 0x17 | 1 << 0x18
            | 1 << 0x19 | 1 << 0x1d | 1 << 0x1e | 1 << 0x22
        return type < 64 && known >> UInt64(type) & 1 == 1
    }

    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, _ at: Int) -> UInt16 {
        UInt16(bytes[at]) << 8 | UInt16(bytes[at &+ 1])
    }

    @inline(__always)
    private static func double(_ bytes: Span<UInt8>, _ at: Int) -> UInt32 {
        UInt32(word(bytes, at)) << 16 | UInt32(word(bytes, at &+ 2))
    }

    @inline(__always)
    private static func quad(_ bytes: Span<UInt8>, _ at: Int) -> UInt64 {
        UInt64(double(bytes, at)) << 32 | UInt64(double(bytes, at &+ 4))
    }

    /// XOR-PEER-ADDRESS, coded as XOR-MAPPED-ADDRESS (RFC 8489 §14.2).
    @inline(__always)
    private static func xorAddress(
        _ bytes: Span<UInt8>, _ at: Int, _ length: Int, transaction: Int
    ) -> Endpoint? {
        guard length >= 8 else { return nil }
        let port = word(bytes, at &+ 2) ^ UInt16(truncatingIfNeeded: magicCookie >> 16)
        switch (bytes[at &+ 1], length) {
        case (1, 8):
            let low = UInt64(double(bytes, at &+ 4) ^ magicCookie)
            return Endpoint(high: 0, low: low, port: port, family: 4)
        case (2, 20):
            // The mask is the cookie and the transaction id, bytes 4 to 19 of the message.
            return Endpoint(
                high: quad(bytes, at &+ 4) ^ quad(bytes, transaction),
                low: quad(bytes, at &+ 12) ^ quad(bytes, transaction &+ 8), port: port, family: 6)
        default: return nil
        }
    }
}
