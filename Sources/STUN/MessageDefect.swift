/// Why bytes are no STUN message that may be answered; the raw value is the metric label.
///
/// RFC 8489 §6.3: a message with any of these is dropped without a reply.
package enum MessageDefect: String, Error, Sendable, CaseIterable {
    /// Fewer bytes than a header.
    case tooShort = "too-short"
    /// One of the two top bits is set, or the type names no method that we know.
    case unknownType = "unknown-type"
    /// The length field is no multiple of four, or not the number of bytes that follow.
    case badLength = "bad-length"
    /// An attribute's length runs past the end of the message.
    case attributeOverrun = "attribute-overrun"
    /// MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256 or FINGERPRINT of a size that it cannot have.
    case badIntegrityLength = "bad-integrity-length"
    /// FINGERPRINT does not match, or is not the last attribute (RFC 8489 §14.7).
    case badFingerprint = "bad-fingerprint"
}

/// An attribute whose value does not have the form its definition asks for.
///
/// RFC 8656 answers it with 400 where it is part of a request; indications are dropped.
package struct MalformedAttribute: Error, Hashable, Sendable {
    package let type: AttributeType

    package init(_ type: AttributeType) { self.type = type }
}
