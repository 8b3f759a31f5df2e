/// The target of a request, taken apart and percent-decoded once (RFC 3986 §2.1, §3.3, §3.4).
///
/// A segment is compared after decoding, so an encoded slash never splits one, and a dot segment
/// in any spelling is refused: no route can be reached under two names.
package struct HTTPTarget: Hashable, Sendable {
    /// `/v1/status` is `["v1", "status"]`; `/` is `[""]`; a slash at the end adds an empty one.
    /// Empty for `server` alone.
    package let segments: [String]
    /// In the order written; a parameter without `=` has an empty value. `+` means itself.
    package let query: [HTTPQueryItem]

    package init(segments: [String], query: [HTTPQueryItem] = []) {
        self.segments = segments
        self.query = query
    }

    /// What OPTIONS `*` asks about: the server itself, no path of it (RFC 9112 §3.2.4).
    package static let server = HTTPTarget(segments: [])

    /// Reads `/path?query`; `text` begins with its slash.
    init(parsing text: ArraySlice<UInt8>) throws(HTTPRefusal) {
        let path = text.prefix { $0 != UInt8(ascii: "?") }
        let query = text.dropFirst(path.count + 1)
        var segments: [String] = []
        for part in path.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        {
            let segment = try Self.decode(part)
            guard segment != ".", segment != ".." else { throw .malformedTarget }
            segments.append(segment)
        }
        var items: [HTTPQueryItem] = []
        for part in query.split(separator: UInt8(ascii: "&")) {
            let name = part.prefix { $0 != UInt8(ascii: "=") }
            items.append(
                HTTPQueryItem(
                    try Self.decode(name), try Self.decode(part.dropFirst(name.count + 1))))
        }
        self.init(segments: segments, query: items)
    }

    /// The target in origin or asterisk form, everything but unreserved characters encoded.
    package var description: String {
        if segments.isEmpty { return "*" }
        let path = segments.map { "/" + Self.encode($0) }.joined()
        if query.isEmpty { return path }
        return path + "?"
            + query.map { Self.encode($0.name) + "=" + Self.encode($0.value) }
            .joined(separator: "&")
    }

    private static func decode(_ text: ArraySlice<UInt8>) throws(HTTPRefusal) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                // RFC 9110 §7.1: a fragment is never part of a request target.
                guard byte != UInt8(ascii: "#") else { throw .malformedTarget }
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit
            else { throw .malformedTarget }
            let value = high << 4 | low
            guard value >= 0x20, value != 0x7f else { throw .malformedTarget }
            bytes.append(value)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw .malformedTarget
        }
        return decoded
    }

    private static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return result
    }
}

/// One parameter of a query.
package struct HTTPQueryItem: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
