/// What a frame is (RFC 6455 §5.2); every other number is reserved.
enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10

    /// §5.5: the control opcodes have the highest of the four bits.
    var isControl: Bool { rawValue & 8 != 0 }
}

/// The first 2 to 14 bytes of a frame (RFC 6455 §5.2).
struct WebSocketFrameHeader: Hashable, Sendable {
    /// §5.5: what a control frame may carry.
    static let controlBytesMax = 125
    /// Two bytes, a length of eight, a masking key of four.
    static let bytesMax = 14

    var isFinal = true
    var opcode: WebSocketOpcode
    /// The masking key, its first byte lowest; nil of an unmasked frame.
    var mask: UInt32?
    var payloadLength: Int

    /// Appends the frame to `output`, masked if `mask` is set.
    func append(_ payload: Span<UInt8>, to output: inout [UInt8]) {
        // Only the first time: a reservation for each of many small frames would copy all before.
        if output.isEmpty { output.reserveCapacity(Self.bytesMax + payload.count) }
        output.append((isFinal ? 0x80 : 0) | opcode.rawValue)
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        // §5.2: the length takes the fewest bytes that hold it.
        switch payloadLength {
        case ...Self.controlBytesMax: output.append(maskBit | UInt8(payloadLength))
        case ...0xFFFF:
            output.append(maskBit | 126)
            Self.append(UInt64(payloadLength), bytes: 2, to: &output)
        default:
            output.append(maskBit | 127)
            Self.append(UInt64(payloadLength), bytes: 8, to: &output)
        }
        if let mask { Self.append(UInt64(mask.byteSwapped), bytes: 4, to: &output) }
        output.append(payload, masked: mask ?? 0, from: 0)
    }

    private static func append(_ value: UInt64, bytes: Int, to output: inout [UInt8]) {
        for index in (0..<bytes).reversed() {
            output.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index)))
        }
    }
}

extension [UInt8] {
    /// Appends bytes masked or unmasked, which is the same (RFC 6455 §5.3): `offset` is where the
    /// first of them stands in the payload. Made room for first and written behind, and without a
    /// branch: the compiler turns such a loop into one over vectors, or a copy of the whole.
    mutating func append(_ payload: Span<UInt8>, masked mask: UInt32, from offset: Int) {
        let bits = UInt32(8 * (offset & 3))
        let turned = mask >> bits | mask << (32 - bits)
        let (first, second) = (
            UInt8(truncatingIfNeeded: turned), UInt8(truncatingIfNeeded: turned >> 8)
        )
        let third = UInt8(truncatingIfNeeded: turned >> 16)
        let fourth = UInt8(truncatingIfNeeded: turned >> 24)
        append(addingCapacity: payload.count) { output in
            let count = payload.count
            output.append(repeating: 0, count: count)
            var target = output.mutableSpan
            guard mask != 0 else {
                for index in 0..<count { target[index] = payload[index] }
                return
            }
            for index in 0..<count {
                // All ones where the place in the key is odd, and where it is one of the last two.
                let odd = UInt8(truncatingIfNeeded: index & 1) &* 0xFF
                let last = UInt8(truncatingIfNeeded: index >> 1 & 1) &* 0xFF
                let key =
                    ~last & (~odd & first | odd & second) | last & (~odd & third | odd & fourth)
                target[index] = payload[index] ^ key
            }
        }
    }
}
