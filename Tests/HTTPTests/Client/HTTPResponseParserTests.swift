import HTTP
import Testing

@Suite struct HTTPResponseParserTests {
    private struct Reading: Equatable {
        var response: HTTPResponse?
        var used = 0
        var keepsAlive = false
    }

    private func read(
        _ text: String, step: Int = 1, bodyMax: Int = 100, end: Bool = false
    ) throws -> Reading {
        let bytes = Array(text.utf8)
        var limits = HTTPLimits()
        limits.bodyBytesMax = bodyMax
        var parser = HTTPResponseParser(limits: limits)
        var reading = Reading()
        var start = 0
        while start < bytes.count {
            let last = min(start + step, bytes.count)
            reading.used += try parser.receive(bytes.span.extracting(start..<last))
            start = last
        }
        if end { try parser.receiveEnd() }
        reading.response = parser.complete
        reading.keepsAlive = parser.keepsAlive
        return reading
    }

    @Test(arguments: [1, 2, 5, 1000])
    func readsWhatTheServerWrites(_ step: Int) throws {
        let response = HTTPResponse(
            .badRequest, fields: [HTTPField("content-type", "application/json")],
            body: Array("{\"a\":1}".utf8))
        let text = String(decoding: response.serialized(keepAlive: false), as: UTF8.self)
        let reading = try read(text, step: step)
        let read = try #require(reading.response)
        #expect(read.status == .badRequest)
        #expect(read.body == response.body)
        #expect(read.fields["content-type"] == "application/json")
        #expect(!reading.keepsAlive)
    }

    @Test func isIncompleteUntilTheLastByte() throws {
        let text = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"
        #expect(try read(String(text.dropLast())).response == nil)
        let reading = try read(text + "xy", step: 4)
        #expect(reading.response?.body == Array("abc".utf8))
        #expect(reading.used == text.utf8.count)
        #expect(reading.keepsAlive)
    }

    @Test(arguments: [1, 3, 1000])
    func readsChunks(_ step: Int) throws {
        let text =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\na;x=y\r\n0123456789\r\n0\r\nx-trailer: 1\r\n\r\n"
        let reading = try read(text + "HTTP", step: step)
        #expect(reading.response?.body == Array("abc0123456789".utf8))
        #expect(reading.used == text.utf8.count)
        #expect(reading.keepsAlive)
        #expect(reading.response?.fields["x-trailer"] == nil)
    }

    @Test(arguments: [1, 1000])
    func readsUntilTheEnd(_ step: Int) throws {
        let text = "HTTP/1.0 200 OK\r\nserver: old\r\n\r\nhello"
        #expect(try read(text, step: step).response == nil)
        let reading = try read(text, step: step, end: true)
        #expect(reading.response?.body == Array("hello".utf8))
        #expect(!reading.keepsAlive)
    }

    @Test func skipsInterimResponses() throws {
        let text =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
            + "HTTP/1.1 204 No Content\r\n\r\n"
        let reading = try read(text)
        #expect(reading.response == HTTPResponse(.noContent))
        #expect(reading.keepsAlive)
    }

    @Test func interimResponsesAreCounted() throws {
        let interim = "HTTP/1.1 102 Processing\r\n\r\n"
        let some = String(repeating: interim, count: HTTPResponseParser.interimCountMax)
        #expect(try read(some + "HTTP/1.1 304\r\n\r\n").response?.status == .notModified)
        #expect(throws: HTTPRefusal.malformedStartLine) { try read(some + interim) }
    }

    @Test func olderVersionsCloseUnlessTheySayOtherwise() throws {
        let length = "content-length: 0\r\n\r\n"
        #expect(try !read("HTTP/1.0 200 OK\r\n" + length).keepsAlive)
        #expect(try read("HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\n" + length).keepsAlive)
        #expect(try read("HTTP/1.1 200 OK\r\n" + length).keepsAlive)
        #expect(try !read("HTTP/1.1 200 OK\r\nconnection: x, Close\r\n" + length).keepsAlive)
    }

    @Test func bodiesHaveABound() throws {
        let full = String(repeating: "x", count: 100)
        for head in ["HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
            #expect(try read(head + full, step: 7, end: true).response?.body.count == 100)
        }
        #expect(throws: HTTPRefusal.bodyTooLarge) { try read("HTTP/1.1 200 OK\r\n\r\nx" + full) }
        #expect(throws: HTTPRefusal.bodyTooLarge) {
            try read("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n65\r\n")
        }
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nx",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func anEndTooEarlyIsNoResponse(_ text: String) {
        #expect(throws: HTTPRefusal.truncated) { try read(text, end: true) }
    }

    @Test func knowsWhetherAnythingCame() throws {
        var parser = HTTPResponseParser(limits: HTTPLimits())
        try parser.receive([UInt8]().span)
        let before = parser.hasBegun
        try parser.receive([UInt8(ascii: "H")].span)
        let after = parser.hasBegun
        #expect(!before && after)
    }

    @Test(arguments: [
        (HTTPRefusal.malformedStartLine, "HTTP/2.0 200 OK\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1 20x OK\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1 2000\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1 20\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1 099 Low\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1 600 High\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1  200 OK\r\n\r\n"),
        (.malformedStartLine, "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"),
        (.malformedStartLine, "SSH-2.0-OpenSSH\r\n\r\n"),
        (.malformedStartLine, "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
        (.transferCoding, "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n"),
        (.ambiguousBodyLength, "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n"),
        (.ambiguousBodyLength, "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        (
            .ambiguousBodyLength,
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n"
        ),
        (
            .duplicateContentLength,
            "HTTP/1.1 200 \r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n"
        ),
        (.invalidContentLength, "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"),
        (.invalidContentLength, "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n"),
        (.bodyTooLarge, "HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n"),
        (.bodyTooLarge, "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n"),
        (.bareLineFeed, "HTTP/1.1 200 OK\n"),
        (.malformedField, "HTTP/1.1 200 OK\r\nname : x\r\n\r\n"),
        (.controlByte, "HTTP/1.1 200 OK\r\nname: \u{0}\r\n\r\n"),
        (.malformedChunk, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n"),
    ])
    func refuses(_ refusal: HTTPRefusal, _ text: String) {
        for step in [1, 1000] {
            #expect(throws: refusal) { try read(text, step: step) }
        }
    }
}
