import STUN

/// What a stream speaks, judged once by how it begins (RFC 7983 §7 for the ranges; RFC 9443 §3).
///
/// Several protocols share one listener, so the client's first bytes decide: a TLS handshake, a
/// STUN message with its cookie, or the capital letter of an HTTP method. ChannelData cannot open
/// a connection; its range overlaps the letters.
package enum FirstBytes: Hashable, Sendable {
    /// More bytes are needed.
    case incomplete
    case tls
    case stun
    case http
    /// Nothing that is served here: close.
    case unknown

    /// How many bytes decide at the latest: up to the end of STUN's cookie (RFC 8489 §5).
    package static var lengthMax: Int { 8 }

    /// The two application protocols that TLS may agree on (RFC 7443 §3, RFC 7301 §6).
    package enum ApplicationProtocol: String, Hashable, Sendable {
        case stun = "stun.turn"
        case http = "http/1.1"
    }

    /// Judges everything that came so far.
    ///
    /// - Parameters:
    ///   - isDecrypted: the bytes come out of TLS, where no second TLS is looked for.
    ///   - agreed: what ALPN chose; the other protocol is then refused (RFC 7301 §3.2).
    package static func classify(
        _ bytes: Span<UInt8>, isDecrypted: Bool, agreed: ApplicationProtocol? = nil
    ) -> FirstBytes {
        guard bytes.count > 0 else { return .incomplete }
        let found: FirstBytes =
            switch bytes[0] {
            case 0x00, 0x01: classifyMessage(bytes)
            case 0x16 where !isDecrypted: classifyRecord(bytes)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): .http
            default: .unknown
            }
        switch (found, agreed) {
        case (.stun, .http), (.http, .stun): return .unknown
        default: return found
        }
    }

    /// A handshake record of version 3.x (RFC 8446 §5.1).
    private static func classifyRecord(_ bytes: Span<UInt8>) -> FirstBytes {
        guard bytes.count > 1 else { return .incomplete }
        return bytes[1] == 0x03 ? .tls : .unknown
    }

    /// A message is STUN once its cookie is there (RFC 8489 §5); the first byte of it that is
    /// wrong ends the question.
    private static func classifyMessage(_ bytes: Span<UInt8>) -> FirstBytes {
        for index in 4..<max(4, min(bytes.count, lengthMax)) {
            let shift = UInt32(8 * (7 - index))
            guard bytes[index] == UInt8(truncatingIfNeeded: StunFormat.magicCookie >> shift) else {
                return .unknown
            }
        }
        return bytes.count < lengthMax ? .incomplete : .stun
    }
}
