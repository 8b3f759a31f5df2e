import Crypto
import STUN
import Signaling

/// The one-way functions of `Signaling`, by OpenSSL.
struct SecretDigest: SecretSigner {
    /// For `sign`.
    let key: [UInt8]

    func digest(_ bytes: [UInt8]) -> [UInt8] {
        tag { OpenSSLHash().sha256(bytes.span, into: &$0) }
    }

    func sign(_ bytes: [UInt8]) -> [UInt8] {
        tag { OpenSSLHash().hmacSHA256(key: key.span, bytes.span, into: &$0) }
    }

    private func tag(_ fill: (inout MutableSpan<UInt8>) -> Void) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var space = bytes.mutableSpan
        fill(&space)
        return bytes
    }
}
