import Primitives
import Testing

@testable import Configuration

@Suite struct WebTests {
    private func parse(_ lines: String...) -> (ServerConfiguration?, Report) {
        Configuration.parse(lines.joined(separator: "\n") + "\n", file: "t")
    }

    @Test("What applications get is read, and keys are never shown")
    func reads() throws {
        let (configuration, report) = parse(
            "realm=example.org", "static-auth-secret=0123456789abcdef0123456789abcdef",
            "api-key=shop:0123456789:abcdef", "api-key=shop:fedcba9876543210",
            "credentials-ttl=3600", "cors-origin=https://app.example.org:8443",
            "cors-origin=http://[::1]", "cors-origin=capacitor://localhost", "cors-origin=file://",
            "cors-origin=null", "cors-origin=*", "public-name=turn.example.org")
        let web = try #require(configuration).web
        #expect(
            web.keys == [
                .init(name: "shop", key: "0123456789:abcdef"),
                .init(name: "shop", key: "fedcba9876543210"),
            ])
        #expect(web.credentialsLifetime == Seconds(3_600))
        #expect(
            web.origins == [
                "https://app.example.org:8443", "http://[::1]", "capacitor://localhost",
                "file://", "null", "*",
            ])
        #expect(web.publicName == "turn.example.org")
        #expect(report.severity <= .note, "\(report.text)")
        #expect(!report.text.contains("0123456789") && !report.text.contains("fedcba"))
    }

    @Test(
        "What cannot be meant is refused",
        arguments: [
            "api-key=nocolonatall-0123456789", "api-key=:0123456789abcdef", "api-key=a:short",
            "api-key=a/b:0123456789abcdef", "credentials-ttl=59", "credentials-ttl=86401",
            "cors-origin=app.example.org", "cors-origin=https://app.example.org/",
            "cors-origin=Null", "cors-origin=https://a b", "cors-origin=https://a:x",
            "cors-origin=https://", "cors-origin=file:///a", "cors-origin=://a",
            "cors-origin=1a://b", "cors-origin=capacitor:localhost",
            "public-name=https://turn.example.org", "public-name=a:3478", "public-name=",
        ])
    func refuses(_ line: String) {
        let (configuration, report) = parse(line)
        #expect(configuration == nil)
        #expect(report.severity == .error, "\(report.text)")
    }

    @Test func aKeyWithoutASecretIsWarnedOf() {
        let report = parse("api-key=shop:0123456789abcdef").1
        #expect(
            report.text.contains("api-key-without-secret")
                || report.text.contains("No credential can be issued"))
    }
}
