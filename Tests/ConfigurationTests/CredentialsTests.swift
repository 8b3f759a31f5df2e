import Testing

@testable import Configuration

/// Users, secrets, and what is said about them.
struct CredentialsTests {
    private func settings(_ text: String) throws -> ServerConfiguration.Credentials {
        let (configuration, report) = Configuration.parse(text, file: "t")
        return try #require(configuration, "\(report.text)").credentials
    }

    private func codes(_ text: String) -> Set<String> {
        let report = Configuration.parse(text, file: "t").1
        return Set((report.lines.flatMap(\.problems) + report.findings).map(\.code))
    }

    @Test func users() throws {
        let credentials = try settings(
            """
            user=alice:pa:ss word
            user bob: \tsecret
            user=carol:0x00112233445566778899aabbCCDDEEFF
            """)
        #expect(
            credentials.users == [
                ServerConfiguration.StaticUser(name: "alice", key: .password("pa:ss word")),
                ServerConfiguration.StaticUser(name: "bob", key: .password("secret")),
                ServerConfiguration.StaticUser(
                    name: "carol",
                    key: .md5([
                        0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
                        0xcc, 0xdd, 0xee, 0xff,
                    ])),
            ])
    }

    @Test(arguments: [
        "user=alice", "user=:pw", "user=alice:", "user=alice: ", "user=a:0x12",
        "user=a:0x00112233445566778899aabbccddeeffa", "user=a:0x0011223344556677 899aabbccddeeff",
        "user=a:0xzz112233445566778899aabbccddeeff", "user=",
    ])
    func malformedUserStops(text: String) {
        #expect(Configuration.parse(text, file: "t").0 == nil)
    }

    @Test func laterUserOfANameReplaces() throws {
        let text = "user=a:one\nuser=b:two\nuser=a:three"
        #expect(try settings(text).users.map(\.key) == [.password("three"), .password("two")])
        #expect(codes(text).contains("repeated-user"))
    }

    @Test func bothMechanismsAtOnce() throws {
        let text = "user=a:b\nstatic-auth-secret=11112222333344445\nlt-cred-mech\nuse-auth-secret"
        let credentials = try settings(text)
        #expect(credentials.users.count == 1)
        #expect(credentials.secrets == ["11112222333344445"])
        #expect(codes(text).contains("users-and-secret"))
    }

    @Test func severalSecrets() throws {
        let text =
            "static-auth-secret=the-old-secret-of-may\nstatic-auth-secret=the-new-one-of-june"
        #expect(try settings(text).secrets == ["the-old-secret-of-may", "the-new-one-of-june"])
    }

    @Test func secretInTheFlagStops() {
        #expect(codes("use-auth-secret=abcdef").contains("secret-in-flag"))
        #expect(Configuration.parse("use-auth-secret=abcdef", file: "t").0 == nil)
        let rescued = "use-auth-secret=abcdef\nstatic-auth-secret=0123456789abcdef"
        #expect(Configuration.parse(rescued, file: "t").0 != nil)
        #expect(codes(rescued).contains("secret-in-flag"))
    }

    @Test func flagWithoutSecret() throws {
        #expect(try settings("use-auth-secret=no").usesSecrets)
        #expect(codes("use-auth-secret=no").contains("value-ignored"))
        #expect(codes("use-auth-secret").contains("secret-missing"))
    }

    @Test(arguments: [
        "north", "replace-this", "<secret>", "[your secret key here]", "Change_Me", "YOUR-SECRET",
    ])
    func placeholderSecret(secret: String) {
        #expect(codes("static-auth-secret=\(secret)").contains("placeholder-secret"))
        #expect(codes("user=a:\(secret)").contains("placeholder-secret"))
    }

    @Test func shortSecret() {
        #expect(codes("static-auth-secret=kq7wz").contains("short-secret"))
        #expect(!codes("user=a:kq7wz").contains("short-secret"))
        #expect(!codes("static-auth-secret=kq7wz0000000000p").contains("short-secret"))
    }

    @Test func realm() throws {
        #expect(codes("user=a:b").contains("realm-missing"))
        #expect(!codes("user=a:b\nrealm=r").contains("realm-missing"))
        var credentials = ServerConfiguration.Credentials()
        #expect(credentials.realm(hostDomain: "") == "turnstone")
        #expect(credentials.realm(hostDomain: "d.example") == "d.example")
        credentials.realm = "r"
        #expect(credentials.realm(hostDomain: "d.example") == "r")
        let long = "realm=" + String(repeating: "r", count: 128)
        #expect(Configuration.parse(long, file: "t").0 == nil)
    }

    @Test func noAuth() {
        #expect(Configuration.parse("no-auth", file: "t").0 == nil)
        #expect(Configuration.parse("no-auth\nlistening-ip=127.0.0.1", file: "t").0 == nil)
        #expect(Configuration.parse("no-auth\nuser=a:b", file: "t").0 == nil)
        #expect(Configuration.parse("no-auth=no\nuser=a:b", file: "t").0 != nil)
        let report = Configuration.parse("no-auth\nstun-only", file: "t").1
        #expect(report.severity == .ok)
    }

    @Test func nobodyCanAuthenticate() {
        #expect(codes("listening-port=3478").contains("no-credentials"))
        #expect(!codes("auth-secret-file=/s").contains("no-credentials"))
    }

    @Test func separator() throws {
        #expect(try settings("rest-api-separator=.").separator == UInt8(ascii: "."))
        for bad in ["", "5", "::", "é"] {
            #expect(Configuration.parse("rest-api-separator=\(bad)", file: "t").0 == nil)
        }
    }

    @Test func sha256NeedsPasswords() throws {
        let key = "user=a:0x00112233445566778899aabbccddeeff\nsha256"
        #expect(try settings(key).offersSHA256)
        #expect(codes(key).contains("sha256-not-offered"))
        #expect(!codes("user=a:b\nsha256").contains("sha256-not-offered"))
    }

    @Test func secretFileText() {
        let text = "# issued in May\n  first  \n\nsecond\r\n#third\n\tfourth one"
        #expect(
            ServerConfiguration.Credentials.secrets(inFile: text) == [
                "first", "second", "fourth one",
            ])
        #expect(ServerConfiguration.Credentials.secrets(inFile: "").isEmpty)
        let many = (0..<100).map { "secret-\($0)\n" }.joined()
        #expect(
            ServerConfiguration.Credentials.secrets(inFile: many).count
                == Configuration.Bounds.secrets)
    }
}
