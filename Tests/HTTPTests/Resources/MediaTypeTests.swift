import HTTP
import Testing

@Suite struct MediaTypeTests {
    @Test(arguments: [
        ("/index.html", "text/html; charset=utf-8"),
        ("/a.min.JS", "text/javascript; charset=utf-8"),
        ("/a.json", "application/json"), ("/logo.svg", "image/svg+xml"),
        ("/a", "application/octet-stream"), ("/html", "application/octet-stream"),
        ("/a.html/b", "application/octet-stream"), ("/", "application/octet-stream"),
    ])
    func isKnownByTheEnding(_ path: String, _ text: String) {
        #expect(MediaType(ofPath: path).text == text)
    }

    @Test func aStatedCharsetStays() {
        #expect(MediaType("text/plain; charset=us-ascii").text == "text/plain; charset=us-ascii")
    }
}
