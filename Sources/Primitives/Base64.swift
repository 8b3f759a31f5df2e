/// The base 64 encoding of RFC 4648 §4, with padding and without line breaks.
package enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The encoded text, four characters per three bytes begun.
    package static func encode(_ bytes: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var offset = 0
        while offset < bytes.count {
            let rest = bytes.count - offset
            let second = rest > 1 ? bytes[offset + 1] : 0
            let third = rest > 2 ? bytes[offset + 2] : 0
            let group = UInt32(bytes[offset]) << 16 | UInt32(second) << 8 | UInt32(third)
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(rest > 1 ? alphabet[Int(group >> 6 & 63)] : padding)
            text.append(rest > 2 ? alphabet[Int(group & 63)] : padding)
            offset += 3
        }
        return text
    }

    /// The bytes that `text` encodes; nil when it is not exactly what `encode` would have made of
    /// them (RFC 4648 §3.3, §3.5: no foreign characters, no stray bits, no missing padding).
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var offset = 0
        while offset < text.count {
            let isLast = offset + 4 == text.count
            var count = 4
            if isLast, text[offset + 3] == padding { count = text[offset + 2] == padding ? 2 : 3 }
            var group: UInt32 = 0
            for position in offset..<offset + count {
                guard let value = value(of: text[position]) else { return nil }
                group = group << 6 | value
            }
            group <<= UInt32(6 * (4 - count))
            // The bits below the last whole byte must be zero.
            guard group & (0xFF_FFFF >> UInt32(8 * (count - 1))) == 0 else { return nil }
            for position in 0..<count - 1 {
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * position)))
            }
            offset += 4
        }
        return bytes
    }

    /// Writes the first `count` of the four characters that encode the lower 24 bits of `value`.
    package static func encode24(
        _ value: UInt32, into text: inout MutableSpan<UInt8>, at offset: Int, count: Int = 4
    ) {
        for position in 0..<count {
            text[offset + position] = alphabet[Int(value >> UInt32(18 - 6 * position) & 63)]
        }
    }

    /// The 24 bits of four characters; nil when one of them is none of the alphabet.
    package static func decode24(_ text: Span<UInt8>, at offset: Int) -> UInt32? {
        var bits: UInt32 = 0
        for position in offset..<offset + 4 {
            guard let value = value(of: text[position]) else { return nil }
            bits = bits << 6 | value
        }
        return bits
    }

    private static var padding: UInt8 { UInt8(ascii: "=") }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
