import Testing

/// A published example of HMAC.
struct HMACVector: Sendable, CustomTestStringConvertible {
    let name: String
    let key: [UInt8]
    let data: [UInt8]
    let tag: [UInt8]

    var testDescription: String { name }

    init(_ name: String, key: [UInt8], data: [UInt8], tag: String) {
        self.name = name
        self.key = key
        self.data = data
        self.tag = hex(tag)
    }

    private static let counting = (1...25).map { UInt8($0) }
    private static let longKeyText = Array(
        "Test Using Larger Than Block-Size Key - Hash Key First".utf8)

    /// RFC 2202 §3.
    static let rfc2202 = [
        HMACVector(
            "RFC 2202 case 1", key: bytes(0x0b, 20), data: Array("Hi There".utf8),
            tag: "b617318655057264e28bc0b6fb378c8ef146be00"),
        HMACVector(
            "RFC 2202 case 2", key: Array("Jefe".utf8),
            data: Array("what do ya want for nothing?".utf8),
            tag: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        HMACVector(
            "RFC 2202 case 3", key: bytes(0xaa, 20), data: bytes(0xdd, 50),
            tag: "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
        HMACVector(
            "RFC 2202 case 4", key: counting, data: bytes(0xcd, 50),
            tag: "4c9007f4026250c6bc8414f9bf50c86c2d7235da"),
        HMACVector(
            "RFC 2202 case 5", key: bytes(0x0c, 20), data: Array("Test With Truncation".utf8),
            tag: "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"),
        HMACVector(
            "RFC 2202 case 6", key: bytes(0xaa, 80), data: longKeyText,
            tag: "aa4ae5e15272d00e95705637ce8a3b55ed402112"),
        HMACVector(
            "RFC 2202 case 7", key: bytes(0xaa, 80),
            data: Array(
                "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data".utf8),
            tag: "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"),
    ]

    /// RFC 4231 §4, the SHA-256 column.
    static let rfc4231 = [
        HMACVector(
            "RFC 4231 case 1", key: bytes(0x0b, 20), data: Array("Hi There".utf8),
            tag: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        HMACVector(
            "RFC 4231 case 2", key: Array("Jefe".utf8),
            data: Array("what do ya want for nothing?".utf8),
            tag: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        HMACVector(
            "RFC 4231 case 3", key: bytes(0xaa, 20), data: bytes(0xdd, 50),
            tag: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        HMACVector(
            "RFC 4231 case 4", key: counting, data: bytes(0xcd, 50),
            tag: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        HMACVector(
            "RFC 4231 case 5, truncated", key: bytes(0x0c, 20),
            data: Array("Test With Truncation".utf8), tag: "a3b6167473100ee06e0c796c2955552b"),
        HMACVector(
            "RFC 4231 case 6", key: bytes(0xaa, 131), data: longKeyText,
            tag: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        HMACVector(
            "RFC 4231 case 7", key: bytes(0xaa, 131),
            data: Array(
                ("This is a test using a larger than block-size key and a larger than "
                    + "block-size data. The key needs to be hashed before being used by the "
                    + "HMAC algorithm.").utf8),
            tag: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    private static func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] {
        [UInt8](repeating: byte, count: count)
    }
}

/// The bytes that a text of hexadecimal digits stands for; spaces and line ends do not count.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.map { UInt8($0.hexDigitValue!) }
    precondition(digits.count % 2 == 0, "half a byte")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
