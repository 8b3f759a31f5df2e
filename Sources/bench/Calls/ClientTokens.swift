import Crypto
import LinuxIO
import Primitives
import STUN

/// Makes the tokens of callers (RFC 7519, HS256), as an application would.
struct ClientTokens {
    private let key: HMACKey
    private let issuedAt: UInt64

    init(secret: String) {
        key = OpenSSLHash().hmacKey(.sha256, Array(secret.utf8).span)
        issuedAt = Clock.now().unixSeconds
    }

    /// Good for an hour, to call everybody.
    func token(user: String) -> [UInt8] {
        let payload =
            "{\"sub\":\"\(user)\",\"aud\":\"turnstone\",\"iat\":\(issuedAt),"
            + "\"exp\":\(issuedAt + 3_600),\"to\":\"*\"}"
        var token = Self.encode(Array("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".utf8))
        token.append(UInt8(ascii: "."))
        token += Self.encode(Array(payload.utf8))
        var tag = [UInt8](repeating: 0, count: 32)
        var space = tag.mutableSpan
        OpenSSLHash().hmac(key, token.span, [UInt8]().span, into: &space)
        token.append(UInt8(ascii: "."))
        token += Self.encode(tag)
        return token
    }

    /// base64url without padding (RFC 7515 §2).
    private static func encode(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count { text.append(alphabet[bits >> (18 - 6 * place) & 63]) }
        }
        return text
    }
}
