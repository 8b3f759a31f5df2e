import COpenSSL
import STUN

/// A key that signatures of tokens are checked with, for exactly one algorithm.
///
/// Immutable, so every thread may use it at once.
package final class SignatureKey: @unchecked Sendable {
    /// Names as in RFC 7518 §3.1 and RFC 8037 §3.1.
    package enum Algorithm: String, Sendable, CaseIterable {
        /// HMAC with SHA-256 and a shared secret.
        case hs256 = "HS256"
        /// Ed25519.
        case edDSA = "EdDSA"
        /// ECDSA on P-256 with SHA-256.
        case es256 = "ES256"
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        case rs256 = "RS256"
    }

    package let algorithm: Algorithm
    private let material: Material

    private enum Material {
        case secret(HMACKey)
        case publicKey(OpaquePointer)
    }

    /// RFC 7518 §3.3: anything below is too small.
    package static let rsaBitsMin = 2048

    /// An HS256 key.
    ///
    /// - Throws: when the secret is a key in PEM form: whoever has the public key could sign.
    package init(secret: [UInt8]) throws(SignatureKeyFailure) {
        guard !PEMText.begins(secret) else { throw .publicKeyAsSecret }
        guard !secret.isEmpty else { throw .emptySecret }
        algorithm = .hs256
        material = .secret(OpenSSLHash().hmacKey(.sha256, secret.span))
    }

    /// A public key in PEM form (SubjectPublicKeyInfo, `-----BEGIN PUBLIC KEY-----`) for
    /// `algorithm`, which is not HS256.
    package init(pem: [UInt8], for algorithm: Algorithm) throws(SignatureKeyFailure) {
        guard algorithm != .hs256 else { throw .publicKeyAsSecret }
        guard !PEMText.holds("PRIVATE KEY", pem) else { throw .privateKey }
        guard !PEMText.holds("CERTIFICATE", pem) else { throw .certificate }
        guard PEMText.holds("PUBLIC KEY", pem) else { throw .noKey }
        let key = pem.withUnsafeBufferPointer { ts_public_key_read($0.baseAddress, $0.count) }
        guard let key else { throw .unreadable }
        do {
            try Self.check(key, for: algorithm)
        } catch {
            ts_key_free(key)
            throw error
        }
        self.algorithm = algorithm
        material = .publicKey(key)
    }

    deinit {
        if case .publicKey(let key) = material { ts_key_free(key) }
    }

    /// Whether the key, or its private half, made `signature` over `text`. An ES256 signature is
    /// the two numbers side by side, 64 bytes (RFC 7518 §3.4), not DER.
    package func isValid(_ signature: [UInt8], over text: [UInt8]) -> Bool {
        switch material {
        case .secret(let key):
            return OpenSSLHash().equal(Self.tag(key, text).span, signature.span)
        case .publicKey(let key):
            return signature.withUnsafeBufferPointer { signature in
                text.withUnsafeBufferPointer { text in
                    ts_signature_is_valid(
                        key, signature.baseAddress, signature.count, text.baseAddress, text.count)
                }
            }
        }
    }

    /// The HS256 signature of `text`; nil for a public key, which cannot sign.
    package func sign(_ text: [UInt8]) -> [UInt8]? {
        guard case .secret(let key) = material else { return nil }
        return Self.tag(key, text)
    }

    private static func tag(_ key: HMACKey, _ text: [UInt8]) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: 32)
        let nothing: [UInt8] = []
        var space = tag.mutableSpan
        OpenSSLHash().hmac(key, text.span, nothing.span, into: &space)
        return tag
    }

    private static func check(
        _ key: OpaquePointer, for algorithm: Algorithm
    ) throws(SignatureKeyFailure) {
        let fitting: Algorithm? =
            switch ts_public_key_kind(key) {
            case Int32(TS_PUBLIC_KEY_ED25519.rawValue): .edDSA
            case Int32(TS_PUBLIC_KEY_P256.rawValue): .es256
            case Int32(TS_PUBLIC_KEY_RSA.rawValue): .rs256
            default: nil
            }
        guard fitting == algorithm else {
            throw .otherKind(found: name(of: key), for: algorithm, fits: fitting)
        }
        let bits = Int(ts_key_bits(key))
        if algorithm == .rs256, bits < rsaBitsMin { throw .tooSmall(bits: bits) }
    }

    private static func name(of key: OpaquePointer) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { space in
            String(cString: ts_public_key_name(key, space.baseAddress, space.count))
        }
    }
}

/// Tells what a PEM text holds (RFC 7468 §2) by its labels.
enum PEMText {
    /// Whether the text starts as PEM does, blanks before it aside.
    static func begins(_ text: [UInt8]) -> Bool {
        text.drop { $0 <= 0x20 }.starts(with: "-----BEGIN".utf8)
    }

    /// Whether some label of the text ends with `words`: labels are `PRIVATE KEY`,
    /// `EC PRIVATE KEY` and the like.
    static func holds(_ words: String, _ text: [UInt8]) -> Bool {
        let mark = Array((words + "-----").utf8)
        guard text.count >= mark.count else { return false }
        return (0...(text.count - mark.count)).contains { text[$0...].starts(with: mark) }
    }
}
