import Crypto
import Primitives
import Testing

@testable import TURN

@Suite struct CredentialsExaminationTests {
    private static let now = Now(
        monotonic: MonotonicTime(nanoseconds: 5_000_000_000), unixSeconds: 1_000_000)
    private static let name = "1000500:alice"

    private static func credentials(
        _ secrets: [String] = ["old secret", "new secret"], users: [String] = ["bob:builder"]
    ) -> Credentials {
        var settings = CredentialSettings(realm: "example.org")
        settings.secrets = secrets.map { Secret($0) }
        settings.users = users.compactMap { StaticUser(line: $0) }
        return Credentials(settings, hash: OpenSSLHash())
    }

    private static func password(_ name: String, _ secret: String) -> String {
        let bytes = TimeLimitedPassword.derive(
            name: name, secret: Secret(secret), hash: OpenSSLHash()
        ).bytes
        return String(decoding: bytes, as: UTF8.self)
    }

    private func look(
        _ name: String, _ password: String? = nil, realm: String? = nil,
        _ credentials: Credentials = Self.credentials(), revocations: RevocationList? = nil
    ) -> CredentialExamination {
        credentials.examine(
            name: name, password: password.map { Array($0.utf8) }, realm: realm, at: Self.now,
            revocations: revocations)
    }

    @Test func theSecretThatFitsIsFound() {
        let found = look(Self.name, Self.password(Self.name, "new secret"))
        #expect(found.secret == 2)
        #expect(found.failures.isEmpty)
        #expect(found.kind == .timeLimited(expires: 1_000_500))
        #expect(found.quotaKey == "alice")
        #expect(
            found.passwords.map { String(decoding: $0.bytes, as: UTF8.self) }
                == ["old secret", "new secret"].map { Self.password(Self.name, $0) })
    }

    @Test func everythingThatIsWrongIsNamed() {
        let late = "999688:alice"
        let revocations = RevocationList()
        revocations.revoke(
            "alice", until: Self.now.monotonic + Seconds(60), at: Self.now.monotonic)
        let found = look(
            late, Self.password(late, "new secret"), realm: "other", revocations: revocations)
        #expect(
            found.failures == [
                .otherRealm(secret: 2), .expired(seconds: 312), .revoked(seconds: 60),
            ])
        #expect(look(Self.name, "old secret").failures == [.secretAsPassword(secret: 1)])
        #expect(look(Self.name, "x").failures == [.fitsNoSecret(tried: 2)])
        #expect(look("nobody").failures == [.unknownUser])
        #expect(
            look(Self.name, nil, realm: nil, Self.credentials([])).failures == [
                .mechanismOff(.timeLimited)
            ])
    }

    @Test func staticUsersAreCheckedByPasswordOrKey() {
        #expect(look("bob", "builder").failures.isEmpty)
        #expect(look("bob", "wrong").failures == [.wrongPassword])
        #expect(look("bob", "builder", realm: "x").failures == [.otherRealm(secret: nil)])
        // MD5 of carol:example.org:sesame
        let keyed = Self.credentials(users: ["carol:0x5574c66f6471bcbc751f620ba70566aa"])
        #expect(look("carol", "sesame", realm: nil, keyed).failures.isEmpty)
        #expect(look("carol", "wrong", realm: nil, keyed).failures == [.wrongPassword])
    }

    @Test(arguments: [
        ("BLANKS", "blanks or a line end"), ("CUT", "'=' at its end is missing"),
        ("URL", "base64 of URLs"), ("PART", "made from 'alice' alone"),
    ])
    func usualMistakesAreRecognised(_ kind: String, _ words: String) {
        // A name whose password has a character that differs in the base64 of URLs.
        let name =
            (0..<500).lazy.map { "10005\($0):alice" }.first {
                Self.password($0, "new secret").contains("/")
            } ?? Self.name
        let right = Self.password(name, "new secret")
        let password: String
        switch kind {
        case "CUT": password = String(right.dropLast())
        case "URL":
            password = String(right.map { $0 == "/" ? "_" : $0 == "+" ? "-" : $0 })
        case "PART": password = Self.password("alice", "new secret")
        default: password = " " + right + "\n"
        }
        let found = look(name, password)
        #expect(found.failures.first == .fitsNoSecret(tried: 2))
        #expect(found.hints.first?.contains(words) == true)
        #expect(found.hints.first?.contains("secret 2") == true)
    }

    @Test func millisecondsAreNoticed() {
        let found = look("1795248608000:alice")
        #expect(found.failures.isEmpty)
        #expect(found.hints.first?.contains("milliseconds") == true)
    }
}
