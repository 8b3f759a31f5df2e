/// The keys of the long-term credential mechanism, made from text that has been through
/// `OpaqueString` (RFC 8489 §9.2.2, §18.5.1).
package enum LongTermKey {
    /// The digest of `username:realm:password`: 16 bytes of MD5 or 32 of SHA-256.
    package static func derive(
        _ algorithm: PasswordAlgorithm, username: Span<UInt8>, realm: Span<UInt8>,
        password: Span<UInt8>, hash: any MessageHash
    ) -> [UInt8] {
        let text = joined(username, realm, password)
        return digest(length: algorithm.keyLength) { space in
            switch algorithm {
            case .md5: hash.md5(text.span, into: &space)
            case .sha256: hash.sha256(text.span, into: &space)
            }
        }
    }

    /// USERHASH: the SHA-256 of `username:realm` (RFC 8489 §14.4).
    package static func userhash(
        username: Span<UInt8>, realm: Span<UInt8>, hash: any MessageHash
    ) -> [UInt8] {
        let text = joined(username, realm, nil)
        return digest(length: 32) { space in hash.sha256(text.span, into: &space) }
    }

    private static func digest(
        length: Int, _ fill: (inout MutableSpan<UInt8>) -> Void
    ) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: length)
        var space = digest.mutableSpan
        fill(&space)
        return digest
    }

    private static func joined(
        _ first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>?
    ) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(first.count + second.count + (third?.count ?? 0) + 2)
        append(first, to: &text)
        text.append(UInt8(ascii: ":"))
        append(second, to: &text)
        if let third {
            text.append(UInt8(ascii: ":"))
            append(third, to: &text)
        }
        return text
    }

    private static func append(_ part: Span<UInt8>, to text: inout [UInt8]) {
        for position in 0..<part.count { text.append(part[position]) }
    }
}
