/// One setting as written: what coturn's grammar makes of a line, before anyone asks what it means.
///
/// The grammar is that of coturn's `mainrelay.c` (read_config_file, parse_arg_string), unchanged
/// from 4.5 to 4.17.
struct Line {
    /// Counted from 1; 0 for a setting of the command line.
    var number: Int
    var key: String
    var value: String
    /// What the reader of the file ought to know about the writing of the line.
    var problems: [Problem] = []

    init(_ override: Override) {
        number = 0
        key = override.key
        value = override.value
    }

    /// Nil for a line that says nothing: blank, or a comment from its first visible byte on.
    init?(number: Int, bytes: ArraySlice<UInt8>) {
        let start = bytes.firstIndex { !Self.isBlank($0) } ?? bytes.endIndex
        guard start < bytes.endIndex, bytes[start] != UInt8(ascii: "#") else { return nil }
        self.number = number
        var text = bytes[start...]
        var problems: [Problem] = []
        if bytes.count > Configuration.Bounds.lineBytes {
            text = text.prefix(max(0, Configuration.Bounds.lineBytes - (start - bytes.startIndex)))
            problems.append(.cutLine(bytes.count))
        }
        if let end = text.firstIndex(of: 0) {
            text = text[..<end]
            problems.append(.nulByte)
        }
        text = Self.droppingTrailingSpace(text)
        guard let last = text.last else { return nil }
        if last == UInt8(ascii: ";") { problems.append(.semicolon) }
        let (key, value) = Self.split(text)
        self.key = String(decoding: key, as: UTF8.self)
        if let valid = String(validating: value, as: UTF8.self) {
            self.value = valid
        } else {
            self.value = String(decoding: value, as: UTF8.self)
            problems.append(.notUTF8)
        }
        self.problems = problems
    }

    /// The key is everything up to the first separator; the value what follows the whole run of
    /// them, so `key==value` and `key = value` are one.
    private static func split(
        _ text: ArraySlice<UInt8>
    ) -> (key: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        guard let end = text.firstIndex(where: isSeparator) else {
            return (text, text[text.endIndex...])
        }
        let value = text[end...].drop(while: isSeparator)
        return (text[..<end], unquoted(value))
    }

    /// Drops one opening double quote, and then, if it is last, one closing quote. A quote inside
    /// or at the end only stays what it is.
    private static func unquoted(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard value.first == UInt8(ascii: "\"") else { return value }
        let inner = value.dropFirst()
        return inner.last == UInt8(ascii: "\"") ? inner.dropLast() : inner
    }

    private static func droppingTrailingSpace(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        // C's isspace: tab, line feed, vertical tab, form feed, carriage return, blank.
        let end = text.lastIndex { !($0 == 0x20 || (0x09...0x0d).contains($0)) }
        return end.map { text[...$0] } ?? text[..<text.startIndex]
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: "=")
    }

    /// What coturn reads from a boolean; nil where it exits.
    ///
    /// Only the first character counts, but for `on` and `off`: `no`, `nonsense` and `0x1` are
    /// false, and so is `force`.
    static func boolean(_ text: String) -> Bool? {
        guard let first = text.utf8.first else { return true }
        switch first {
        case UInt8(ascii: "0"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "f"),
            UInt8(ascii: "F"):
            return false
        case UInt8(ascii: "1")...UInt8(ascii: "9"), UInt8(ascii: "y"), UInt8(ascii: "Y"),
            UInt8(ascii: "t"), UInt8(ascii: "T"):
            return true
        default: break
        }
        switch text {
        case "off", "OFF", "Off": return false
        case "on", "ON", "On": return true
        default: return nil
        }
    }
}
