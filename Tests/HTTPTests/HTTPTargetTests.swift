import HTTP
import Testing

@Suite struct HTTPTargetTests {
    private func target(_ text: String) throws -> HTTPTarget {
        try #require(Reading("GET \(text) HTTP/1.1\r\nhost: x\r\n\r\n").requests.first).target
    }

    @Test(arguments: [
        ("/", [""]), ("/a", ["a"]), ("/a/", ["a", ""]), ("//a", ["", "a"]),
        ("/a%2fb/c", ["a/b", "c"]), ("/%C3%A4", ["\u{e4}"]),
        ("http://example.org/a/b", ["a", "b"]),
        ("HTTPS://example.org:1/a", ["a"]),
    ])
    func decodesEachSegmentOnce(_ text: String, _ segments: [String]) throws {
        #expect(try target(text).segments == segments)
    }

    @Test func decodesAQueryAndKeepsPlus() throws {
        #expect(
            try target("/?a=1&b=%26%3D&c=x+y&&d=e=f").query == [
                HTTPQueryItem("a", "1"), HTTPQueryItem("b", "&="), HTTPQueryItem("c", "x+y"),
                HTTPQueryItem("d", "e=f"),
            ])
    }

    @Test(arguments: ["alice", "1700000000:bob", "a+b &=#?/%", "\u{e4}\u{20ac}", ""])
    func whatIsWrittenReadsTheSame(_ value: String) throws {
        let written = HTTPTarget(
            segments: ["v1", value], query: [HTTPQueryItem("user", value)])
        #expect(try target(written.description) == written)
    }
}
