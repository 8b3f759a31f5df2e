// The standard library normalises strings for its comparisons, but shows the result only here.
@_spi(_Unicode) import Swift

/// The profile that user names, realms and passwords of STUN have to be in (RFC 8265 §4.2, asked
/// for by RFC 8489 §9.2.2, §14.3 and §14.9).
///
/// Senders enforce it, so that both sides hash the same bytes; a server does it once, to the names
/// in its configuration, and compares what it receives byte by byte. What is not done: the rules
/// that look at the neighbours of a code point (RFC 5892 §A); such code points pass, except the
/// two joiners, which are refused.
package enum OpaqueString {
    /// Why a text cannot be a user name, a realm or a password.
    package enum Violation: Error, Hashable, Sendable {
        case empty
        /// More bytes of UTF-8 than the attribute may have.
        case tooLong(limit: Int)
        /// A control, an invisible or an unassigned code point, or the like.
        case disallowed(Unicode.Scalar)
    }

    /// RFC 8489 §14.3: fewer than 509 bytes. Passwords never travel; they get the same bound.
    package static var maximumLength: Int { 508 }

    /// The text as both sides must hash it: spaces of all kinds become the ASCII one, the rest is
    /// in normalisation form C.
    package static func enforce(_ text: String) throws(Violation) -> String {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= maximumLength else { throw .tooLong(limit: maximumLength) }
        for scalar in text.unicodeScalars where !isAllowed(scalar) { throw .disallowed(scalar) }
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        // RFC 8265 §4.2.1: mapping of spaces first, normalisation last.
        let spaced = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map {
                    $0.properties.generalCategory == .spaceSeparator ? " " : $0
                }))
        let result = String(String.UnicodeScalarView(spaced._nfc))
        guard result.utf8.count <= maximumLength else { throw .tooLong(limit: maximumLength) }
        return result
    }

    /// Whether the FreeformClass has a place for `scalar` (RFC 8264 §4.3, §9).
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20...0x7E).contains(scalar.value) }
        let properties = scalar.properties
        guard !properties.isDefaultIgnorableCodePoint, !properties.isNoncharacterCodePoint,
            !isOldHangulJamo(scalar), !exceptions.contains(scalar.value)
        else { return false }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            return false
        default:
            return true
        }
    }

    /// RFC 5892 §2.9: conjoining jamo, which only spell what has a code point of its own.
    private static func isOldHangulJamo(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x11FF, 0xA960...0xA97C, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB: true
        default: false
        }
    }

    /// RFC 5892 §2.6: refused though their category would pass.
    private static let exceptions: Set<UInt32> = [
        0x0640, 0x07FA, 0x302E, 0x302F, 0x3031, 0x3032, 0x3033, 0x3034, 0x3035, 0x303B,
    ]
}
