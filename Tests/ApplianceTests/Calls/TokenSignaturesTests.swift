import Configuration
import Primitives
import Signaling
import Testing

@testable import Appliance

@Suite struct TokenSignaturesTests {
    typealias Key = ServerConfiguration.TokenKey

    private static let keys = [
        Key(name: "main", algorithm: .hs256, material: .secret(TokenVector.secret), source: ""),
        Key(name: "ed", algorithm: .edDSA, material: .publicKey(TokenVector.edDSAKey), source: ""),
        Key(name: "ec", algorithm: .es256, material: .publicKey(TokenVector.es256Key), source: ""),
        Key(name: "rsa", algorithm: .rs256, material: .publicKey(TokenVector.rs256Key), source: ""),
    ]

    private func judge(
        _ keys: [Key], change: (inout ServerConfiguration.Tokens) -> Void = { _ in }
    ) -> TokenJudge {
        var tokens = ServerConfiguration.Tokens()
        tokens.keys = keys
        change(&tokens)
        return TokenJudge(tokens, skewSeconds: 30)
    }

    private func refusal(
        _ judge: TokenJudge, _ token: String, at now: UInt64 = 1500
    )
        -> TokenRefusal?
    {
        do throws(TokenRefusal) {
            _ = try judge.claims(of: token, atUnixSeconds: now)
            return nil
        } catch { return error }
    }

    @Test(
        "Tokens of every algorithm are accepted with their own key, whatever its place",
        arguments: [TokenVector.hs256, TokenVector.edDSA, TokenVector.es256, TokenVector.rs256])
    func everyAlgorithm(token: String) throws {
        for keys in [Self.keys, Self.keys.reversed()] {
            let claims = try judge(keys).claims(of: token, atUnixSeconds: 1500)
            #expect(claims.user == "ann" && claims.expiresAt == 2000)
        }
        #expect(refusal(judge(Self.keys), String(token.dropLast(4)) + "AAAA") == .badSignature)
        #expect(refusal(judge(Self.keys), token, at: 2031) == .expired)
        #expect(refusal(judge([]), token) == .unknownKey)
    }

    @Test func issuerAudienceAndLifetimeAreThoseOfTheConfiguration() {
        let token = TokenVector.edDSA
        #expect(refusal(judge(Self.keys) { $0.issuers = ["shop"] }, token) == nil)
        #expect(refusal(judge(Self.keys) { $0.issuers = ["other"] }, token) == .wrongIssuer)
        #expect(refusal(judge(Self.keys) { $0.audiences = ["other"] }, token) == .wrongAudience)
        #expect(
            refusal(judge(Self.keys) { $0.lifetimeMax = Seconds(999) }, token) == .lifetimeTooLong)
        #expect(refusal(judge(Self.keys) { $0.lifetimeMax = Seconds(1000) }, token) == nil)
    }

    @Test("A key that cannot be used moves no other to its place")
    func unusableKeys() {
        let keys = [
            Key(name: nil, algorithm: .es256, material: .publicKeyFile("/k.pem"), source: ""),
            Key(name: nil, algorithm: .rs256, material: .publicKey("no key"), source: ""),
        ]
        let signatures = TokenSignatures(keys + Self.keys)
        #expect(signatures.names.map(\.name) == ["main", "ed", "ec", "rsa"])
        #expect(refusal(judge(keys + Self.keys), TokenVector.rs256) == nil)
        #expect(!signatures.isValid([1], over: [2], key: 4))
    }
}
