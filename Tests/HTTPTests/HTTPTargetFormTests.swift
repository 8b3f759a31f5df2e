import HTTP
import Testing

@Suite struct HTTPTargetFormTests {
    private func request(_ line: String) throws -> HTTPRequest {
        try #require(Reading("\(line) HTTP/1.1\r\nhost: other:1\r\n\r\n").requests.first)
    }

    @Test(arguments: [
        ("http://example.org/a/b?c", ["a", "b"], "example.org"),
        ("HTTP://Example.org:80/a", ["a"], "Example.org:80"),
        ("https:/" + "/[::1]:8443/", [""], "[::1]:8443"),
        ("http://example.org", [""], "example.org"),
        ("http://example.org" + "?c", [""], "example.org"),
        ("http://a%2Fb.example/", [""], "a%2Fb.example"),
    ])
    func theAbsoluteFormOutranksHost(
        _ target: String, _ segments: [String], _ authority: String
    ) throws {
        let request = try request("GET \(target)")
        #expect(request.target.segments == segments)
        #expect(request.target.query == (target.hasSuffix("?c") ? [HTTPQueryItem("c", "")] : []))
        #expect(request.authority == authority)
    }

    @Test func theOriginFormLeavesItToHost() throws {
        #expect(try request("GET /a").authority == "other:1")
    }

    @Test(arguments: ["*", "http://example.org"])
    func optionsAsksAboutTheServer(_ target: String) throws {
        let request = try request("OPTIONS \(target)")
        #expect(request.target == .server)
        #expect(request.target.description == "*")
        // A path that looks like it is another thing.
        #expect(try self.request("OPTIONS /*").target.segments == ["*"])
    }
}
