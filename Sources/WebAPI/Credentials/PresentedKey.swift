import HTTP
import Primitives

/// The key with which a request proves that it may ask, and the name it gives the key.
struct PresentedKey: Sendable {
    var key: String
    /// Nil where the convention has none.
    var name: String?

    /// `Authorization: Bearer KEY` (RFC 6750 §2.1).
    init?(bearer request: HTTPRequest) {
        guard let key = Self.credentials(of: request, scheme: "bearer") else { return nil }
        self.key = key
    }

    /// `Authorization: Basic base64(NAME:KEY)` (RFC 7617 §2).
    init?(basic request: HTTPRequest) {
        guard let text = Self.credentials(of: request, scheme: "basic"),
            let bytes = Base64.decode(Array(text.utf8).span),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let name = String(validating: bytes[..<colon], as: UTF8.self),
            let key = String(validating: bytes[(colon + 1)...], as: UTF8.self)
        else { return nil }
        self.key = key
        self.name = name
    }

    init(key: String) { self.key = key }

    /// Nil also with two such fields: nobody knows which was meant.
    private static func credentials(of request: HTTPRequest, scheme: String) -> String? {
        let values = request.fields.values("authorization")
        guard values.count == 1 else { return nil }
        let parts = values[0].split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == scheme else { return nil }
        return String(parts[1].drop { $0 == " " })
    }
}
