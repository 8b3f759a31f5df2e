package import JSON

/// What is wrong with one field.
package struct FieldDefect: Error {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// Reads typed fields of one object. A null field counts as absent: that is how clients in several
/// languages write an empty optional.
package struct FieldReader {
    package var object: JSONObject

    package init(object: JSONObject) { self.object = object }

    package func value(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    func need<T>(_ name: String, _ value: T?) throws(FieldDefect) -> T {
        guard let value else { throw FieldDefect("\(name) is missing") }
        return value
    }

    /// A text of 1 to `max` bytes without control characters.
    package func text(_ name: String, max: Int) throws(FieldDefect) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw FieldDefect("\(name) is no string") }
        guard (1...max).contains(text.utf8.count) else {
            throw FieldDefect("\(name) holds 1 to \(max) bytes")
        }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw FieldDefect("\(name) holds control characters")
        }
        return text
    }

    /// The chat, in the spelling of old clients too (S4-1).
    func chat() throws(FieldDefect) -> String? {
        try text(value("chat_id") == nil ? "chatId" : "chat_id", max: WireLimits.userIDBytesMax)
    }

    /// A name that also stands in paths and logs: letters, digits and `-._~:@`.
    package func plainName(_ name: String, max: Int) throws(FieldDefect) -> String? {
        guard let text = try text(name, max: max) else { return nil }
        guard text.utf8.allSatisfy(Self.isPlain) else {
            throw FieldDefect("\(name) holds other characters than letters, digits and -._~:@")
        }
        return text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"), UInt8(ascii: "@"):
            true
        default: false
        }
    }

    package func bool(_ name: String) throws(FieldDefect) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let bool = value.bool else { throw FieldDefect("\(name) is neither true nor false") }
        return bool
    }

    package func integer(_ name: String, _ range: ClosedRange<Int64>) throws(FieldDefect) -> Int64?
    {
        guard let value = value(name) else { return nil }
        guard let integer = value.integer, range.contains(integer) else {
            throw FieldDefect(
                "\(name) is no whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    package func reader(_ name: String) throws(FieldDefect) -> FieldReader? {
        guard let value = value(name) else { return nil }
        guard let object = value.object else { throw FieldDefect("\(name) is no object") }
        return FieldReader(object: object)
    }

    package func array(_ name: String, max: Int) throws(FieldDefect) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        guard let array = value.array else { throw FieldDefect("\(name) is no array") }
        guard array.count <= max else { throw FieldDefect("\(name) holds at most \(max) entries") }
        return array
    }

    /// One of the words of an enumeration.
    func word<T: RawRepresentable & CaseIterable>(
        _ name: String, _ type: T.Type
    ) throws(FieldDefect) -> T? where T.RawValue == String {
        guard let value = value(name) else { return nil }
        guard let word = value.string.flatMap(T.init(rawValue:)) else {
            let words = T.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldDefect("\(name) is none of \(words)")
        }
        return word
    }
}
