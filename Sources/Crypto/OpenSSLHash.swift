import COpenSSL
package import STUN

/// The hash functions of the system's libcrypto.
///
/// It has no state: values may be made anywhere and used on every thread at once.
package struct OpenSSLHash: MessageHash {
    package init() {}

    package func md5(_ message: Span<UInt8>, into digest: inout MutableSpan<UInt8>) {
        precondition(digest.count >= 16, "an MD5 digest has 16 bytes")
        run(message, &digest, ts_md5)
    }

    package func sha1(_ message: Span<UInt8>, into digest: inout MutableSpan<UInt8>) {
        precondition(digest.count >= 20, "a SHA-1 digest has 20 bytes")
        run(message, &digest, ts_sha1)
    }

    package func sha256(_ message: Span<UInt8>, into digest: inout MutableSpan<UInt8>) {
        precondition(digest.count >= 32, "a SHA-256 digest has 32 bytes")
        run(message, &digest, ts_sha256)
    }

    package func hmacKey(_ algorithm: IntegrityAlgorithm, _ secret: Span<UInt8>) -> HMACKey {
        var inner = InlineArray<8, UInt32>(repeating: 0)
        var outer = InlineArray<8, UInt32>(repeating: 0)
        var innerSpace = inner.mutableSpan
        var outerSpace = outer.mutableSpan
        secret.withUnsafeBytes { secret in
            innerSpace.withUnsafeMutableBufferPointer { inner in
                outerSpace.withUnsafeMutableBufferPointer { outer in
                    switch algorithm {
                    case .sha1:
                        ts_hmac_sha1_key(
                            secret.baseAddress, secret.count, inner.baseAddress, outer.baseAddress)
                    case .sha256:
                        ts_hmac_sha256_key(
                            secret.baseAddress, secret.count, inner.baseAddress, outer.baseAddress)
                    }
                }
            }
        }
        return HMACKey(algorithm: algorithm, inner: inner, outer: outer)
    }

    package func hmac(
        _ key: HMACKey, _ head: Span<UInt8>, _ body: Span<UInt8>,
        into tag: inout MutableSpan<UInt8>
    ) {
        precondition(tag.count >= key.algorithm.tagLength, "the tag does not fit")
        let function = key.algorithm == .sha1 ? ts_hmac_sha1 : ts_hmac_sha256
        key.inner.span.withUnsafeBufferPointer { inner in
            key.outer.span.withUnsafeBufferPointer { outer in
                head.withUnsafeBytes { head in
                    body.withUnsafeBytes { body in
                        tag.withUnsafeMutableBufferPointer { tag in
                            function(
                                inner.baseAddress, outer.baseAddress, head.baseAddress, head.count,
                                body.baseAddress, body.count, tag.baseAddress)
                        }
                    }
                }
            }
        }
    }

    package func equal(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        return a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in ts_equal(a.baseAddress, b.baseAddress, a.count) }
        }
    }

    private func run(
        _ message: Span<UInt8>, _ digest: inout MutableSpan<UInt8>,
        _ function: (UnsafeRawPointer?, Int, UnsafeMutablePointer<UInt8>?) -> Void
    ) {
        message.withUnsafeBytes { message in
            digest.withUnsafeMutableBufferPointer { digest in
                function(message.baseAddress, message.count, digest.baseAddress)
            }
        }
    }
}
