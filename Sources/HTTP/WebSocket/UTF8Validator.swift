/// Follows UTF-8 across any cuts and tells at the first byte that can be part of no valid text
/// (Unicode, table "Well-Formed UTF-8 Byte Sequences"; RFC 3629 §4).
struct UTF8Validator: Hashable, Sendable {
    /// Continuation bytes that are still to come.
    private var missing: UInt8 = 0
    /// What the next of them may be: narrower behind a few first bytes, which is what shuts out
    /// longer spellings, surrogates, and numbers beyond U+10FFFF.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// Whether the text could end here.
    var isComplete: Bool { missing == 0 }

    /// Takes `bytes` from `start` on; false at the first byte that is wrong.
    mutating func receive(_ bytes: Span<UInt8>, from start: Int = 0) -> Bool {
        var index = start
        if missing == 0, Self.isASCII(bytes.extracting(start..<bytes.count)) { return true }
        while index < bytes.count {
            let byte = bytes[index]
            index &+= 1
            if byte < 0x80, missing == 0 { continue }
            if missing > 0 {
                guard lowest <= byte, byte <= highest else { return false }
                (lowest, highest) = (0x80, 0xBF)
                missing -= 1
            } else {
                guard begin(byte) else { return false }
            }
        }
        return true
    }

    /// Without a branch for each byte: nearly all texts of programs are, and this takes vectors.
    private static func isASCII(_ bytes: Span<UInt8>) -> Bool {
        var all: UInt8 = 0
        for index in bytes.indices { all |= bytes[index] }
        return all < 0x80
    }

    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: missing = 1
        case 0xE0...0xEF: missing = 2
        case 0xF0...0xF4: missing = 3
        default: return false
        }
        switch byte {
        case 0xE0: lowest = 0xA0
        case 0xED: highest = 0x9F
        case 0xF0: lowest = 0x90
        case 0xF4: highest = 0x8F
        default: break
        }
        return true
    }
}
