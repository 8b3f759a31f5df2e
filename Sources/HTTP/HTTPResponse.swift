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

    /// What a connection and a request make of a response.
    struct Form: Hashable, Sendable {
        /// Whether the connection lasts beyond it.
        var keepsAlive = false
        /// Whether the request was HEAD: no body, whatever the head says (RFC 9110 §9.3.2).
        var isHead = false
        /// The client's version, HTTP/1.x.
        var minorVersion = 1
        /// The value of the `date` field, if there is to be one.
        var date: String?
    }

    /// The bytes of the response: head and, unless the request was HEAD, body.
    package func serialized(keepAlive: Bool, toHead: Bool = false) -> [UInt8] {
        serialized(Form(keepsAlive: keepAlive, isHead: toHead))
    }

    /// Length and connection fields are written here and nowhere else, so that framing can never
    /// contradict the body (RFC 9112 §6.2).
    func serialized(_ form: Form) -> [UInt8] {
        var head = "HTTP/1.1 \(status.rawValue) \(status.reason)\r\n"
        if let date = form.date, !status.isInterim { head += "date: \(date.asFieldValue)\r\n" }
        for field in fields.all where !Self.framingFields.contains(field.name) {
            head += "\(field.name): \(field.value.asFieldValue)\r\n"
        }
        if !status.hasNoContent { head += "content-length: \(body.count)\r\n" }
        let options = connectionOptions(form)
        if !options.isEmpty { head += "connection: \(options.joined(separator: ", "))\r\n" }
        head += "\r\n"
        let sendsBody = !form.isHead && !status.hasNoContent
        var bytes: [UInt8] = []
        bytes.reserveCapacity(head.utf8.count + (sendsBody ? body.count : 0))
        bytes += head.utf8
        if sendsBody { bytes += body }
        return bytes
    }

    private func connectionOptions(_ form: Form) -> [String] {
        guard status != .continue else { return [] }
        var options: [String] = []
        // RFC 9110 §7.8: whoever sends Upgrade says so here, or an intermediary would pass it on.
        if fields["upgrade"] != nil { options.append("Upgrade") }
        if !form.keepsAlive {
            options.append("close")
        } else if form.minorVersion == 0 {
            // RFC 9112 §9.3: an older client takes any other response for the last one.
            options.append("keep-alive")
        }
        return options
    }

    private static let framingFields: Set<String> = [
        "connection", "content-length", "transfer-encoding",
    ]
}
