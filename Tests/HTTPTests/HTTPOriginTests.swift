import HTTP
import Testing

@Suite struct HTTPOriginTests {
    @Test(arguments: [
        ("https://example.org", "HTTPS://EXAMPLE.ORG:443"), ("http://a", "http://a:80"),
        ("https:/" + "/[::1]:1", "HTTPS:/" + "/[::1]:1"),
    ])
    func theSameHoweverWritten(_ one: String, _ other: String) throws {
        #expect(try #require(HTTPOrigin(one)) == #require(HTTPOrigin(other)))
    }

    @Test(arguments: [
        ("https://example.org", "http://example.org"),
        ("https://example.org", "https://example.org:444"),
        ("https://example.org", "https://example.org" + ".evil"),
        ("https://example.org", "https://" + "evil-example.org"),
        ("https://example.org", "https://sub.example.org"),
        ("https://example.org", "https://example.org" + "."),
    ])
    func anyDifferenceMakesAnother(_ one: String, _ other: String) throws {
        #expect(try #require(HTTPOrigin(one)) != #require(HTTPOrigin(other)))
    }

    @Test(arguments: [
        "", "null", "*", "example.org", "//example.org", "https:example.org", "https://",
        "https://example.org/", "https://example.org/a", "https://a b",
        "https:/" + "/u@example.org",
        "https://example.org:x", "https://example.org:65536", "https://a, https://b", "file://x",
        "https://a?b", "https://a#b", "https://:443",
    ])
    func refusesWhatIsNoOrigin(_ text: String) {
        #expect(HTTPOrigin(text) == nil)
    }
}
