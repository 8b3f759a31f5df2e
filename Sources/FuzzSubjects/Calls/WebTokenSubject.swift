import JSON
import Signaling

/// Tokens of users: nothing is believed without a signature, and what a signed one says stays
/// within the bounds of the wire and of time.
final class WebTokenSubject: FuzzSubject {
    private static let now: UInt64 = 1_700_000_000

    private let believer = WebTokenSubject.judge(accepts: true)
    private let sceptic = WebTokenSubject.judge(accepts: false)

    private static func judge(accepts: Bool) -> TokenJudge {
        TokenJudge(
            .init(
                keys: [
                    TokenKey(name: "k1", algorithm: .hs256), TokenKey(algorithm: .edDSA),
                ], audiences: ["turnstone"], blocked: ["mallory"]),
            signatures: Signatures(accepts: accepts))
    }

    /// As text, and as the JSON of head and payload around the first zero byte.
    func run(_ input: Span<UInt8>) {
        let bytes = input.copied
        check(String(decoding: bytes, as: UTF8.self))
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let head = parts.count > 1 ? Array(parts[0]) : Array(#"{"alg":"HS256"}"#.utf8)
        check(
            Base64URL.encode(head) + "." + Base64URL.encode(Array(parts[parts.count - 1])) + ".c2ln"
        )
    }

    private func check(_ text: String) {
        precondition(claims(of: text, sceptic) == nil, "believed without a signature")
        guard let claims = claims(of: text, believer) else { return }
        precondition(text.utf8.count <= 8192, "a token too long")
        precondition((1...256).contains(claims.user.text.utf8.count), "nobody, or a long name")
        precondition(claims.user != "mallory", "somebody who is blocked")
        precondition(claims.expiresAt + 30 > Self.now, "a token of yesterday")
        precondition(claims.expiresAt <= Self.now + 86_430, "a token for ever")
        precondition(claims.calls?.count ?? 0 <= 1024, "too many calls")
        precondition(claims.chats.count <= 1024, "too many chats")
        precondition(claims.name.map { (1...128).contains($0.utf8.count) } ?? true, "a long name")
        guard let token = try? WebToken(text) else { preconditionFailure("judged unread") }
        precondition(token.payload["sub"]?.string == claims.user.text, "another user")
        precondition(!token.signature.isEmpty, "a token without a signature")
    }

    private func claims(of text: String, _ judge: TokenJudge) -> TokenClaims? {
        do throws(TokenRefusal) {
            return try judge.claims(of: text, atUnixSeconds: Self.now)
        } catch {
            return nil
        }
    }
}

private struct Signatures: SignatureVerifier {
    let accepts: Bool

    func isValid(_ signature: [UInt8], over text: [UInt8], key: Int) -> Bool { accepts }
}
