/// What a client may call: `http` or `https`, a host, perhaps a port, a path with its query.
package struct HTTPURL: Hashable, Sendable {
    package let origin: HTTPOrigin
    /// The path and the query as they were written; it begins with a slash.
    package let target: String

    /// nil for anything else, also with a user name, with a fragment, or with bytes that a URL
    /// writes encoded (RFC 3986 §2).
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy(\.isVisible), !bytes.contains(UInt8(ascii: "#")),
            let colon = bytes.firstIndex(of: .colon), bytes.count >= colon + 3
        else { return nil }
        let rest = bytes[(colon + 3)...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let authority = bytes[..<(end ?? bytes.endIndex)]
        guard let origin = HTTPOrigin(String(decoding: authority, as: UTF8.self)), origin.port != 0
        else { return nil }
        self.origin = origin
        let target = String(decoding: bytes[authority.endIndex...], as: UTF8.self)
        self.target = target.first == "/" ? target : "/" + target
    }

    /// Whether TLS is asked for.
    package var isSecure: Bool { origin.scheme == "https" }

    /// A name or an address, the latter without the brackets of IPv6.
    package var host: String {
        guard origin.host.first == "[" else { return origin.host }
        return String(origin.host.dropFirst().dropLast())
    }

    /// What the Host field says: without the port that the scheme has anyway (RFC 9110 §4.2.3).
    package var authority: String {
        origin.port == (isSecure ? 443 : 80) ? origin.host : "\(origin.host):\(origin.port)"
    }

    /// The bytes of a request with a body.
    ///
    /// - Parameter keepAlive: whether more requests may follow on the connection.
    package func request(
        _ method: HTTPMethod, fields: HTTPFields, body: [UInt8], keepAlive: Bool
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512 + body.count)
        bytes += "\(method.rawValue) \(target) HTTP/1.1\r\nhost: \(authority)\r\n".utf8
        for field in fields.all { bytes += "\(field.name): \(field.value.asFieldValue)\r\n".utf8 }
        bytes += "content-length: \(body.count)\r\n".utf8
        bytes += keepAlive ? "\r\n".utf8 : "connection: close\r\n\r\n".utf8
        bytes += body
        return bytes
    }
}
