/// A second opinion on what is JSON (RFC 8259): a list of open brackets and what may come next,
/// in the place of functions that call each other. Judges text only, keeps no values.
struct JSONGrammar {
    private enum Next { case value, valueOrEnd, nameOrEnd, name, colon, commaOrEnd, nothing }

    private var open: [UInt8] = []
    private var next = Next.value
    private var position = 0

    init(_ count: Int) { open.reserveCapacity(min(count, 64)) }

    /// Whether the bytes are one JSON text.
    func accepts(_ text: Span<UInt8>) -> Bool {
        var state = self
        while state.position < text.count {
            guard state.step(text) else { return false }
        }
        return state.next == .nothing
    }

    private mutating func step(_ text: Span<UInt8>) -> Bool {
        let byte = text[position]
        if [0x20, 0x09, 0x0a, 0x0d].contains(byte) {
            position += 1
            return true
        }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return enter(byte)
        case UInt8(ascii: "}"): return leave(UInt8(ascii: "{"), [.nameOrEnd, .commaOrEnd])
        case UInt8(ascii: "]"): return leave(UInt8(ascii: "["), [.valueOrEnd, .commaOrEnd])
        case UInt8(ascii: ","): return comma()
        case UInt8(ascii: ":"):
            guard next == .colon else { return false }
            next = .value
            position += 1
            return true
        case UInt8(ascii: "\""):
            guard [.value, .valueOrEnd, .name, .nameOrEnd].contains(next) else { return false }
            let isName = next == .name || next == .nameOrEnd
            guard skipString(text) else { return false }
            if isName { next = .colon } else { finish() }
            return true
        default:
            guard next == .value || next == .valueOrEnd, skipScalar(text) else { return false }
            finish()
            return true
        }
    }

    private mutating func enter(_ byte: UInt8) -> Bool {
        guard next == .value || next == .valueOrEnd else { return false }
        open.append(byte)
        next = byte == UInt8(ascii: "{") ? .nameOrEnd : .valueOrEnd
        position += 1
        return true
    }

    private mutating func leave(_ opening: UInt8, _ allowed: [Next]) -> Bool {
        guard allowed.contains(next), open.last == opening else { return false }
        open.removeLast()
        position += 1
        finish()
        return true
    }

    private mutating func comma() -> Bool {
        guard next == .commaOrEnd else { return false }
        next = open.last == UInt8(ascii: "{") ? .name : .value
        position += 1
        return true
    }

    private mutating func finish() { next = open.isEmpty ? .nothing : .commaOrEnd }

    /// A word or a number: the longest run of their characters, judged as a whole.
    private mutating func skipScalar(_ text: Span<UInt8>) -> Bool {
        var run: [UInt8] = []
        while position < text.count {
            let byte = text[position]
            guard
                byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".") || (0x30...0x39).contains(byte)
                    || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            else { break }
            run.append(byte)
            position += 1
        }
        let word = String(decoding: run, as: UTF8.self)
        return ["true", "false", "null"].contains(word) || Self.isNumber(word)
    }

    /// RFC 8259 §6.
    private static func isNumber(_ word: String) -> Bool {
        var rest = Substring(word)
        func digits() -> Int {
            let count = rest.prefix { ("0"..."9").contains($0) }.count
            rest.removeFirst(count)
            return count
        }
        if rest.first == "-" { rest.removeFirst() }
        let isZero = rest.first == "0"
        let whole = digits()
        guard whole == 1 || (whole > 1 && !isZero) else { return false }
        if rest.first == "." {
            rest.removeFirst()
            guard digits() > 0 else { return false }
        }
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    /// RFC 8259 §7, with halves of surrogate pairs and broken UTF-8 refused (§8.1, §8.2).
    private mutating func skipString(_ text: Span<UInt8>) -> Bool {
        var plain: [UInt8] = []
        var high = false
        position += 1
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\\") {
                guard let unit = skipEscape(text) else { return false }
                let isLow = (0xdc00...0xdfff).contains(unit)
                guard high == isLow else { return false }
                high = (0xd800...0xdbff).contains(unit)
                plain.append(UInt8(ascii: "."))
                continue
            }
            guard !high, byte >= 0x20 else { return false }
            if byte == UInt8(ascii: "\"") {
                return String(validating: plain, as: UTF8.self) != nil
            }
            plain.append(byte)
        }
        return false
    }

    /// The UTF-16 unit; 0 for the short ones.
    private mutating func skipEscape(_ text: Span<UInt8>) -> Int? {
        guard position < text.count else { return nil }
        let byte = text[position]
        position += 1
        if "\"\\/bfnrt".utf8.contains(byte) { return 0 }
        guard byte == UInt8(ascii: "u"), position + 4 <= text.count else { return nil }
        let digits = (position..<position + 4).map { text[$0] }
        position += 4
        guard digits.allSatisfy({ Self.isHexadecimal($0) }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
