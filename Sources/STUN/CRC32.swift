/// The CRC-32 of ITU V.42, with which FINGERPRINT is made (RFC 8489 §14.7).
package enum CRC32 {
    /// RFC 8489 §14.7: tells a FINGERPRINT from a CRC that some other protocol put there.
    package static var fingerprintMask: UInt32 { 0x5354_554E }

    /// The generator polynomial of V.42 with its bits reversed.
    private static var polynomial: UInt32 { 0xEDB8_8320 }

    /// Row 0 advances by one byte; row n advances the same byte through n more bytes of zeros.
    /// Four rows let one step take in four bytes.
    private static let table: InlineArray<1024, UInt32> = {
        var table = InlineArray<1024, UInt32>(repeating: 0)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? polynomial : 0) }
            table[byte] = value
        }
        for entry in 256..<1024 {
            let previous = table[entry - 256]
            table[entry] = previous >> 8 ^ table[Int(previous & 0xFF)]
        }
        return table
    }()

    /// The checksum of `bytes`.
    package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        var value = UInt32.max
        var offset = 0
        while offset + 4 <= bytes.count {
            value ^= bytes.uint32(at: offset).byteSwapped
            value =
                table[768 + Int(value & 0xFF)] ^ table[512 + Int(value >> 8 & 0xFF)]
                ^ table[256 + Int(value >> 16 & 0xFF)] ^ table[Int(value >> 24)]
            offset += 4
        }
        while offset < bytes.count {
            value = value >> 8 ^ table[Int((value ^ UInt32(bytes[offset])) & 0xFF)]
            offset += 1
        }
        return ~value
    }
}
