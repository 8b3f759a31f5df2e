import STUN
import Testing

@Suite struct CRC32Tests {
    @Test func theCheckValueOfV42() {
        let text = Array("123456789".utf8)
        let checksum = CRC32.checksum(text.span)
        #expect(checksum == 0xCBF4_3926)
    }

    /// Every size, so that the words of four and the rest behind them both take part.
    @Test func agreesWithTheDefinitionBitByBit() {
        let bytes = (0..<70).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
        for count in 0...bytes.count {
            let checksum = CRC32.checksum(bytes.span.extracting(0..<count))
            #expect(checksum == slow(bytes[..<count]), "\(count) bytes")
        }
    }

    private func slow(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value >> 1 ^ (value & 1) * 0xEDB8_8320 }
        }
        return ~value
    }
}
