/// Writes the header of a Data indication (RFC 8656 §11.3): everything up to the DATA value.
enum DataIndication {
    private static let type: UInt16 = 0x0017
    private static let magicCookie: UInt32 = 0x2112_a442

    /// Bytes before the payload: message header, XOR-PEER-ADDRESS, and the header of DATA.
    @inline(__always)
    static func headerLength(family: UInt8) -> Int { family == 4 ? 36 : 48 }

    /// Writes `headerLength` bytes at `out`; `payload` is the length of the datagram to wrap,
    /// `transaction` the lower 64 of the 96 bits of the transaction id.
    @inline(__always)
    static func write(
        to out: UnsafeMutablePointer<UInt8>, peer: Endpoint, payload: Int, transaction: UInt64
    ) {
        let isV4 = peer.family == 4
        let messageLength = headerLength(family: peer.family) &- 20 &+ (payload &+ 3) & ~3
        let salt = UInt32(truncatingIfNeeded: transaction >> 32) &* 0x9e37_79b1
        store(out, 0, type)
        store(out, 2, UInt16(truncatingIfNeeded: messageLength))
        store(out, 4, magicCookie)
        store(out, 8, salt)
        store(out, 12, transaction)
        store(out, 20, UInt16(0x0012))
        store(out, 22, UInt16(isV4 ? 8 : 20))
        store(out, 24, UInt16(isV4 ? 1 : 2))
        store(out, 26, peer.port ^ UInt16(truncatingIfNeeded: magicCookie >> 16))
        if isV4 {
            store(out, 28, UInt32(truncatingIfNeeded: peer.low) ^ magicCookie)
        } else {
            store(out, 28, peer.high ^ (UInt64(magicCookie) << 32 | UInt64(salt)))
            store(out, 36, peer.low ^ transaction)
        }
        let data = headerLength(family: peer.family) &- 4
        store(out, data, UInt16(0x0013))
        store(out, data &+ 2, UInt16(truncatingIfNeeded: payload))
    }

    @inline(__always)
    private static func store<Value: FixedWidthInteger>(
        _ out: UnsafeMutablePointer<UInt8>, _ offset: Int, _ value: Value
    ) {
        UnsafeMutableRawPointer(out + offset).storeBytes(of: value.bigEndian, as: Value.self)
    }
}
