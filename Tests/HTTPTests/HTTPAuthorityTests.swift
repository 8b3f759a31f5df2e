import HTTP
import Testing

/// What must not be taken for a host is in the smuggling corpus.
@Suite struct HTTPAuthorityTests {
    @Test(arguments: [
        "", "example.org", "EXAMPLE.org:8080", "127.0.0.1", "127.0.0.1:65535", "[::1]",
        "[2001:db8::1]:443", "[::ffff:192.0.2.1]", "a_b", "xn--4ca", "example.org:", "a%20b",
        "example.org.",
    ])
    func takesAHost(_ host: String) {
        let reading = Reading("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
        #expect(reading.refusal == nil)
        #expect(reading.requests.first?.authority == host)
    }
}
