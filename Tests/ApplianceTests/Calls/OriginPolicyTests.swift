import HTTP
import Testing

@testable import Appliance

@Suite struct OriginPolicyTests {
    private let policy = OriginPolicy(
        origins: ["https://app.example.org", "capacitor://localhost"],
        names: ["turn.example.org", "localhost", "192.0.2.1", "::1"], ports: [3478, 8443])

    private func request(_ origins: String...) -> HTTPRequest {
        HTTPRequest(
            .get, HTTPTarget(segments: ["ws"]),
            fields: HTTPFields(
                [HTTPField("host", "evil.example.com")]
                    + origins.map { HTTPField("origin", $0) }))
    }

    @Test(
        "Ruling 15: listed pages, pages of a public name, pages of this machine",
        arguments: [
            "https://app.example.org", "capacitor://localhost", "https://turn.example.org",
            "https://turn.example.org:8443", "https://TURN.example.org:443",
            "http://localhost:3478", "http://192.0.2.1:8443", "https://[::1]:3478",
        ])
    func allowed(origin: String) { #expect(policy.allows(request(origin))) }

    @Test(
        "Ruling 15: no others, whatever Host says",
        arguments: [
            "https://evil.example.com", "http://turn.example.org", "http://app.example.org",
            "https://app.example.org:8443", "http://localhost", "http://localhost:9999", "null",
            "https://turn.example.org.evil.example", "ionic://localhost", "", "file://",
        ])
    func refused(origin: String) { #expect(!policy.allows(request(origin))) }

    @Test("No page sent a request without the field; two say nothing")
    func countOfFields() {
        #expect(policy.allows(request()))
        #expect(!policy.allows(request("https://app.example.org", "https://app.example.org")))
    }

    @Test("A star allows every page, and null only what lists it")
    func wideOpen() {
        #expect(OriginPolicy(origins: ["*"]).allows(request("https://anything.example")))
        #expect(OriginPolicy(origins: ["null"]).allows(request("null")))
        #expect(!OriginPolicy().allows(request("null")))
    }
}
