extension StunMessage {
    /// Whether the message carries the integrity attribute of `algorithm` and it matches `key`.
    ///
    /// RFC 8489 §14.5 and §14.6: the tag covers everything in front of it, with a length field as
    /// if the message ended behind it. With both attributes present the SHA-256 one decides; that
    /// choice is the caller's (RFC 8489 §9.2.4).
    package func isAuthentic(under key: HMACKey, hash: any MessageHash) -> Bool {
        guard let place = valueRange(of: key.algorithm.attribute) else { return false }
        var tag = InlineArray<32, UInt8>(repeating: 0)
        var space = tag.mutableSpan
        Integrity.tag(
            of: bytes.extracting(0..<place.lowerBound - StunFormat.attributeHeaderLength),
            countedLength: place.upperBound - StunFormat.headerLength, key: key, hash: hash,
            into: &space)
        return hash.equal(
            tag.span.extracting(0..<key.algorithm.tagLength), bytes.extracting(place))
    }

    /// True without a FINGERPRINT; else whether it matches (RFC 8489 §14.7).
    package var hasValidFingerprint: Bool {
        guard let place = valueRange(of: .fingerprint) else { return true }
        let covered = place.lowerBound - StunFormat.attributeHeaderLength
        return bytes.uint32(at: place.lowerBound)
            == CRC32.checksum(bytes.extracting(0..<covered)) ^ CRC32.fingerprintMask
    }
}

/// The keyed hash over a message that is not complete yet.
enum Integrity {
    /// Writes the tag over `covered`, whose length field is taken to be `countedLength`.
    static func tag(
        of covered: Span<UInt8>, countedLength: Int, key: HMACKey, hash: any MessageHash,
        into tag: inout MutableSpan<UInt8>
    ) {
        // The header is copied to patch its length; the rest is hashed where it lies.
        var header = InlineArray<20, UInt8>(repeating: 0)
        for position in 0..<StunFormat.headerLength { header[position] = covered[position] }
        header[2] = UInt8(truncatingIfNeeded: countedLength >> 8)
        header[3] = UInt8(truncatingIfNeeded: countedLength)
        hash.hmac(
            key, header.span, covered.extracting(StunFormat.headerLength...), into: &tag)
    }
}
