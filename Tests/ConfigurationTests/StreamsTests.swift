import Primitives
import Testing

@testable import Configuration

/// What a file says about TCP, TLS and DTLS.
@Suite struct StreamsTests {
    func parse(_ text: String) -> (ServerConfiguration?, Report) {
        Configuration.parse("realm=r\nuser=me:long-enough-password\n" + text, file: "t")
    }

    func streams(_ text: String) throws -> ServerConfiguration.Streams {
        let (configuration, report) = parse(text)
        return try #require(configuration, "\(report.text)").streams
    }

    func severity(_ code: String, _ text: String) -> Severity? {
        let report = parse(text).1
        return (report.lines.flatMap(\.problems) + report.findings)
            .first { $0.code == code }?.severity
    }

    /// coturn's manual, as half of the web copies it.
    @Test func pair() throws {
        let streams = try streams(
            """
            tls-listening-port=443
            cert=/etc/letsencrypt/live/turn.example.org/fullchain.pem
            pkey=/etc/letsencrypt/live/turn.example.org/privkey.pem
            pkey-pwd=geheim
            cipher-list="ECDHE-RSA-AES256-GCM-SHA512:ECDHE-RSA-AES256-GCM-SHA384"
            no-tlsv1
            no-tlsv1_1
            """)
        let files = try #require(streams.certificates.first)
        #expect(streams.certificates.count == 1)
        #expect(files.certificate == "/etc/letsencrypt/live/turn.example.org/fullchain.pem")
        #expect(files.privateKey == "/etc/letsencrypt/live/turn.example.org/privkey.pem")
        #expect(files.password == "geheim")
        #expect(files.source == "t:4: cert=/etc/letsencrypt/live/turn.example.org/fullchain.pem")
        #expect(streams.port == 443)
        #expect(streams.ciphers == "ECDHE-RSA-AES256-GCM-SHA512:ECDHE-RSA-AES256-GCM-SHA384")
        #expect(streams.servesTLS && streams.dtls && !streams.refusesTLS12)
    }

    @Test("Further certificates follow the pair, in file order, each once")
    func several() throws {
        let streams = try streams(
            """
            certificate=/a.pem /a.key
            certificate = both.pem
            cert=/c.pem
            pkey=/c.key
            certificate=/a.pem\t /a.key
            """)
        #expect(streams.certificates.map(\.certificate) == ["/c.pem", "/a.pem", "both.pem"])
        #expect(streams.certificates.map(\.privateKey) == ["/c.key", "/a.key", "both.pem"])
        #expect(streams.certificates[1].source == "t:3: certificate=/a.pem /a.key")
    }

    @Test("Without a pair the first `certificate` is for clients that name no server")
    func onlyFurther() throws {
        let streams = try streams("certificate=/a.pem /a.key")
        #expect(streams.certificates.count == 1)
        #expect(severity("certificate-missing", "certificate=/a.pem /a.key") == nil)
    }

    @Test(arguments: ["certificate=", "certificate=a b c"])
    func badCertificate(line: String) {
        #expect(parse(line).0 == nil)
    }

    @Test("Of a repeated cert the last counts as in coturn, and the way out is told")
    func repeated() throws {
        let text = "cert=/a.pem\npkey=/a.key\ncert=/b.pem\npkey=/b.key"
        #expect(try streams(text).certificates.map(\.certificate) == ["/b.pem"])
        let advice = parse(text).1.lines.flatMap(\.problems)
            .filter { $0.code == "repeated-key" }.map(\.advice)
        #expect(advice.count == 2)
        #expect(advice.allSatisfy { $0.contains("certificate=CERTIFICATE KEY") })
    }

    @Test(
        "Half a pair stops the start, unless nobody would use it",
        arguments: [
            ("cert=/c.pem", Severity.error), ("pkey=/c.key", .error),
            ("cert=/c.pem\npkey=", .error), ("cert=/c.pem\nno-tls\nno-dtls", .note),
            ("cert=/c.pem\nno-tls", .error), ("cert=/c.pem\nno-tls\nno-udp", .note),
        ])
    func half(text: String, expected: Severity) {
        #expect(severity("certificate-incomplete", text) == expected)
    }

    @Test(
        "A missing certificate is a warning where a line asks for TLS",
        arguments: [
            ("", Severity.note), ("tls-listening-port=5349", .warning), ("dtls", .warning),
            ("no-tlsv1_2", .warning), ("no-tlsv1_2=no", .note),
            ("cipher-list=HIGH", .warning),
        ])
    func missing(text: String, expected: Severity) {
        #expect(severity("certificate-missing", text) == expected)
    }

