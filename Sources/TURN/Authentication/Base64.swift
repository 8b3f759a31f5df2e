/// Base64 without padding in groups of 24 bits (RFC 4648 §4), and with it for whole strings.
enum Base64 {
    private static let alphabet: StaticString =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    /// Writes the first `count` of the four characters of the lowest 24 bits.
    static func encode24(
        _ value: UInt32, into space: inout MutableSpan<UInt8>, at offset: Int, count: Int = 4
    ) {
        for index in 0..<count {
            space[offset + index] = character(value >> UInt32(18 - 6 * index) & 63)
        }
    }

    /// Reads four characters; nil when one is not of the alphabet.
    static func decode24(_ text: Span<UInt8>, at offset: Int) -> UInt32? {
        var value: UInt32 = 0
        for index in 0..<4 {
            guard let bits = bits(text[offset + index]) else { return nil }
            value = value << 6 | bits
        }
        return value
    }

    /// The usual text of `bytes`, padded with `=`.
    static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var offset = 0
        while offset < bytes.count {
            let left = min(bytes.count - offset, 3)
            var value: UInt32 = 0
            for index in 0..<3 {
                value = value << 8 | (index < left ? UInt32(bytes[offset + index]) : 0)
            }
            for index in 0..<4 {
                text.append(
                    index <= left
                        ? character(value >> UInt32(18 - 6 * index) & 63) : UInt8(ascii: "="))
            }
            offset += 3
        }
        return text
    }

    private static func character(_ bits: UInt32) -> UInt8 {
        alphabet.withUTF8Buffer { unsafe $0[Int(bits)] }
    }

    private static func bits(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
