/// The methods of RFC 9110 §9 and RFC 5789; any other is answered 501.
package enum HTTPMethod: String, Hashable, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case options = "OPTIONS"
    case patch = "PATCH"

    /// Whether content is expected, so that a missing length is an error (RFC 9110 §15.5.12).
    var expectsContent: Bool { self == .post || self == .put || self == .patch }
}

/// A request, whole and within its bounds.
package struct HTTPRequest: Hashable, Sendable {
    package var method: HTTPMethod
    package var target: HTTPTarget
    /// 1 for HTTP/1.1, 0 for HTTP/1.0.
    package var minorVersion: Int
    package var fields: HTTPFields
    package var body: [UInt8]
    /// What a target in absolute form named; it outranks the Host field (RFC 9112 §3.2.2).
    var targetAuthority: String?

    package init(
        _ method: HTTPMethod, _ target: HTTPTarget, minorVersion: Int = 1,
        fields: HTTPFields = [], body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.fields = fields
        self.body = body
    }

    /// The host and perhaps the port that the client believes to speak to; nil or empty when it
    /// did not say (HTTP/1.0).
    package var authority: String? { targetAuthority ?? fields["host"] }

    /// Whether the client offers to go on in another protocol, such as `websocket`.
    package func asksForUpgrade(to protocolName: String) -> Bool {
        // RFC 9110 §7.8: an Upgrade in HTTP/1.0 must be ignored, and one that the Connection
        // field does not name was meant for somebody before us.
        minorVersion >= 1 && fields.list("connection", contains: "upgrade")
            && fields.list("upgrade", contains: protocolName)
    }

    /// Whether the connection lasts beyond the response (RFC 9112 §9.3).
    var keepsAlive: Bool {
        if fields.list("connection", contains: "close") { return false }
        return minorVersion >= 1 || fields.list("connection", contains: "keep-alive")
    }

    /// The bytes a client sends; the connection ends with the response.
    package func serialized(host: String) -> [UInt8] {
        var head = "\(method.rawValue) \(target.description) HTTP/1.1\r\n"
        head += "host: \(host)\r\nconnection: close\r\n"
        for field in fields.all { head += "\(field.name): \(field.value.asFieldValue)\r\n" }
        if method.expectsContent || !body.isEmpty { head += "content-length: \(body.count)\r\n" }
        return Array(head.utf8) + Array("\r\n".utf8) + body
    }
}

extension String {
    /// A value that cannot end its line: RFC 9110 §5.5 has CR, LF and NUL replaced by a space.
    var asFieldValue: String {
        String(decoding: utf8.map { $0.isFieldContent ? $0 : .space }, as: UTF8.self)
    }
}
