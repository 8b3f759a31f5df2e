import HTTP
import Testing

@Suite struct HTTPURLTests {
    @Test(arguments: [
        ("https://hooks.example.org/calls", "hooks.example.org", 443, "/calls", true),
        ("HTTPS://Hooks.Example.ORG", "hooks.example.org", 443, "/", true),
        ("http://127.0.0.1:8080?a=b%20c&d", "127.0.0.1", 8080, "/?a=b%20c&d", false),
        ("http://[::1]:9/x/../y?z", "::1", 9, "/x/../y?z", false),
        ("https://h:443/", "h", 443, "/", true),
    ])
    func isTakenApart(
        _ text: String, _ host: String, _ port: UInt16, _ target: String, _ isSecure: Bool
    ) throws {
        let url = try #require(HTTPURL(text))
        #expect(url.host == host)
        #expect(url.origin.port == port)
        #expect(url.target == target)
        #expect(url.isSecure == isSecure)
    }

    @Test(arguments: [
        "", "https", "https:/", "https://", "https:///x", "ftp://h/", "//h/x", "http://u:p@h/",
        "http://h/#x", "http://h/a b", "http://h:0/", "http://h:65536/", "HTTP://[::1/",
        "http://h/\u{e9}", "http://h\r\nx: y/", "http:h", "http:// h/",
    ])
    func isRefused(_ text: String) {
        #expect(HTTPURL(text) == nil)
    }

    @Test func namesThePortOnlyWhereItIsNotTheUsualOne() throws {
        #expect(try #require(HTTPURL("https://h:443/")).authority == "h")
        #expect(try #require(HTTPURL("https://h:80/")).authority == "h:80")
        #expect(try #require(HTTPURL("http://[::1]:81/")).authority == "[::1]:81")
    }

    @Test func writesARequestThatServersRead() throws {
        let url = try #require(HTTPURL("http://h.example:81/a?b=c"))
        let body = Array("{}".utf8)
        let fields: HTTPFields = [HTTPField("x-note", "one\r\ntwo: three")]
        let bytes = url.request(.post, fields: fields, body: body, keepAlive: true)
        var parser = HTTPRequestParser()
        let used = try parser.receive(bytes.span)
        #expect(used == bytes.count)
        let taken = parser.takeRequest()
        let request = try #require(taken)
        #expect(request.method == .post)
        #expect(request.authority == "h.example:81")
        #expect(request.target.query == [HTTPQueryItem("b", "c")])
        #expect(request.fields["x-note"] == "one  two: three")
        #expect(request.fields["two"] == nil)
        #expect(request.fields["connection"] == nil)
        #expect(request.body == body)
    }

    @Test func saysThatNothingFollows() throws {
        let url = try #require(HTTPURL("http://h/"))
        let text = String(
            decoding: url.request(.post, fields: [], body: [], keepAlive: false), as: UTF8.self)
        #expect(
            text == "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    }
}
