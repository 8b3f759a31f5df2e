import STUN

/// The bytes of a stream that are no whole frame yet.
struct FrameBuffer: Sendable {
    enum Frame {
        case incomplete
        case whole([UInt8])
        case invalid
    }

    private var bytes: [UInt8] = []
    private var hasBegun = false

    mutating func append(_ more: Span<UInt8>) { bytes += TurnClient.array(more) }

    /// Takes the next frame, without its padding.
    mutating func next() -> Frame {
        // A server speaks first in answers: a channel's number there is the letter of another
        // protocol, such as HTTP.
        guard hasBegun || bytes.isEmpty || bytes[0] >> 6 == 0 else { return .invalid }
        switch StreamFraming.next(in: bytes.span) {
        case .incomplete: return .incomplete
        case .invalid: return .invalid
        case .message(let length): return .whole(take(length, of: length))
        case .channelData(let length, let padded): return .whole(take(length, of: padded))
        }
    }

    private mutating func take(_ count: Int, of length: Int) -> [UInt8] {
        hasBegun = true
        let frame = Array(bytes[..<count])
        bytes.removeFirst(length)
        return frame
    }
}
