import Testing

@testable import Admin

@Suite struct ProbeOrderTests {
    private func order(_ line: String) throws -> ProbeOrder? {
        let words = line.split(separator: " ").map(String.init)
        guard case .probe(let order) = try Command(["probe"] + words) else { return nil }
        return order
    }

    @Test(
        arguments: [
            ("turn.example.org", "turn.example.org", nil, nil, nil),
            ("turn.example.org:80", "turn.example.org", 80, nil, nil),
            ("192.0.2.1:3479", "192.0.2.1", 3_479, nil, nil),
            ("2001:db8::1", "2001:db8::1", nil, nil, nil),
            ("[2001:db8::1]", "2001:db8::1", nil, nil, nil),
            ("[2001:db8::1]:80", "2001:db8::1", 80, nil, nil),
            ("stun:a.example:19302", "a.example", 19_302, nil, ["udp"]),
            ("turn:a.example", "a.example", nil, nil, nil),
            ("turn:a.example:80?transport=tcp", "a.example", 80, nil, ["tcp"]),
            ("turns:a.example:443", "a.example", nil, 443, ["tls"]),
            ("turns:a.example:443?transport=tcp", "a.example", nil, 443, ["tls"]),
        ] as [(String, String, UInt16?, UInt16?, [String]?)])
    func readsTargets(
        _ text: String, _ host: String, _ port: UInt16?, _ tlsPort: UInt16?,
        _ transports: [String]?
    ) throws {
        let order = try #require(try order(text))
        #expect(order.host == host)
        #expect(order.port == port)
        #expect(order.tlsPort == tlsPort)
        #expect(order.transports == transports)
    }

    @Test(arguments: [
        "a/b", ":80", "a:0", "a:65536", "a:+80", "[::1", "[::1]80", "turn:a?transport=sctp",
        "turn:",
        "a --port 0", "a --transport udp,udp", "a --transport sctp", "a --transport udp,",
        "a --family 5", "a --timeout 1", "a --password x", "a --secret x --secret-file y",
        "a --user u --password x --secret y", "a b", "",
    ])
    func refuses(_ line: String) {
        #expect(throws: UsageError.self) { try order(line) }
    }

    @Test func readsOptions() throws {
        let line =
            "a --transport tls,udp --tls-port 443 --family 6 --user u --secret s --realm r "
            + "--timeout 5 --ca-file f --json"
        let order = try #require(try order(line))
        #expect(order.transports == ["tls", "udp"])
        #expect(order.tlsPort == 443)
        #expect(order.family == 6)
        #expect(order.user == "u")
        #expect(order.realm == "r")
        #expect(order.timeoutSeconds == 5)
        #expect(order.authoritiesFile == "f")
        #expect(order.json)
        #expect(!"\(order) \(String(reflecting: order))".contains("secret: "))
    }
}
