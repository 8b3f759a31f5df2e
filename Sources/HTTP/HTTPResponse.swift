/// A response, whole.
package struct HTTPResponse: Hashable, Sendable {
    package var status: HTTPStatus
    package var fields: HTTPFields
    package var body: [UInt8]

    package init(_ status: HTTPStatus, fields: HTTPFields = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The bytes of the response: head and, unless the request was HEAD, body.
    ///
    /// Length and connection fields are written here and nowhere else, so that framing can never
    /// contradict the body (RFC 9112 §6.2).
    package func serialized(keepAlive: Bool, toHead: Bool = false) -> [UInt8] {
        var head = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n"
        for field in fields.all { head += "\(field.name): \(field.value.asFieldValue)\r\n" }
        if !status.hasNoContent { head += "content-length: \(body.count)\r\n" }
        if status != .continue, !keepAlive { head += "connection: close\r\n" }
        head += "\r\n"
        return Array(head.utf8) + (toHead || status.hasNoContent ? [] : body)
    }
}
