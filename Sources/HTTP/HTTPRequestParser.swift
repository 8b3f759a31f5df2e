/// Reads one request after the other from a stream of bytes; never traps, whatever they are.
package struct HTTPRequestParser: ~Copyable {
    private enum State {
        case head
        /// So many bytes of the body are to come.
        case body(remaining: Int)
        case chunks
        case complete
        case refused(HTTPRefusal)
    }

    /// How far into a request a stream is; each part has a deadline of its own.
    enum Progress: Hashable, Sendable {
        /// Between requests.
        case idle
        case head
        case body
    }

    private let limits: HTTPLimits
    private var state = State.head
    private var head: HTTPHeadReader
    private var chunks: HTTPChunkReader
    private var request: HTTPRequest?

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        head = HTTPHeadReader(limits: limits)
        chunks = HTTPChunkReader(limits: limits)
    }

    /// Takes bytes up to the end of the request and returns how many; none after its end until
    /// `takeRequest()`. Once it threw it throws the same again: the stream's position is lost.
    package mutating func receive(_ input: Span<UInt8>) throws(HTTPRefusal) -> Int {
        do throws(HTTPRefusal) {
            return try advance(input)
        } catch {
            state = .refused(error)
            throw error
        }
    }

    /// The request that is complete, if one is; the next one begins after it.
    package mutating func takeRequest() -> HTTPRequest? {
        guard case .complete = state else { return nil }
        state = .head
        head = HTTPHeadReader(limits: limits)
        return request.take()
    }

    /// Whether part of a request came: what tells a slow sender from an idle one.
    package var isInsideRequest: Bool { progress != .idle }

    var progress: Progress {
        switch state {
        case .head: head.hasBegun ? .head : .idle
        case .body, .chunks, .complete: .body
        case .refused: .head
        }
    }

    /// Whether the client asked for a head alone, so that even a refusal must have no content.
    var isHead: Bool {
        request?.method == .head || head.startLine.starts(with: "HEAD ".utf8)
    }

    /// Whether the client holds its body back until it is asked for (RFC 9110 §10.1.1).
    package var awaitsContinue: Bool {
        guard let request, request.minorVersion >= 1, request.fields["expect"] != nil
        else { return false }
        return switch state {
        case .body(let remaining): request.body.isEmpty && remaining > 0
        case .chunks: !chunks.hasBegun
        case .head, .complete, .refused: false
        }
    }

    private mutating func advance(_ input: Span<UInt8>) throws(HTTPRefusal) -> Int {
        var used = 0
        switch state {
        case .refused(let refusal): throw refusal
        case .complete: return 0
        case .head:
            used = try head.receive(input)
            guard head.isComplete else { return used }
            try beginBody()
        case .body, .chunks: break
        }
        switch state {
        case .body(let remaining):
            let count = min(remaining, input.count - used)
            for index in used..<(used + count) { request?.body.append(input[index]) }
            state = remaining == count ? .complete : .body(remaining: remaining - count)
            return used + count
        case .chunks:
            used += try chunks.receive(input.extracting(used..<input.count))
            if chunks.isComplete {
                request?.body = chunks.takeContent()
                state = .complete
            }
            return used
        case .head, .complete, .refused: return used
        }
    }

    private mutating func beginBody() throws(HTTPRefusal) {
        let parsed = try HTTPRequest(startLine: head.startLine, fields: head.fields)
        switch try HTTPBodyFraming(of: parsed) {
        case .length(let count):
            guard count <= limits.bodyBytesMax else { throw .bodyTooLarge }
            state = .body(remaining: count)
        case .chunked:
            chunks = HTTPChunkReader(limits: limits)
            state = .chunks
        }
        request = parsed
    }
}
