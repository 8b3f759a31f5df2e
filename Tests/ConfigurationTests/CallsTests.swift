import Primitives
import Testing

@testable import Configuration

@Suite struct CallsTests {
    private static let secret = "0123456789abcdef0123456789ABCDEF"
    private static let basis = ["realm=a.example.org", "static-auth-secret=\(secret)"]

    private func parse(_ lines: [String]) -> (ServerConfiguration?, Report) {
        Configuration.parse((Self.basis + lines).joined(separator: "\n") + "\n", file: "t")
    }

    private func calls(_ lines: String...) throws -> ServerConfiguration.Calls {
        let (configuration, report) = parse(lines)
        return try #require(configuration, "\(report.text)").calls
    }

    private func problems(_ lines: String...) -> [Problem] {
        let report = parse(lines).1
        return report.lines.flatMap(\.problems) + report.findings
    }

    private func codes(_ lines: String...) -> [String] {
        let report = parse(lines).1
        return (report.lines.flatMap(\.problems) + report.findings).filter {
            $0.severity > .note
        }.map(\.code)
    }

    @Test("Keys of tokens in every form")
    func tokenKeys() throws {
        let keys = try calls(
            "token-key=main:HS256:\(Self.secret)", "token-key=HS256:\(Self.secret)",
            "token-key=old:hs256:file:/etc/turnstone/token.secret",
            "token-key=EdDSA:/etc/turnstone/ed.pem", "token-key=e1:ES256:p256.pem",
            "token-key=a.b_c-1:RS256:/c:d.pem"
        ).tokens.keys
        #expect(keys.map(\.name) == ["main", nil, "old", nil, "e1", "a.b_c-1"])
        #expect(keys.map(\.algorithm) == [.hs256, .hs256, .hs256, .edDSA, .es256, .rs256])
        #expect(
            keys.map(\.material) == [
                .secret(Self.secret), .secret(Self.secret),
                .secretFile("/etc/turnstone/token.secret"),
                .publicKeyFile("/etc/turnstone/ed.pem"), .publicKeyFile("p256.pem"),
                .publicKeyFile("/c:d.pem"),
            ])
        #expect(keys[0].source == "t:3: token-key=main:HS256:***")
    }

    @Test("A secret may hold colons, and may begin like an algorithm")
    func secretsWithColons() throws {
        let keys = try calls("token-key=HS256:HS256:\(Self.secret)").tokens.keys
        #expect(keys.map(\.name) == [nil])
        #expect(keys.map(\.material) == [.secret("HS256:" + Self.secret)])
    }

    @Test(
        "A key that is none is refused, and not shown",
        arguments: [
            "", "HS256", "HS256:", "HS256:file:", "none:\(secret)", "main:none:\(secret)",
            "main:HS512:\(secret)", "HS384:\(secret)", ":HS256:\(secret)", "a b:HS256:\(secret)",
            "a/b:ES256:/k.pem", "main:EdDSA:", "HS256:123456789abcdef",
            "HS256:-----BEGIN PUBLIC KEY-----MCowBQYDK2VwAyEA11qYAYKxCrfVS",
            "k:HS256: -----BEGIN RSA PUBLIC KEY-----MCowBQYDK2VwAyEA11qYA",
        ])
    func badTokenKeys(value: String) {
        let (configuration, report) = parse(["token-key=\(value)"])
        #expect(configuration == nil)
        #expect(report.severity == .error)
        #expect(!report.text.contains("0123456789") && !report.text.contains("MCow"))
    }

    @Test func weakSecretsAreSaid() {
        #expect(codes("token-key=HS256:\(Self.secret)").isEmpty)
        #expect(codes("token-key=HS256:0123456789abcdef") == ["short-secret"])
        #expect(codes("token-key=HS256:" + Self.secret.dropLast()) == ["short-secret"])
        #expect(
            codes("token-key=HS256:your-secret-of-thirty-two-characters")
                == ["placeholder-secret"])
        #expect(codes("token-key=k:HS256:${TOKEN_SECRET}") == ["unexpanded-variable"])
    }

    @Test func noMoreKeysThanTheBound() {
        let lines = (0...Configuration.Bounds.tokenKeys).map {
            "token-key=k\($0):HS256:\(Self.secret)"
        }
        #expect(parse(Array(lines.dropLast())).0 != nil)
        #expect(parse(lines).0 == nil)
    }

    @Test func issuersAndAudiences() throws {
        let tokens = try calls(
            "token-key=HS256:\(Self.secret)", "token-issuer=https://app.example.org",
            "token-issuer=b", "token-issuer=b", "token-audience=calls", "token-audience=turnstone",
            "token-lifetime-max=3600"
        ).tokens
        #expect(tokens.issuers == ["https://app.example.org", "b"])
        #expect(tokens.audiences == ["calls", "turnstone"])
        #expect(tokens.lifetimeMax == Seconds(3_600))
        #expect(try calls().tokens.audiences == ["turnstone"])
        #expect(parse(["token-lifetime-max=86401"]).0 == nil)
        #expect(parse(["token-audience="]).0 == nil)
    }

    @Test func secretsAreNeverShown() {
        let secrets = [
            "first-secret-0123456789-0123456789", "hook-secret-0123456789", "admin-0123456789",
        ]
        let report = parse([
            "token-key=main:HS256:\(secrets[0])", "webhook-secret=\(secrets[1])",
            "admin-token=\(secrets[2])", "webhook-url=https://app.example.org/h?key=0123456789",
            "chat-resolver-url=https://me:0123456789@app.example.org/",
        ]).1
        #expect(!report.text.contains("123456789\n") && !report.json.contains("first-secret"))
        for text in [report.text, report.json] {
            #expect(!text.contains("secret-0123456789"))
            #expect(!text.contains("admin-0123456789"))
            #expect(!text.contains("key=0123456789") && !text.contains("me:0123456789"))
        }
        #expect(report.text.contains("main:HS256:***"))
        #expect(report.text.contains("https://app.example.org/h?***"))
    }

    @Test func timesBoundsAndSwitches() throws {
        let calls = try calls(
            "token-key=HS256:\(Self.secret)", "calls-open-directory", "calls-busy-mode=waiting",
            "calls-reconnect-policy=any", "calls-ring-timeout=30", "calls-connect-timeout=20",
            "calls-reconnect-window=600", "calls-session-retention=60", "calls-waiting-ttl=3600",
            "calls-max-duration=7200", "calls-max=10", "calls-max-per-user=2",
            "calls-max-sockets=100", "calls-max-sockets-per-user=3",
            "calls-max-sockets-per-address=4", "drain-timeout=5", "signaling-alias",
            "signaling-url-token", "admin-token=0123456789abcdef")
        #expect(calls.hasOpenDirectory && calls.servesAlias && calls.takesTokenInURL)
        #expect(calls.busyMode == .waiting && calls.reconnectPolicy == .any)
        #expect(
            [
                calls.ringTimeout, calls.connectTimeout, calls.reconnectWindow,
                calls.sessionRetention, calls.waitingLifetime, calls.durationMax,
                calls.drainTimeout,
            ].map(\.count) == [30, 20, 600, 60, 3600, 7200, 5])
        let limits = calls.limits
        #expect(limits.calls == 10 && limits.callsPerUser == 2 && limits.sockets == 100)
        #expect(limits.socketsPerUser == 3 && limits.socketsPerAddress == 4)
        #expect(calls.adminToken == "0123456789abcdef")
    }

    @Test(
        "What cannot be meant is refused",
        arguments: [
            "calls-busy-mode=ignore", "calls-reconnect-policy=one", "calls-ring-timeout=29",
            "calls-ring-timeout=121", "drain-timeout=601", "calls-max=0",
            "admin-token=0123456789abcde", "webhook-secret=short",
            "webhook-secret=0123456789 abcdef",
            "webhook-url=app.example.org", "webhook-url=ftp://app.example.org/",
            "webhook-url=https://", "webhook-url=https://a b/", "webhook-url=https://a/#x",
            "webhook-url=https://user:word@app.example.org/", "webhook-url=https://a:x/",
            "chat-resolver-url=https:///path",
        ])
    func refuses(line: String) {
        #expect(parse([line]).0 == nil)
    }

    @Test("Calls are on with a key of tokens or with the demo")
    func isEnabled() throws {
        #expect(try !calls().isEnabled)
        #expect(try calls("token-key=HS256:\(Self.secret)").isEnabled)
        #expect(try calls("calls-demo", "listening-ip=127.0.0.1").isEnabled)
        #expect(codes("calls-max=5") == ["calls-off"])
        #expect(codes("webhook-push=no", "calls-max=5") == ["calls-off"])
        #expect(codes("admin-token=0123456789abcdef").isEmpty)
    }

    @Test(
        "The demo stops the start unless only this machine reaches it, or it is forced",
        arguments: [
            (["calls-demo"], "demo-not-local"),
            (["calls-demo", "listening-ip=192.0.2.1"], "demo-not-local"),
            (["calls-demo", "listening-ip=127.0.0.1", "listening-ip=192.0.2.1"], "demo-not-local"),
            (
                ["calls-demo", "listening-ip=127.0.0.1", "aux-server=192.0.2.1:443"],
                "demo-not-local"
            ),
            (["calls-demo", "listening-ip=::ffff:127.0.0.1"], "demo-not-local"),
            (["calls-demo", "listening-ip=127.0.0.1"], "demo"),
            (["calls-demo", "listening-ip=127.0.0.1", "listening-ip=::1"], "demo"),
            (["calls-demo", "calls-demo-public"], "demo-public"),
            (["calls-demo-public"], "demo-off"),
        ])
    func demo(lines: [String], code: String) throws {
        let (configuration, report) = parse(lines)
        let problem = try #require(
            report.lines.flatMap(\.problems).first { $0.code.hasPrefix("demo") })
        #expect(problem.code == code)
        #expect((configuration == nil) == (code == "demo-not-local"))
        #expect(problem.severity >= .warning)
    }

    @Test func hooks() throws {
        let secret = "webhook-secret=0123456789abcdef"
        let key = "token-key=HS256:\(Self.secret)"
        let hooks = try calls(
            key, secret, "webhook-url=https://app.example.org:8443/calls?a=b",
            "chat-resolver-url=http://127.0.0.1:8080/", "webhook-push",
            "webhook-ca-file=/etc/ca.pem"
        ).hooks
        #expect(hooks.url == "https://app.example.org:8443/calls?a=b")
        #expect(hooks.resolverURL == "http://127.0.0.1:8080/")
        #expect(hooks.secret == "0123456789abcdef" && hooks.canPush)
        #expect(hooks.authorityFile == "/etc/ca.pem")
        #expect(parse([key, "webhook-url=https://app.example.org/"]).0 == nil)
        #expect(parse([key, "chat-resolver-url=https://app.example.org/"]).0 == nil)
        #expect(codes(key, secret, "webhook-url=http://app.example.org/") == ["hook-in-clear"])
        for local in ["http://localhost:1/", "http://127.0.0.1/", "http://[::1]:80/a"] {
            #expect(codes(key, secret, "webhook-url=\(local)").isEmpty, "\(local)")
        }
        #expect(codes(key, secret) == ["hook-missing"])
        #expect(codes(key, "webhook-push") == ["hook-missing"])
        #expect(
            codes(key, secret, "webhook-url=http://localhost/", "webhook-ca-file=/c")
                == ["hook-missing"])
    }

    @Test func whatLinesSayTogether() {
        let key = "token-key=HS256:\(Self.secret)"
        #expect(codes(key, "calls-max=5", "calls-max-per-user=6") == ["part-above-whole"])
        #expect(codes(key, "calls-max-sockets=20000") == ["part-above-whole"])
        #expect(codes(key, "calls-max-sockets=20000", "connections-max=20000").isEmpty)
        #expect(
            codes(key, "calls-max-sockets=5", "calls-max-sockets-per-user=6")
                == ["part-above-whole"])
        #expect(codes(key, "no-tcp", "no-tls") == ["calls-without-tcp"])
        #expect(problems(key, "drain-timeout=41").contains { $0.code == "drain-above-stop" })
        #expect(!problems(key, "drain-timeout=40").contains { $0.code == "drain-above-stop" })
        let report = Configuration.parse("realm=a\nuser=a:b-c-d\n\(key)", file: "t").1
        #expect(report.lines.flatMap(\.problems).map(\.code).contains("calls-without-relay"))
    }
}
