/// Collects the header of one frame and judges each part of it as soon as it is there.
struct WebSocketHeaderReader: Sendable {
    private let isMasked: Bool
    private var bytes: InlineArray<14, UInt8> = .init(repeating: 0)
    private var count = 0
    /// How many bytes the header has; the first two say it.
    private var needed = 2

    /// `isMasked`: whether the peer is a client, which masks every frame (RFC 6455 §5.1).
    init(isMasked: Bool) { self.isMasked = isMasked }

    /// Takes bytes from `start` on up to the end of the header and returns it, then begins anew;
    /// nil while it is not complete.
    mutating func receive(
        _ input: Span<UInt8>, from start: inout Int
    ) throws(WebSocketFailure) -> WebSocketFrameHeader? {
        while start < input.count {
            bytes[count] = input[start]
            start += 1
            count += 1
            if count == 1 { try checkFirst() }
            if count == 2 { try checkSecond() }
            if count == needed { return try complete() }
        }
        return nil
    }

    private func checkFirst() throws(WebSocketFailure) {
        // RFC 6455 §5.2: without an extension that gives them a meaning these are zero.
        guard bytes[0] & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = WebSocketOpcode(rawValue: bytes[0] & 0x0F) else {
            throw .reservedOpcode
        }
        // §5.5: a control frame is never fragmented.
        guard !opcode.isControl || bytes[0] & 0x80 != 0 else { throw .fragmentedControl }
    }

    private mutating func checkSecond() throws(WebSocketFailure) {
        // RFC 6455 §5.1: a client masks, a server does not.
        guard (bytes[1] & 0x80 != 0) == isMasked else { throw isMasked ? .unmasked : .masked }
        let length = bytes[1] & 0x7F
        // §5.5: the opcodes from 8 on are those of control frames.
        guard bytes[0] & 8 == 0 || length <= WebSocketFrameHeader.controlBytesMax else {
            throw .longControl
        }
        needed = 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + (isMasked ? 4 : 0)
    }

    private mutating func complete() throws(WebSocketFailure) -> WebSocketFrameHeader {
        var length = UInt64(bytes[1] & 0x7F)
        var position = 2
        if length > 125 {
            let end = needed - (isMasked ? 4 : 0)
            let shortest: UInt64 = length == 126 ? 126 : 0x1_0000
            length = 0
            while position < end {
                length = length << 8 | UInt64(bytes[position])
                position += 1
            }
            // RFC 6455 §5.2: the fewest bytes, and the highest bit of eight is zero.
            guard length >= shortest, length <= UInt64(Int64.max) else { throw .lengthEncoding }
        }
        var mask: UInt32?
        if isMasked {
            var key: UInt32 = 0
            for index in 0..<4 { key |= UInt32(bytes[position + index]) << UInt32(8 * index) }
            mask = key
        }
        guard let opcode = WebSocketOpcode(rawValue: bytes[0] & 0x0F) else {
            throw .reservedOpcode
        }
        let header = WebSocketFrameHeader(
            isFinal: bytes[0] & 0x80 != 0, opcode: opcode, mask: mask, payloadLength: Int(length))
        count = 0
        needed = 2
        return header
    }
}
