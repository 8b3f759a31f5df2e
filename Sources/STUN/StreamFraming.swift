/// What the bytes at the front of a client's stream are.
@frozen @usableFromInline
package enum StreamFrame: BitwiseCopyable, Sendable, Equatable {
    /// More bytes are needed to tell, or to complete the frame.
    case incomplete
    /// A STUN message of so many bytes.
    case message(length: Int)
    /// ChannelData: `length` bytes of header and data, `padded` bytes until the next frame.
    case channelData(length: Int, padded: Int)
    /// No frame begins here, and nobody knows where one would: the stream must be closed.
    case invalid
}

/// Cuts a stream of STUN messages and ChannelData into frames (RFC 8656 §12.5, RFC 8489 §6.2.2).
///
/// It looks at the first eight bytes and keeps nothing, so that any segmentation of a stream
/// gives the same frames.
package enum StreamFraming {
    /// The largest frame in bytes: a STUN message whose length field is full; ChannelData ends at
    /// 65,540 with its padding. A buffer of this size never blocks a stream.
    @inlinable @inline(__always)
    package static var lengthMax: Int { 65_552 }

    /// Judges what stands at the front of `bytes`.
    ///
    /// - Parameter channelMax: the highest channel number there can be: 0x4FFF (RFC 8656 §12), or
    ///   0x7FFF for clients of RFC 5766 §11.
    @inlinable @inline(__always)
    package static func next(
        in bytes: Span<UInt8>, channelMax: UInt16 = 0x4FFF
    ) -> StreamFrame {
        guard bytes.count > 0 else { return .incomplete }
        // RFC 8656 §12.5: the two top bits tell the two kinds of frames apart.
        switch bytes[0] >> 6 {
        case 0: return message(bytes)
        case 1: return channelData(bytes, channelMax)
        default: return .invalid
        }
    }

    /// How long the frame at the front of `bytes` is, padding included; nil while too little of it
    /// is there to tell. The frame may be invalid all the same.
    package static func length(of bytes: Span<UInt8>) -> Int? {
        guard bytes.count >= ChannelDataHeader.length else { return nil }
        let content = Int(bytes.uint16(at: 2))
        guard bytes[0] >> 6 == 1 else { return StunFormat.headerLength + content }
        return (ChannelDataHeader.length + content + 3) & ~3
    }

    @inlinable @inline(__always)
    static func message(_ bytes: Span<UInt8>) -> StreamFrame {
        guard bytes.count >= 8 else { return .incomplete }
        // RFC 8489 §5. Without the cookie it is no STUN: RFC 3489 knew no streams (its §9).
        guard bytes.uint32(at: 4) == StunFormat.magicCookie else { return .invalid }
        let content = Int(bytes.uint16(at: 2))
        guard content & 3 == 0 else { return .invalid }
        let length = StunFormat.headerLength + content
        return bytes.count < length ? .incomplete : .message(length: length)
    }

    @inlinable @inline(__always)
    static func channelData(_ bytes: Span<UInt8>, _ channelMax: UInt16) -> StreamFrame {
        guard bytes.count >= ChannelDataHeader.length else { return .incomplete }
        guard bytes.uint16(at: 0) <= channelMax else { return .invalid }
        let length = ChannelDataHeader.length + Int(bytes.uint16(at: 2))
        // RFC 8656 §12.5: over a stream ChannelData is padded to a multiple of four.
        let padded = (length + 3) & ~3
        return bytes.count < padded
            ? .incomplete : .channelData(length: length, padded: padded)
    }
}
