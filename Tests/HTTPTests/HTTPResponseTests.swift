import HTTP
import Testing

@Suite struct HTTPResponseTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func writesHeadLengthAndBody() {
        let response = HTTPResponse(
            .ok, fields: [HTTPField("Content-Type", "text/plain")], body: Array("hi".utf8))
        #expect(
            text(response.serialized(keepAlive: true))
                == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nhi")
        #expect(
            text(response.serialized(keepAlive: false, toHead: true))
                == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n"
                + "connection: close\r\n\r\n")
    }

    @Test func aStatusWithoutContentHasNoLength() {
        let response = HTTPResponse(.noContent, body: [1])
        #expect(text(response.serialized(keepAlive: true)) == "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(
            text(HTTPResponse(.continue).serialized(keepAlive: true))
                == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test func aValueCannotEndItsLine() {
        let response = HTTPResponse(.noContent, fields: [HTTPField("x", "a\r\nset-cookie: b\u{0}")])
        #expect(
            text(response.serialized(keepAlive: true))
                == "HTTP/1.1 204 No Content\r\nx: a  set-cookie: b \r\n\r\n")
    }

    @Test(arguments: HTTPRefusal.allCases)
    func everyRefusalHasAStatusWithAReason(_ refusal: HTTPRefusal) {
        #expect((400...505).contains(refusal.status.rawValue))
        #expect(!refusal.status.reason.isEmpty)
    }
}

@Suite struct HTTPResponseParserTests {
    private func parse(_ bytes: [UInt8], step: Int, bodyMax: Int = 100) throws -> HTTPResponse? {
        var limits = HTTPLimits()
        limits.bodyBytesMax = bodyMax
        var parser = HTTPResponseParser(limits: limits)
        var start = 0
        while start < bytes.count {
            let end = min(start + step, bytes.count)
            try parser.receive(bytes.span.extracting(start..<end))
            start = end
        }
        return parser.complete
    }

    @Test(arguments: [1, 2, 5, 1000])
    func readsWhatTheServerWrites(_ step: Int) throws {
        let response = HTTPResponse(
            .badRequest, fields: [HTTPField("content-type", "application/json")],
            body: Array("{\"a\":1}".utf8))
        let read = try #require(try parse(response.serialized(keepAlive: false), step: step))
        #expect(read.status == .badRequest)
        #expect(read.body == response.body)
        #expect(read.fields["content-type"] == "application/json")
    }

    @Test func isIncompleteUntilTheLastByte() throws {
        let bytes = HTTPResponse(.ok, body: [1, 2, 3]).serialized(keepAlive: true)
        #expect(try parse(bytes.dropLast(), step: 1) == nil)
        #expect(try parse(bytes + [9, 9], step: 4)?.body == [1, 2, 3])
    }

    @Test(arguments: [
        (HTTPRefusal.malformedStartLine, "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1 20x OK\r\ncontent-length: 0\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1 2000\r\ncontent-length: 0\r\n\r\n"),
        (.malformedStartLine, "SSH-2.0-OpenSSH\r\n\r\n"),
        (.lengthRequired, "HTTP/1.1 200 OK\r\n\r\n"),
        (.transferCoding, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        (
            .duplicateContentLength,
            "HTTP/1.1 200 \r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n"
        ),
        (.invalidContentLength, "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"),
        (.bodyTooLarge, "HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n"),
        (.bareLineFeed, "HTTP/1.1 200 OK\n"),
    ])
    func refusesOtherFramings(_ refusal: HTTPRefusal, _ text: String) {
        #expect(throws: refusal) { try parse(Array(text.utf8), step: 1) }
    }
}
