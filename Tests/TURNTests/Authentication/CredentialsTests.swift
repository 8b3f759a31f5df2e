import Crypto
import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct CredentialsTests {
    private static let hash = OpenSSLHash()
    private static let realm = "example.org"

    private func credentials(
        users: [String] = [], secrets: [String] = [], separator: Character = ":"
    ) -> Credentials {
        var settings = CredentialSettings(realm: Self.realm)
        settings.users = users.map { StaticUser(line: $0)! }
        settings.secrets = secrets.map { Secret($0) }
        settings.separator = separator.asciiValue!
        return Credentials(settings, hash: Self.hash)
    }

    /// The tag that a client with this password puts under its message.
    private func tag(
        _ name: String, _ password: String, realm: String = realm,
        _ algorithm: PasswordAlgorithm = .md5, _ integrity: IntegrityAlgorithm = .sha1
    ) -> [UInt8] {
        let key = LongTermKey.derive(
            algorithm, username: Array(name.utf8).span, realm: Array(realm.utf8).span,
            password: Array(password.utf8).span, hash: Self.hash)
        return Self.tag(Self.hash.hmacKey(integrity, key.span))
    }

    private static func tag(_ key: HMACKey) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: 32)
        var space = tag.mutableSpan
        let message = [UInt8]("message".utf8)
        hash.hmac(key, message.span.extracting(0..<0), message.span, into: &space)
        return tag
    }

    private func authenticate(
        _ credentials: Credentials, _ name: String, tag: [UInt8],
        _ algorithm: PasswordAlgorithm = .md5, _ integrity: IntegrityAlgorithm = .sha1,
        unixSeconds: UInt64 = 1000, revocations: RevocationList? = nil
    ) -> CredentialVerdict {
        credentials.authenticate(
            username: Array(name.utf8).span, algorithm: algorithm, integrity: integrity,
            at: Now(monotonic: MonotonicTime(nanoseconds: 0), unixSeconds: unixSeconds),
            revocations: revocations
        ) { Self.tag($0) == tag }
    }

    private func failure(_ verdict: CredentialVerdict) -> CredentialFailure? {
        if case .refused(let failure) = verdict { failure } else { nil }
    }

    private func accepted(_ verdict: CredentialVerdict) -> Credential? {
        if case .accepted(let credential) = verdict { credential } else { nil }
    }

    private func password(_ name: String, _ secret: String) -> String {
        let secret = TimeLimitedPassword.derive(
            name: name, secret: Secret(secret), hash: Self.hash)
        return String(decoding: secret.bytes, as: UTF8.self)
    }

    @Test func staticUsersByPasswordAndByKey() {
        // MD5 of alice:example.org:wonderland.
        let key = LongTermKey.derive(
            .md5, username: Array("alice".utf8).span, realm: Array(Self.realm.utf8).span,
            password: Array("wonderland".utf8).span, hash: Self.hash)
        let hex = key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        for user in ["alice:wonderland", "alice:0x\(hex)", "alice:0x\(hex.uppercased())"] {
            let credentials = credentials(users: ["bob:builder", user])
            let found = accepted(
                authenticate(credentials, "alice", tag: tag("alice", "wonderland")))
            #expect(found?.quotaKey == "alice" && found?.source == .staticUser)
            #expect(
                failure(authenticate(credentials, "alice", tag: tag("alice", "other")))
                    == .wrongPassword)
            #expect(
                failure(authenticate(credentials, "carol", tag: tag("carol", "x")))
                    == .unknownUser)
            #expect(credentials.allowsSHA256 == !user.contains("0x"))
            #expect(credentials.allowsUserHash)
        }
    }

    @Test func sha256KeysAndIntegrity() {
        let credentials = credentials(users: ["alice:wonderland"])
        for integrity in IntegrityAlgorithm.allCases {
            let tag = tag("alice", "wonderland", .sha256, integrity)
            let found = accepted(
                authenticate(credentials, "alice", tag: tag, .sha256, integrity))
            #expect(found?.key.algorithm == .sha256)
            // The key kept for the allocation signs just the same.
            #expect(found.map { Self.tag($0.key.hmacKey(integrity, Self.hash)) } == tag)
        }
        let onlyKey = self.credentials(users: ["alice:0x0123456789abcdef0123456789ABCDEF"])
        #expect(
            failure(authenticate(onlyKey, "alice", tag: [], .sha256)) == .onlyMD5Key)
    }

    @Test func userHashFindsStaticUsersOnly() {
        let credentials = credentials(users: ["alice:wonderland"], secrets: ["s"])
        let tag = tag("alice", "wonderland")
        let find = { (userHash: [UInt8]) in
            credentials.authenticate(
                userHash: userHash.span, algorithm: .md5, integrity: .sha1,
                at: Now(monotonic: .never, unixSeconds: 0), revocations: nil
            ) { Self.tag($0) == tag }
        }
        var known = LongTermKey.userhash(
            username: Array("alice".utf8).span, realm: Array(Self.realm.utf8).span,
            hash: Self.hash)
        #expect(accepted(find(known))?.name == "alice")
        #expect(failure(find(Array(known.dropLast()))) == .unknownUserHash)
        known[31] ^= 1
        #expect(failure(find(known)) == .unknownUserHash)
        #expect(!credentials.allowsUserHash)
    }

    /// Known-good passwords of the scheme, made with `openssl dgst -sha1 -hmac north | base64`.
    @Test func timeLimitedPasswordsAreThoseOfTheScheme() {
        #expect(password("1700000000:alice", "north") == "Cd/49soE35ICqcJF/bCTn8Z4OyE=")
        #expect(password("1700000000", "north").count == 28)
    }

    @Test func severalSecretsOldAndNew() {
        let credentials = credentials(users: ["bob:builder"], secrets: ["new", "old", "older"])
        let name = "2000:alice"
        for (index, secret) in ["new", "old", "older"].enumerated() {
            let tag = tag(name, password(name, secret))
            let found = accepted(authenticate(credentials, name, tag: tag))
            #expect(found?.source == .timeLimited(secret: index + 1, expires: 2000))
            #expect(found?.quotaKey == "alice")
        }
        #expect(
            failure(authenticate(credentials, name, tag: tag(name, password(name, "stolen"))))
                == .fitsNoSecret(tried: 3))
        // Static users go on beside them.
        #expect(
            accepted(authenticate(credentials, "bob", tag: tag("bob", "builder"))) != nil)
    }

    @Test func expiryCountsWithItsSkew() {
        let credentials = credentials(secrets: ["s"])
        let name = "2000:alice"
        let tag = tag(name, password(name, "s"))
        let verdict = { (seconds: UInt64) in
            self.failure(
                self.authenticate(credentials, name, tag: tag, unixSeconds: seconds))
        }
        #expect(verdict(0) == nil)
        #expect(verdict(2000) == nil)
        #expect(verdict(2030) == nil)
        #expect(verdict(2031) == .expired(seconds: 31))
        // A wrong signature says nothing about expiry.
        #expect(
            failure(authenticate(credentials, name, tag: [], unixSeconds: 9999))
                == .fitsNoSecret(tried: 1))
        let endless = "9999999999999999999:x"
        #expect(
            accepted(
                authenticate(credentials, endless, tag: self.tag(endless, password(endless, "s"))))
                != nil)
    }

    @Test func revokedUsersStayOut() {
        let credentials = credentials(users: ["bob:builder"])
        let list = RevocationList()
        list.revoke(
            "bob", until: MonotonicTime(nanoseconds: 90_000_000_001),
            at: MonotonicTime(nanoseconds: 0))
        let tag = tag("bob", "builder")
        #expect(
            failure(authenticate(credentials, "bob", tag: tag, revocations: list))
                == .revoked(seconds: 91))
        list.pardon("bob")
        #expect(accepted(authenticate(credentials, "bob", tag: tag, revocations: list)) != nil)
    }

    @Test func mechanismsThatAreOffAreNamed() {
        let onlySecrets = credentials(secrets: ["s"])
        #expect(
            failure(authenticate(onlySecrets, "alice", tag: [])) == .mechanismOff(.staticUsers))
        let onlyUsers = credentials(users: ["bob:builder"])
        #expect(
            failure(authenticate(onlyUsers, "2000:alice", tag: []))
                == .mechanismOff(.timeLimited))
    }

    @Test func namesThatCannotBe() {
        let credentials = credentials(users: ["bob:builder"], secrets: ["s"])
        let names: [[UInt8]] = [
            [], Array("a\nb".utf8), Array("a\u{7f}".utf8), Array("a\u{85}".utf8),
            [0x61, 0xff, 0x62], [0xc0, 0x80], [UInt8](repeating: 0x61, count: 509), [0],
        ]
        for name in names {
            let verdict = credentials.authenticate(
                username: name.span, algorithm: .md5, integrity: .sha1,
                at: Now(monotonic: .never, unixSeconds: 0), revocations: nil
            ) { _ in true }
            #expect(failure(verdict) == .malformedName)
        }
    }

    @Test func explainsRealmAndSecretMistakes() {
        let credentials = credentials(users: ["bob:builder"], secrets: ["new", "old"])
        let explain = { (name: String, tag: [UInt8]) in
            credentials.explain(
                username: Array(name.utf8).span, presentedRealm: Array("turn.local".utf8).span,
                algorithm: .md5, integrity: .sha1, failure: .fitsNoSecret(tried: 2)
            ) { Self.tag($0) == tag }
        }
        let name = "2000:alice"
        #expect(
            explain(name, tag(name, password(name, "old"), realm: "turn.local"))
                == .otherRealm(secret: 2))
        #expect(
            explain("bob", tag("bob", "builder", realm: "turn.local")) == .otherRealm(secret: nil))
        #expect(explain(name, tag(name, "new")) == .secretAsPassword(secret: 1))
        #expect(explain(name, tag(name, "else")) == .fitsNoSecret(tried: 2))
    }

    @Test func issuedCredentialsWorkAndKeepTheirId() {
        let credentials = credentials(secrets: ["new", "old"], separator: "|")
        let issue = { (user: String?, time: UInt64, entropy: UInt64) in
            IssuedCredential(
                user: user, lifetimeSeconds: 600, unixSeconds: time, secret: Secret("new"),
                separator: UInt8(ascii: "|"), entropy: entropy, hash: Self.hash)
        }
        let first = issue("alice@example.org", 1000, 1)
        let later = issue("alice@example.org", 5000, 2)
        #expect(first.username.hasPrefix("1600|") && first.expires == 1600)
        #expect(!first.username.contains("alice"))
        let key = { (issued: IssuedCredential) in
            let text = String(decoding: issued.password.bytes, as: UTF8.self)
            return self.accepted(
                self.authenticate(
                    credentials, issued.username, tag: self.tag(issued.username, text)))?
                .quotaKey
        }
        #expect(key(first) != nil && key(first) == key(later))
        #expect(key(issue("bob", 1000, 1)) != key(first))
        #expect(key(issue(nil, 1000, 1)) != key(issue(nil, 1000, 2)))
    }

    @Test func secretsAreNeverPrinted() {
        let settings = credentials(users: ["bob:builder"], secrets: ["north"]).settings
        var dumped = ""
        dump(settings, to: &dumped)
        let key = CredentialKey(.md5, Array("sixteen bytes....".utf8.prefix(16)))!
        for text in ["\(settings)", dumped, "\(key)", String(reflecting: key)] {
            #expect(!text.contains("north") && !text.contains("builder"))
            #expect(!text.contains("115, 105, 120"))
        }
    }
}
