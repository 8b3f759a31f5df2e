import Crypto
import STUN

/// By which a hook knows that a request is ours: HMAC-SHA256 over the time and the body, so that
/// neither can be changed, and old requests cannot be sent again.
struct HookSignature: Sendable {
    private let key: HMACKey

    init(secret: [UInt8]) { key = OpenSSLHash().hmacKey(.sha256, secret.span) }

    /// `v1=` and the tag in hexadecimal. What is signed is `timestamp`, a full stop, the body.
    ///
    /// - Parameter timestamp: seconds since 1970, as the header says them.
    func value(timestamp: String, body: [UInt8]) -> String {
        let head = Array("\(timestamp).".utf8)
        var tag = [UInt8](repeating: 0, count: 32)
        var space = tag.mutableSpan
        OpenSSLHash().hmac(key, head.span, body.span, into: &space)
        let digits = Array("0123456789abcdef".utf8)
        var text = Array("v1=".utf8)
        for byte in tag {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
