/// Reads the response to one request that was not HEAD, from the client's side.
///
/// The body may be framed in each of the three ways of HTTP/1.1, never in two at once. Interim
/// responses are skipped; 101 is none, since nobody here asks for another protocol.
package struct HTTPResponseParser: ~Copyable {
    private enum Part {
        case head
        case content(remaining: Int)
        case chunks
        /// Until the other side closes (RFC 9112 §6.3 item 8).
        case contentUntilEnd
        case complete
    }

    /// Responses with 1xx before the one that counts. A server sends one or two; without a bound
    /// it could keep a client busy for ever.
    package static let interimCountMax = 8

    private let limits: HTTPLimits
    private var part = Part.head
    private var head: HTTPHeadReader
    private var chunks: HTTPChunkReader
    private var response: HTTPResponse?
    private var minorVersion = 1
    private var interimCount = 0
    private var endsConnection = false
    /// Whether anything came: if not, the request may not have been read either.
    package private(set) var hasBegun = false

    /// `limits.bodyBytesMax` bounds the answer a client is willing to hold.
    package init(limits: HTTPLimits) {
        self.limits = limits
        head = HTTPHeadReader(limits: limits)
        chunks = HTTPChunkReader(limits: limits)
    }

    /// Takes bytes up to the end of the response and returns how many; any behind it were sent
    /// without a request.
    @discardableResult
    package mutating func receive(_ input: Span<UInt8>) throws(HTTPRefusal) -> Int {
        var used = 0
        while used < input.count {
            hasBegun = true
            let rest = input.extracting(used...)
            switch part {
            case .head:
                used += try head.receive(rest)
                if head.isComplete { try endHead() }
            case .content(let remaining):
                let count = min(remaining, rest.count)
                append(rest.extracting(..<count))
                used += count
                part = count == remaining ? .complete : .content(remaining: remaining - count)
            case .chunks:
                used += try chunks.receive(rest)
                if chunks.isComplete {
                    response?.body = chunks.takeContent()
                    part = .complete
                }
            case .contentUntilEnd:
                let count = response?.body.count ?? 0
                guard rest.count <= limits.bodyBytesMax - count else { throw .bodyTooLarge }
                append(rest)
                used += rest.count
            case .complete: return used
            }
        }
        return used
    }

    /// The other side sends no more. For one framing that is the end of the response; in any
    /// other a part of it is missing.
    package mutating func receiveEnd() throws(HTTPRefusal) {
        switch part {
        case .contentUntilEnd: part = .complete
        case .complete: break
        case .head, .content, .chunks: throw .truncated
        }
    }

    /// The response once it is whole.
    package var complete: HTTPResponse? {
        if case .complete = part { return response }
        return nil
    }

    /// Whether the connection may carry another request behind this response (RFC 9112 §9.3).
    package var keepsAlive: Bool {
        guard let response, !endsConnection else { return false }
        if response.fields.list("connection", contains: "close") { return false }
        return minorVersion >= 1 || response.fields.list("connection", contains: "keep-alive")
    }

    private mutating func append(_ bytes: Span<UInt8>) {
        for index in bytes.indices { response?.body.append(bytes[index]) }
    }

    private mutating func endHead() throws(HTTPRefusal) {
        let status = try readStatus()
        guard status.isInterim else {
            part = try framing(status)
            response = HTTPResponse(status, fields: head.fields)
            return
        }
        interimCount += 1
        guard status != .switchingProtocols, interimCount <= Self.interimCountMax else {
            throw .malformedStartLine
        }
        head = HTTPHeadReader(limits: limits)
    }

    /// RFC 9112 §4: the version, a space, three digits, a space; then a reason nobody needs. Many
    /// servers leave the second space out when they give no reason.
    private mutating func readStatus() throws(HTTPRefusal) -> HTTPStatus {
        let line = head.startLine
        let digits = line.dropFirst(9).prefix(3)
        guard line.starts(with: "HTTP/1.".utf8), line.count >= 12, line[7].isDigit,
            line[8] == .space, digits.allSatisfy(\.isDigit), line.count == 12 || line[12] == .space
        else { throw .malformedStartLine }
        minorVersion = Int(line[7] & 0xf)
        let status = HTTPStatus(rawValue: digits.reduce(0) { $0 * 10 + UInt16($1 & 0xf) })
        // RFC 9110 §15: a code outside these is none.
        guard (100...599).contains(status.rawValue) else { throw .malformedStartLine }
        return status
    }

    /// RFC 9112 §6.3, in its order; where it lets a client guess, the response is refused.
    private mutating func framing(_ status: HTTPStatus) throws(HTTPRefusal) -> Part {
        let lengths = head.fields.values("content-length")
        let codings = head.fields.values("transfer-encoding")
        if status.hasNoContent { return .complete }
        guard codings.isEmpty else {
            guard lengths.isEmpty, minorVersion >= 1 else { throw .ambiguousBodyLength }
            try HTTPBodyFraming.requireChunked(codings)
            return .chunks
        }
        guard let text = lengths.first else {
            endsConnection = true
            return .contentUntilEnd
        }
        guard lengths.count == 1 else { throw .duplicateContentLength }
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else { throw .invalidContentLength }
        guard let count = Int(text), count <= limits.bodyBytesMax else { throw .bodyTooLarge }
        return count == 0 ? .complete : .content(remaining: count)
    }
}
