import Crypto
import STUN
import Signaling

/// The one-way functions, with a key that everybody knows.
struct TestSigner: SecretSigner {
    let key: UInt8

    func digest(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var space = digest.mutableSpan
        OpenSSLHash().sha256(bytes.span, into: &space)
        return digest
    }

    func sign(_ bytes: [UInt8]) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: 32)
        var space = tag.mutableSpan
        OpenSSLHash().hmacSHA256(key: [key].span, bytes.span, into: &space)
        return tag
    }
}
