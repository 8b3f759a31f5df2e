import HTTP

/// The fields of a form (`application/x-www-form-urlencoded`, WHATWG URL §5.1).
package struct FormFields: Sendable {
    private var items: [HTTPQueryItem] = []

    /// Nil when an escape is broken or a text is not UTF-8. The caller bounds the bytes.
    package init?(_ bytes: [UInt8]) {
        for part in bytes.split(separator: UInt8(ascii: "&")) {
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            guard let decodedName = Self.decode(name),
                let value = Self.decode(part.dropFirst(name.count + 1))
            else { return nil }
            items.append(HTTPQueryItem(decodedName, value))
        }
    }

    /// The fields of the body, then those of the query: the first of a name counts.
    init?(of request: HTTPRequest) {
        self.init(request.body)
        items += request.target.query
    }

    /// The first value of a name.
    package subscript(_ name: String) -> String? { items.first { $0.name == name }?.value }

    private static func decode(_ text: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit),
                    let low = rest.popFirst().flatMap(digit)
                else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}
