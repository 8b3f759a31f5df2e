import Primitives
import STUN

/// The stream of a client: any bytes, however they are cut up, fall into the same frames.
final class StreamFramingSubject: FuzzSubject {
    private struct Reading: Equatable {
        var frames: [StreamFrame] = []
        var isBroken = false
        var rest = 0
    }

    func run(_ input: Span<UInt8>) {
        for channelMax in [0x4FFF, 0x7FFF] as [UInt16] {
            let whole = read(input, channelMax, step: max(input.count, 1))
            // Every step looks at all frames before it again: large inputs go in large steps.
            for step in [1 + input.count / 256, 7 + input.count / 64] {
                precondition(read(input, channelMax, step: step) == whole, "cut up, other frames")
            }
        }
    }

    private func read(_ input: Span<UInt8>, _ channelMax: UInt16, step: Int) -> Reading {
        var reading = Reading()
        var (start, end) = (0, 0)
        while end < input.count, !reading.isBroken {
            end = min(end + step, input.count)
            while let length = next(input, start..<end, channelMax, &reading) { start += length }
        }
        reading.rest = reading.isBroken ? 0 : end - start
        return reading
    }

    /// The bytes of one more frame at the front of `range`; nil when there is none.
    private func next(
        _ input: Span<UInt8>, _ range: Range<Int>, _ channelMax: UInt16, _ reading: inout Reading
    ) -> Int? {
        let bytes = input.extracting(range)
        let frame = StreamFraming.next(in: bytes, channelMax: channelMax)
        switch frame {
        case .incomplete:
            precondition(bytes.count < StreamFraming.lengthMax, "a frame that never ends")
            return nil
        case .invalid:
            reading.isBroken = true
            return nil
        case .message(let length):
            reading.frames.append(frame)
            precondition(length >= StunFormat.headerLength && length <= bytes.count, "its length")
            precondition(classify(bytes[0]) == .stun || bytes[0] > 3, "sorted as something else")
            _ = try? StunMessage(bytes.extracting(0..<length))
            return length
        case .channelData(let length, let padded):
            reading.frames.append(frame)
            precondition(padded & 3 == 0 && padded - length < 4 && length <= padded, "padding")
            precondition(padded <= bytes.count, "a frame before its last byte")
            let data = bytes.extracting(0..<length)
            if let header = ChannelDataHeader.parse(datagram: data) {
                precondition(header.dataLength + 4 == length, "another length as a datagram")
            }
            return padded
        }
    }
}
