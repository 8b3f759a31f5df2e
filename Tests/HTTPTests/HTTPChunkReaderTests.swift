import HTTP
import Testing

@Suite struct HTTPChunkReaderTests {
    private static let head =
        "POST /a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"

    private func read(_ body: String, _ limits: HTTPLimits = HTTPLimits()) -> Reading {
        Reading(Self.head + body, limits: limits)
    }

    @Test(arguments: [
        ("0\r\n\r\n", ""),
        ("0000000000000000\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("1\r\nh\r\n4\r\nello\r\n00\r\n\r\n", "hello"),
        ("A\r\n0123456789\r\n0a\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
        ("7\r\n0\r\n\r\nGE\r\n0\r\n\r\n", "0\r\n\r\nGE"),
        ("1;a\r\nx\r\n0;b=c\r\n\r\n", "x"),
        ("1;a=\"b;c\\\"\";d\r\nx\r\n0\r\n\r\n", "x"),
        // RFC 9112 §7.1.1 has recipients take blanks around `;` and `=`.
        ("1 ; a = b\t;\tc\r\nx\r\n0\r\n\r\n", "x"),
        ("1\r\nx\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: y\r\nHost: z\r\n\r\n", "x"),
    ])
    func readsContentAndDropsTheRest(_ body: String, _ content: String) throws {
        let reading = read(body + "GET /b HTTP/1.1\r\nhost: x\r\n\r\n")
        #expect(reading.refusal == nil)
        try #require(reading.requests.count == 2)
        #expect(reading.requests[0].body == Array(content.utf8))
        #expect(
            reading.requests[0].fields == [
                HTTPField("host", "x"), HTTPField("transfer-encoding", "chunked"),
            ])
        #expect(reading.requests[1].target.segments == ["b"])
        #expect(reading.requests[1].body.isEmpty)
        for step in [1, 2, 3] {
            let text = Self.head + body + "GET /b HTTP/1.1\r\nhost: x\r\n\r\n"
            #expect(Reading(text, step: step) == reading)
        }
    }

    @Test(arguments: ["chunked", "Chunked", "CHUNKED", " \tchunked\t"])
    func theCodingIsKnownInAnyCase(_ name: String) {
        let reading = Reading(
            "GET / HTTP/1.1\r\nhost: x\r\ntransfer-encoding:\(name)\r\n\r\n1\r\nx\r\n0\r\n\r\n")
        #expect(reading.refusal == nil)
        #expect(reading.requests.first?.body == [UInt8(ascii: "x")])
    }

    @Test func contentIsBoundedExactly() {
        var limits = HTTPLimits()
        limits.bodyBytesMax = 4
        #expect(read("4\r\nabcd\r\n0\r\n\r\n", limits).requests.count == 1)
        #expect(read("3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", limits).requests.count == 1)
        // Refused for its size, before any of it comes.
        #expect(read("5\r\n", limits).refusal == .bodyTooLarge)
        #expect(read("3\r\nabc\r\n2\r\n", limits).refusal == .bodyTooLarge)
    }

    @Test func framingIsBoundedExactly() {
        var limits = HTTPLimits()
        limits.chunkLineBytesMax = 5
        #expect(read("1;abc\r\nx\r\n0\r\n\r\n", limits).refusal == nil)
        #expect(read("1;abcd", limits).refusal == .malformedChunk)
        limits = HTTPLimits()
        // Two chunks of a byte have 3 and 2 each, the last one 3, and 2 end the trailers.
        limits.chunkOverheadBytesMax = 15
        #expect(read("1\r\nx\r\n1\r\ny\r\n0\r\n\r\n", limits).requests.count == 1)
        #expect(read("1\r\nx\r\n1\r\ny\r\n00\r\n\r\n", limits).refusal == .chunkOverheadTooLarge)
        #expect(read("0\r\na: bcdefgh\r\n\r\n", limits).refusal == .chunkOverheadTooLarge)
        limits = HTTPLimits()
        limits.fieldCountMax = 2
        #expect(read("0\r\na: b\r\nc: d\r\n\r\n", limits).refusal == nil)
        #expect(read("0\r\na: b\r\nc: d\r\ne: f\r\n", limits).refusal == .fieldsTooLarge)
    }

    /// The promise beside `chunkOverheadBytesMax`.
    @Test func smallChunksOfALargeBodyAreTaken() {
        let limits = HTTPLimits()
        let chunk = "7\r\nabcdefg\r\n"
        let whole = String(repeating: chunk, count: limits.bodyBytesMax / 7) + "0\r\n\r\n"
        #expect(read(whole).requests.count == 1)
        let tiny = String(repeating: "1\r\nx\r\n", count: limits.bodyBytesMax) + "0\r\n\r\n"
        #expect(read(tiny).refusal == .chunkOverheadTooLarge)
    }
}
