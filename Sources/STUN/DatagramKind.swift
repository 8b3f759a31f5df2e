/// What a datagram is, judged by its first byte alone (RFC 7983 §7, RFC 8656 §12).
@frozen @usableFromInline
package enum DatagramKind: UInt8, Sendable {
    case stun
    case dtls
    case channelData
    case unknown
}

/// Tells the protocols on one UDP port apart.
///
/// 0-3 STUN, 20-63 DTLS, 64-79 ChannelData (RFC 8656 §12 ends the range at 0x4FFF); the rest,
/// 80-127 of the reserved channel numbers included, is nothing we serve.
@inlinable @inline(__always)
package func classify(_ firstByte: UInt8) -> DatagramKind {
    switch firstByte {
    case 0...3: .stun
    case 20...63: .dtls
    case 64...79: .channelData
    default: .unknown
    }
}