    @Test(arguments: ["no-tls", "tls-listening-port=443\nno-tls", "stun-only", "cert=\nno-tls"])
    func nothingMissing(text: String) {
        #expect(severity("certificate-missing", text) == nil)
    }

    @Test("Paths that do not start at the root are taken from the file's folder")
    func resolve() {
        let files = ServerConfiguration.CertificateFiles(
            certificate: "c.pem", privateKey: "/k.pem", source: "")
        #expect(files.resolved(in: "/etc/turnstone").certificate == "/etc/turnstone/c.pem")
        #expect(files.resolved(in: "/etc/turnstone").privateKey == "/k.pem")
        #expect(files.resolved(in: "").certificate == "c.pem")
    }

    @Test func proxies() throws {
        let local = try streams("tcp-proxy-port=5555")
        #expect(local.proxyPort == 5555)
        #expect(local.trustedProxies.contains { $0.contains(IPAddress(127, 0, 0, 1)) })
        #expect(local.trustedProxies.contains { $0.contains(IPAddress("::1")!) })
        #expect(!local.trustedProxies.contains { $0.contains(IPAddress(10, 0, 0, 1)) })
        let named = try streams(
            "tcp-proxy-port=5555\nproxy-from=10.0.0.0/24\nproxy-from=2001:db8::7")
        #expect(named.trustedProxies == named.proxySources)
        #expect(named.trustedProxies.contains { $0.contains(IPAddress(10, 0, 0, 255)) })
        #expect(!named.trustedProxies.contains { $0.contains(IPAddress(127, 0, 0, 1)) })
    }

    @Test(arguments: [
        ("proxy-from=10.0.0.7", "proxy-without-port"),
        ("tcp-proxy-port=5555\nno-tcp", "proxy-without-tcp"),
        ("tcp-proxy-port=5555\nproxy-from=0.0.0.0/0", "proxy-from-anyone"),
        (
            "tcp-proxy-port=5555\nproxy-from=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "proxy-from-anyone"
        ),
        ("no-udp\ndtls", "dtls-needs-udp"),
        ("connections-per-prefix=20000", "part-above-whole"),
        ("half-open-max=100\nhalf-open-per-prefix=101", "part-above-whole"),
        ("tcp-connections-per-allocation=300", "part-above-whole"),
    ])
    func warnings(text: String, code: String) {
        #expect(severity(code, text) == .warning)
    }

    @Test(
        "What leaves nothing to serve, or nothing to relay, stops the start",
        arguments: [
            ("no-udp", true), ("no-udp\nno-tls", true), ("no-udp\nno-tcp", false),
            ("no-udp\nno-tcp\nno-tls", false), ("no-udp\nno-tcp\ncert=/c\npkey=/k", true),
            ("no-udp-relay", true), ("no-tcp-relay", true),
            ("no-udp-relay\nno-tcp-relay", false), ("no-udp-relay\nno-tcp\nno-tls", false),
            ("no-udp-relay\nno-tcp-relay\nstun-only", true), ("no-tcp", true),
        ])
    func whatIsLeft(text: String, starts: Bool) {
        #expect(parse(text).1.starts == starts)
    }

    @Test func bounds() throws {
        let limits = try streams(
            """
            connections-max=30000
            connections-per-prefix=300
            half-open-max=500
            half-open-per-prefix=50
            handshake-timeout=5
            max-allocate-timeout=30
            stream-queue-bytes=1048576
            stream-queue-milliseconds=500
            tcp-connections-per-allocation=4
            tcp-connections-per-user=16
            """
        ).limits
        #expect(limits.connections == 30_000 && limits.connectionsPerPrefix == 300)
        #expect(limits.halfOpen == 500 && limits.halfOpenPerPrefix == 50)
        #expect(limits.handshakeTimeout.count == 5 && limits.allocateTimeout.count == 30)
        #expect(limits.queueBytes == 1_048_576 && limits.queueMilliseconds == 500)
        #expect(limits.peerConnectionsPerAllocation == 4 && limits.peerConnectionsPerUser == 16)
    }

    @Test(arguments: [
        "connections-max=0", "half-open-max=0", "handshake-timeout=0", "stream-queue-bytes=65536",
        "stream-queue-milliseconds=0", "tcp-connections-per-allocation=0",
        "proxy-from=proxy.example.org", "tcp-proxy-port=65536",
    ])
    func outOfBounds(line: String) {
        #expect(parse(line).0 == nil)
    }
}
