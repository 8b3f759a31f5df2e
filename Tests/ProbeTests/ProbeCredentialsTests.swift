import Crypto
import Testing

@testable import Probe

@Suite struct ProbeCredentialsTests {
    @Test(
        arguments: [
            ("1795248608:bob", 1_795_248_608), ("1795248608", 1_795_248_608),
            ("1795248608_bob", 1_795_248_608), ("bob", nil), ("1795248608bob", nil),
            ("123:bob", nil), ("", nil), ("17952486081:bob", nil),
        ] as [(String, UInt64?)])
    func findsTheEndOfATimeLimitedName(_ name: String, _ expiry: UInt64?) {
        #expect(UserCredential.expiry(of: name) == expiry)
    }

    @Test func thePasswordIsTheRESTScheme() throws {
        // echo -n 1000003600:bob | openssl dgst -sha1 -hmac secret -binary | base64
        let credential = try #require(
            UserCredential(
                .secret("secret", user: "bob"), unixSeconds: 1_000_000_000, hash: OpenSSLHash()))
        #expect(credential.name == "1000003600:bob")
        #expect(
            String(decoding: credential.password, as: UTF8.self) == "8RSetJNS2PhabmAUnX6m1VIxYho=")
    }

    @Test func printingHidesThem() {
        let all: [ProbeCredentials] = [
            .user(name: "a", password: "hush"), .secret("hush", user: nil),
        ]
        for credentials in all {
            #expect(!"\(credentials) \(String(reflecting: credentials))".contains("hush"))
        }
    }
}
