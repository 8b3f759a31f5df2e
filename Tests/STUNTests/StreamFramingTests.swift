import Testing

@testable import STUN

struct StreamFramingTests {
    /// One frame of a stream: what it is and its bytes.
    private struct Frame: Equatable {
        var kind: StreamFrame
        var bytes: [UInt8]
    }

    private static func message(content: Int) -> [UInt8] {
        [0x00, 0x03, UInt8(content >> 8), UInt8(content & 0xff), 0x21, 0x12, 0xa4, 0x42]
            + (0..<12 + content).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    }

    private static func channelData(_ count: Int, channel: UInt16 = 0x4001) -> [UInt8] {
        [UInt8(channel >> 8), UInt8(channel & 0xff), UInt8(count >> 8), UInt8(count & 0xff)]
            + (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13) }
            // Padding may be anything.
            + [UInt8](repeating: 0xee, count: -count & 3)
    }

    /// Cuts `stream` as a reader does that gets it in parts of these sizes.
    private static func cut(_ stream: [UInt8], parts: (Int) -> Int) -> [Frame] {
        var frames: [Frame] = []
        var buffer: [UInt8] = []
        var offset = 0
        while offset < stream.count {
            let end = min(stream.count, offset + parts(offset))
            buffer += stream[offset..<end]
            offset = end
            loop: while true {
                let kind = StreamFraming.next(in: buffer.span)
                switch kind {
                case .incomplete: break loop
                case .message(let length), .channelData(_, let length):
                    frames.append(Frame(kind: kind, bytes: Array(buffer[..<length])))
                    buffer.removeFirst(length)
                case .invalid:
                    frames.append(Frame(kind: kind, bytes: []))
                    return frames
                }
            }
        }
        return frames
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func segmentationDoesNotMatter(seed: UInt64) {
        var state = seed
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let sent = (0..<20).map { _ in
            draw(2) == 0 ? Self.message(content: draw(40) * 4) : Self.channelData(draw(200))
        }
        let stream = sent.flatMap(\.self)
        let whole = Self.cut(stream) { _ in stream.count }
        #expect(whole.map(\.bytes) == sent)
        #expect(Self.cut(stream) { _ in 1 } == whole)
        #expect(Self.cut(stream) { _ in 1 + draw(90) } == whole)
    }

    @Test func everyPrefixOfAFrameIsIncomplete() {
        for frame in [Self.message(content: 8), Self.channelData(0), Self.channelData(5)] {
            for count in 0..<frame.count {
                let found = StreamFraming.next(in: frame.span.extracting(0..<count))
                #expect(found == .incomplete, "\(count) of \(frame.count)")
            }
        }
    }

    @Test(arguments: [(0, 4, 4), (1, 5, 8), (3, 7, 8), (4, 8, 8), (65_535, 65_539, 65_540)])
    func channelDataIsPaddedToFour(count: Int, length: Int, padded: Int) {
        let bytes = Self.channelData(count)
        let found = StreamFraming.next(in: bytes.span)
        #expect(found == .channelData(length: length, padded: padded))
        #expect(padded <= StreamFraming.lengthMax)
    }

    @Test func theLongestMessageIsAFrame() {
        let bytes = Self.message(content: 65_532)
        let found = StreamFraming.next(in: bytes.span)
        #expect(found == .message(length: 65_552))
        #expect(65_552 <= StreamFraming.lengthMax)
    }

    /// RFC 3489 knew no streams: without the cookie nothing is STUN here.
    @Test func aMessageWithoutCookieIsInvalid() {
        var bytes = Self.message(content: 0)
        for position in 4..<8 {
            bytes[position] ^= 1
            let found = StreamFraming.next(in: bytes.span)
            #expect(found == .invalid)
            bytes[position] ^= 1
        }
    }

    @Test(arguments: [1, 2, 3, 5, 65_533])
    func aMessageOfUnevenLengthIsInvalid(content: Int) {
        let bytes = Self.message(content: content)
        let found = StreamFraming.next(in: bytes.span)
        #expect(found == .invalid)
    }

    @Test func theTwoTopBitsMustBeKnown() {
        for first in UInt8(0x80)...0xff {
            let found = StreamFraming.next(in: [first].span)
            #expect(found == .invalid)
        }
    }

    @Test(arguments: [
        (UInt16(0x4000), true, true), (0x4fff, true, true), (0x5000, false, true),
        (0x7fff, false, true),
    ])
    func channelsEndWhereTheSettingsSay(channel: UInt16, isStandard: Bool, isHigh: Bool) {
        let bytes = Self.channelData(4, channel: channel)
        let frame = StreamFrame.channelData(length: 8, padded: 8)
        let standard = StreamFraming.next(in: bytes.span)
        let high = StreamFraming.next(in: bytes.span, channelMax: 0x7fff)
        #expect(standard == (isStandard ? frame : .invalid))
        #expect(high == (isHigh ? frame : .invalid))
    }
}
