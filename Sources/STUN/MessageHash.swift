/// The two keyed hashes of STUN (RFC 8489 §14.5, §14.6).
package enum IntegrityAlgorithm: UInt8, Sendable, CaseIterable {
    case sha1
    case sha256

    /// The size of the tag in bytes.
    package var tagLength: Int { self == .sha1 ? 20 : 32 }

    package var attribute: AttributeType {
        self == .sha1 ? .messageIntegrity : .messageIntegritySHA256
    }
}

/// A key for HMAC with both of its padded blocks already hashed, so that a message costs no more
/// than its own bytes and one closing block.
///
/// A plain value of 68 bytes: an allocation keeps its own, nothing to free. It is as secret as
/// the key itself.
package struct HMACKey: Sendable {
    package let algorithm: IntegrityAlgorithm
    /// The chaining values behind the inner and the outer block; SHA-1 uses five of eight words.
    package let inner: InlineArray<8, UInt32>
    package let outer: InlineArray<8, UInt32>

    package init(
        algorithm: IntegrityAlgorithm, inner: InlineArray<8, UInt32>, outer: InlineArray<8, UInt32>
    ) {
        self.algorithm = algorithm
        self.inner = inner
        self.outer = outer
    }
}

/// The hash functions, as an argument: `Crypto` supplies OpenSSL's, and this target links none.
///
/// Every `into` must have at least the size of the result, else it is a programmer's error.
package protocol MessageHash: Sendable {
    /// Writes the 16 bytes of the MD5 digest.
    func md5(_ message: Span<UInt8>, into digest: inout MutableSpan<UInt8>)
    /// Writes the 20 bytes of the SHA-1 digest.
    func sha1(_ message: Span<UInt8>, into digest: inout MutableSpan<UInt8>)
    /// Writes the 32 bytes of the SHA-256 digest.
    func sha256(_ message: Span<UInt8>, into digest: inout MutableSpan<UInt8>)
    /// Prepares a key for repeated use.
    func hmacKey(_ algorithm: IntegrityAlgorithm, _ secret: Span<UInt8>) -> HMACKey
    /// Writes the tag over `head` followed by `body`, `key.algorithm.tagLength` bytes.
    func hmac(
        _ key: HMACKey, _ head: Span<UInt8>, _ body: Span<UInt8>,
        into tag: inout MutableSpan<UInt8>)
    /// Compares in a time that does not depend on the content; false when the sizes differ.
    func equal(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool
}

extension MessageHash {
    /// The 20 bytes of HMAC-SHA1 under a key used once.
    package func hmacSHA1(
        key: Span<UInt8>, _ message: Span<UInt8>, into tag: inout MutableSpan<UInt8>
    ) {
        hmac(hmacKey(.sha1, key), message.extracting(0..<0), message, into: &tag)
    }

    /// The 32 bytes of HMAC-SHA256 under a key used once.
    package func hmacSHA256(
        key: Span<UInt8>, _ message: Span<UInt8>, into tag: inout MutableSpan<UInt8>
    ) {
        hmac(hmacKey(.sha256, key), message.extracting(0..<0), message, into: &tag)
    }
}
