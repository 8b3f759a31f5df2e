import HTTP
import Testing

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
