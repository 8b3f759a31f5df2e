import JSON
import Testing

@testable import Signaling

/// Signs with the key's number and length, which is enough to tell keys and texts apart.
struct TestSignatures: SignatureVerifier {
    static func sign(_ text: [UInt8], key: Int) -> [UInt8] {
        [UInt8(key)]
            + text.reduce(into: [0, 0, 0, 0]) { sum, byte in
                let last = sum.removeLast()
                sum.insert(last &* 31 &+ byte, at: 0)
            }
    }

    func isValid(_ signature: [UInt8], over text: [UInt8], key: Int) -> Bool {
        signature == Self.sign(text, key: key)
    }
}

@Suite struct TokenJudgeTests {
    private let judge = TokenJudge(
        .init(
            keys: [
                TokenKey(name: "a", algorithm: .hs256), TokenKey(name: "b", algorithm: .hs256),
                TokenKey(algorithm: .edDSA),
            ],
            issuers: ["shop"], audiences: ["calls"], blocked: ["mallory"]),
        signatures: TestSignatures())

    private func token(
        _ changes: JSONObject = [:], without: String? = nil,
        header: JSONObject = ["alg": "HS256", "typ": "JWT"], key: Int = 0
    ) -> String {
        var payload: JSONObject = [
            "iss": "shop", "aud": "calls", "sub": "ann", "iat": 1000, "exp": 2000,
        ]
        for field in changes.fields { payload[field.name] = field.value }
        if let without { payload[without] = nil }
        let text =
            Base64URL.encode(JSONValue.object(header).bytes) + "."
            + Base64URL.encode(JSONValue.object(payload).bytes)
        return text + "."
            + Base64URL.encode(TestSignatures.sign(Array(text.utf8), key: key))
    }

    private func refusal(_ token: String, at now: UInt64 = 1500) -> TokenRefusal? {
        do throws(TokenRefusal) {
            _ = try judge.claims(of: token, atUnixSeconds: now)
            return nil
        } catch { return error }
    }

    @Test func claimsAreRead() throws {
        let text = token([
            "dev": "d1", "name": "Ann", "scope": "call host other", "calls": ["c1"],
            "to": ["bob"], "watch": "*", "chats": ["k7": "bob"], "aud": ["x", "calls"],
        ])
        let claims = try judge.claims(of: text, atUnixSeconds: 1500)
        #expect(claims.user == "ann" && claims.expiresAt == 2000 && claims.device == "d1")
        #expect(claims.scopes == [.call, .host] && claims.calls == ["c1"])
        #expect(claims.mayCall == .users(["bob"]) && claims.mayWatch == .everybody)
        #expect(claims.chats == ["k7": "bob"] && claims.name == "Ann")
        #expect(claims.allows("c1") && !claims.allows("c2"))
    }

    @Test func bothSecretsOfARotationAreValid() {
        #expect(refusal(token(key: 0)) == nil)
        #expect(refusal(token(key: 1)) == nil)
        #expect(refusal(token(key: 5)) == .badSignature)
        let named: JSONObject = ["alg": "HS256", "kid": "b"]
        #expect(refusal(token(header: named, key: 1)) == nil)
        #expect(refusal(token(header: named, key: 0)) == .badSignature)
    }

    @Test(arguments: ["none", "None", "HS512", "RS256", ""])
    func otherAlgorithmsAreRefused(name: String) {
        #expect(refusal(token(header: ["alg": .string(name)])) == .unknownKey)
    }

    @Test func aPublicKeyIsNoSecret() {
        // Key 2 is an EdDSA key; a token that calls itself HS256 is not tried with it.
        #expect(refusal(token(key: 2)) == .badSignature)
        #expect(refusal(token(header: ["alg": "EdDSA"], key: 2)) == nil)
    }

    @Test func keysInsideTheTokenAreIgnored() {
        let header: JSONObject = ["alg": "HS256", "jku": "x", "jwk": ["kty": "oct"]]
        #expect(refusal(token(header: header)) == nil)
        #expect(refusal(token(header: ["alg": "HS256", "crit": ["b64"]])) == .malformed)
    }

    @Test func timesHaveThirtySecondsOfSkew() {
        #expect(refusal(token(), at: 2029) == nil)
        #expect(refusal(token(), at: 2030) == .expired)
        #expect(refusal(token(["iat": 1530])) == nil)
        #expect(refusal(token(["iat": 1531])) == .notYetValid)
        #expect(refusal(token(["nbf": 1531])) == .notYetValid)
        #expect(refusal(token(["exp": 87_401])) == .lifetimeTooLong)
        #expect(TokenRefusal.expired.code == .tokenExpired)
    }

    @Test(arguments: ["sub", "aud", "iat", "exp"])
    func requiredClaims(name: String) {
        #expect(refusal(token(without: name)) == .missingClaim)
    }

    @Test func addresseesAndBlocks() {
        #expect(refusal(token(["aud": "shop"])) == .wrongAudience)
        #expect(refusal(token(["iss": "other"])) == .wrongIssuer)
        #expect(refusal(token(without: "iss")) == .wrongIssuer)
        #expect(refusal(token(["sub": "mallory"])) == .blocked)
    }

    @Test(arguments: ["", ".", "..", "a.b.c", "e30.e30.", "e30.e30.AA", "\u{e9}.\u{e9}.\u{e9}"])
    func garbageIsRefused(text: String) {
        #expect(refusal(text) == .malformed)
    }

    @Test func badClaimsAreRefused() {
        for changes: JSONObject in [
            ["dev": 1], ["to": "bob"], ["calls": "c"], ["chats": ["k": 1]], ["exp": "soon"],
            ["exp": -1], ["sub": ""], ["aud": 1],
        ] {
            #expect([.badClaim, .missingClaim].contains(refusal(token(changes))), "\(changes)")
        }
    }
}
