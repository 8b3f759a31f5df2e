/// How the length of a body is known (RFC 9112 §6.3).
enum HTTPBodyFraming: Hashable, Sendable {
    /// Exactly so many bytes; 0 when the head named none.
    case length(Int)
}

/// Reads one request after the other from a stream of bytes; never traps, whatever they are.
package struct HTTPRequestParser: ~Copyable {
    private enum State {
        case head
        case body(remaining: Int)
        case complete
        case refused(HTTPRefusal)
    }

    private let limits: HTTPLimits
    private var state = State.head
    private var head: HTTPHeadReader
    private var request: HTTPRequest?

    package init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
        head = HTTPHeadReader(limits: limits)
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
    package var isInsideRequest: Bool {
        if case .head = state { return head.hasBegun }
        return true
    }

    /// Whether the client holds its body back until it is asked for (RFC 9110 §10.1.1).
    package var awaitsContinue: Bool {
        guard case .body(let remaining) = state, let request, request.minorVersion >= 1
        else { return false }
        return request.body.isEmpty && remaining > 0 && request.fields["expect"] != nil
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
        case .body: break
        }
        guard case .body(let remaining) = state else { return used }
        let count = min(remaining, input.count - used)
        for index in used..<(used + count) { request?.body.append(input[index]) }
        state = remaining == count ? .complete : .body(remaining: remaining - count)
        return used + count
    }

    private mutating func beginBody() throws(HTTPRefusal) {
        let parsed = try Self.request(startLine: head.startLine, fields: head.fields)
        switch try Self.framing(of: parsed) {
        case .length(let count):
            guard count <= limits.bodyBytesMax else { throw .bodyTooLarge }
            state = .body(remaining: count)
        }
        request = parsed
    }
}

extension HTTPRequestParser {
    /// `METHOD SP target SP HTTP/1.x` with exactly one space each (RFC 9112 §3).
    private static func request(
        startLine: [UInt8], fields: HTTPFields
    ) throws(HTTPRefusal) -> HTTPRequest {
        let parts = startLine.split(
            separator: .space, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, parts[0].allSatisfy(\.isToken),
            !parts[1].isEmpty
        else { throw .malformedStartLine }
        let minorVersion = try minorVersion(parts[2])
        guard let method = HTTPMethod(rawValue: String(decoding: parts[0], as: UTF8.self))
        else { throw .unknownMethod }
        // RFC 9112 §3.2: a 1.1 request has exactly one Host; no request has two.
        switch fields.values("host").count {
        case 0 where minorVersion >= 1: throw .missingHost
        case 0, 1: break
        default: throw .duplicateHost
        }
        if let expectation = fields["expect"], expectation.lowercased() != "100-continue" {
            throw .unknownExpectation
        }
        return HTTPRequest(
            method, try HTTPTarget(parsing: parts[1]), minorVersion: minorVersion, fields: fields)
    }

    private static func minorVersion(_ text: ArraySlice<UInt8>) throws(HTTPRefusal) -> Int {
        switch String(decoding: text, as: UTF8.self) {
        case "HTTP/1.1": return 1
        case "HTTP/1.0": return 0
        default:
            // RFC 9112 §2.3: case-sensitive, one digit, a point, one digit.
            let digits = Array(text.dropFirst(5))
            guard text.starts(with: "HTTP/".utf8), digits.count == 3, digits[0].isDigit,
                digits[1] == UInt8(ascii: "."), digits[2].isDigit
            else { throw .malformedStartLine }
            throw .unsupportedVersion
        }
    }

    private static func framing(of request: HTTPRequest) throws(HTTPRefusal) -> HTTPBodyFraming {
        let lengths = request.fields.values("content-length")
        if !request.fields.values("transfer-encoding").isEmpty {
            // RFC 9112 §6.1: both fields, or a coding in HTTP/1.0, are signs of smuggling.
            guard lengths.isEmpty, request.minorVersion >= 1 else { throw .ambiguousBodyLength }
            throw .transferCoding
        }
        guard let text = lengths.first else {
            if request.method.expectsContent { throw .lengthRequired }
            return .length(0)
        }
        // RFC 9112 §6.3 item 5 would let equal repetitions pass; nobody honest sends them.
        guard lengths.count == 1 else { throw .duplicateContentLength }
        guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else { throw .invalidContentLength }
        // Digits that do not fit an Int are a length all the same, and too large a one.
        guard let count = Int(text) else { throw .bodyTooLarge }
        return .length(count)
    }
}
