/// Reads one response of this program's own server, from the client's side.
///
/// Knows the one framing `HTTPResponse` writes, a Content-Length, and refuses every other.
package struct HTTPResponseParser: ~Copyable {
    private let limits: HTTPLimits
    private var head: HTTPHeadReader
    private var response: HTTPResponse?
    private var remaining = 0

    /// `limits.bodyBytesMax` bounds the answer a client is willing to hold.
    package init(limits: HTTPLimits) {
        self.limits = limits
        head = HTTPHeadReader(limits: limits)
    }

    /// Takes what came; bytes after the end of the response are ignored.
    package mutating func receive(_ input: Span<UInt8>) throws(HTTPRefusal) {
        var used = 0
        if response == nil {
            used = try head.receive(input)
            guard head.isComplete else { return }
            try beginBody()
        }
        let count = min(remaining, input.count - used)
        for index in used..<(used + count) { response?.body.append(input[index]) }
        remaining -= count
    }

    /// The response once it is whole.
    package var complete: HTTPResponse? { remaining == 0 ? response : nil }

    private mutating func beginBody() throws(HTTPRefusal) {
        // RFC 9112 §4: the version, a space, three digits, a space; then a reason nobody needs.
        let line = head.startLine
        let digits = line.dropFirst(9).prefix(3)
        guard line.starts(with: "HTTP/1.1 ".utf8), digits.count == 3,
            digits.allSatisfy(\.isDigit), line.count == 12 || line[12] == .space
        else { throw .malformedStartLine }
        let status = HTTPStatus(rawValue: digits.reduce(0) { $0 * 10 + UInt16($1 & 0xf) })
        guard head.fields["transfer-encoding"] == nil else { throw .transferCoding }
        let lengths = head.fields.values("content-length")
        guard lengths.count <= 1 else { throw .duplicateContentLength }
        if !status.hasNoContent {
            guard let text = lengths.first else { throw .lengthRequired }
            guard text.utf8.allSatisfy(\.isDigit), let count = Int(text) else {
                throw .invalidContentLength
            }
            guard count <= limits.bodyBytesMax else { throw .bodyTooLarge }
            remaining = count
        }
        response = HTTPResponse(status, fields: head.fields)
    }
}
