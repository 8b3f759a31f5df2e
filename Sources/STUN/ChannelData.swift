/// The four bytes in front of relayed data on a channel (RFC 8656 §12.4).
@frozen @usableFromInline
package struct ChannelDataHeader: BitwiseCopyable, Sendable {
    /// The size of the header in bytes.
    @inlinable @inline(__always)
    package static var length: Int { 4 }

    /// 0x4000...0x4FFF.
    @usableFromInline package var channel: UInt16
    /// The bytes of application data, padding left out.
    @usableFromInline package var dataLength: Int

    @inlinable @inline(__always)
    init(channel: UInt16, dataLength: Int) {
        self.channel = channel
        self.dataLength = dataLength
    }

    /// Reads the header of a datagram; nil when it must be dropped.
    ///
    /// RFC 8656 §12.4: over UDP, bytes behind the data are padding and ignored; a datagram
    /// shorter than its length field is dropped. §12: channel numbers end at 0x4FFF.
    @inlinable @inline(__always)
    package static func parse(datagram: Span<UInt8>) -> ChannelDataHeader? {
        guard datagram.count >= length else { return nil }
        let channel = datagram.uint16(at: 0)
        let dataLength = Int(datagram.uint16(at: 2))
        guard isChannel(channel), dataLength <= datagram.count - length else { return nil }
        return ChannelDataHeader(channel: channel, dataLength: dataLength)
    }

    /// Whether a channel may have this number (RFC 8656 §12).
    @inlinable @inline(__always)
    package static func isChannel(_ number: UInt16) -> Bool { number & 0xF000 == 0x4000 }

    /// The header as one number whose big-endian bytes go on the wire.
    @inlinable @inline(__always)
    package static func word(channel: UInt16, dataLength: Int) -> UInt32 {
        UInt32(channel) << 16 | UInt32(truncatingIfNeeded: dataLength) & 0xFFFF
    }
}
