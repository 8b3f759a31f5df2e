import HTTP
import Testing

/// A stream of frames that breaks a rule.
struct BadFrames: Sendable, CustomTestStringConvertible {
    let failure: WebSocketFailure
    let bytes: [UInt8]
    let testDescription: String

    init(_ failure: WebSocketFailure, _ what: String, _ frames: Frame...) {
        self.failure = failure
        bytes = frames.flatMap(\.bytes)
        testDescription = "\(failure.rawValue): \(what)"
    }
}

private let badFrames: [BadFrames] = [
    BadFrames(.reservedBits, "the lowest", Frame(1, [65], reserved: 1)),
    BadFrames(.reservedBits, "the middle one of a Ping", Frame(9, [65], reserved: 2)),
    BadFrames(.reservedBits, "the highest of a Close", Frame(8, reserved: 4)),
    BadFrames(.reservedBits, "of a later frame", .text("a"), Frame(2, [65], reserved: 7)),
    BadFrames(.reservedOpcode, "3", Frame(3)),
    BadFrames(.reservedOpcode, "4 with payload", Frame(4, [1, 2, 3])),
    BadFrames(.reservedOpcode, "5 behind a message", .text("a"), Frame(5)),
    BadFrames(.reservedOpcode, "6", Frame(6)),
    BadFrames(.reservedOpcode, "7", Frame(7)),
    BadFrames(.reservedOpcode, "11", Frame(11)),
    BadFrames(.reservedOpcode, "12 with payload", Frame(12, [1])),
    BadFrames(.reservedOpcode, "13", Frame(13)),
    BadFrames(.reservedOpcode, "14", Frame(14)),
    BadFrames(.reservedOpcode, "15 inside a message", .text("a", isFinal: false), Frame(15)),
    BadFrames(.unmasked, "text", Frame(1, [65], isMasked: false)),
    BadFrames(.unmasked, "an empty Ping", Frame(9, isMasked: false)),
    BadFrames(.lengthEncoding, "125 in two bytes", Frame(2, bytes(125), lengthBytes: 2)),
    BadFrames(.lengthEncoding, "0 in two bytes", Frame(2, lengthBytes: 2)),
    BadFrames(.lengthEncoding, "126 in eight bytes", Frame(2, bytes(126), lengthBytes: 8)),
    BadFrames(.lengthEncoding, "65,535 in eight bytes", Frame(2, bytes(65_535), lengthBytes: 8)),
    BadFrames(.fragmentedControl, "Ping", Frame(9, isFinal: false)),
    BadFrames(.fragmentedControl, "Pong", Frame(10, [1], isFinal: false)),
    BadFrames(.fragmentedControl, "Close", Frame(8, isFinal: false)),
    BadFrames(.longControl, "Ping of 126", Frame(9, bytes(126))),
    BadFrames(.longControl, "Close of 126", Frame(8, [3, 232] + bytes(124))),
    BadFrames(.longControl, "Pong with a long length of 1", Frame(10, [1], lengthBytes: 2)),
    BadFrames(.nothingToContinue, "at the start", .continuation("a")),
    BadFrames(.nothingToContinue, "not final", .continuation("a", isFinal: false)),
    BadFrames(.nothingToContinue, "behind a whole message", .text("a"), .continuation("b")),
    BadFrames(
        .nothingToContinue, "behind a message in parts", .text("a", isFinal: false),
        .continuation("b"), .continuation("c")),
    BadFrames(
        .unfinishedMessage, "text in text", .text("a", isFinal: false), .text("b")),
    BadFrames(
        .unfinishedMessage, "binary behind a Ping in text", .text("a", isFinal: false), Frame(9),
        Frame(2, [1])),
    BadFrames(.malformedClose, "one byte", Frame(8, [3])),
    BadFrames(.invalidCloseReason, "not UTF-8", Frame(8, [3, 232, 0xFF])),
    BadFrames(.invalidCloseReason, "cut inside a character", Frame(8, [3, 232, 0xE2, 0x82])),
]

private func bytes(_ count: Int) -> [UInt8] { Array(repeating: 0x61, count: count) }

@Suite struct WebSocketFrameReaderTests {
    @Test(arguments: badFrames) func failsWithTheCodeOfTheRule(_ sample: BadFrames) throws {
        for step in [1, 3, Int.max] {
            let talk = Talk()
            talk.receive(sample.bytes, step: step)
            #expect(talk.failure == sample.failure, "in steps of \(step)")
            let last = try #require(talk.frames?.last)
            let code = sample.failure.closeCode.rawValue
            #expect(last.opcode == 8)
            #expect(last.payload.starts(with: [UInt8(code >> 8), UInt8(code & 0xFF)]))
            #expect(last.payload.dropFirst(2).elementsEqual(sample.failure.rawValue.utf8))
        }
    }

    /// What is wrong in the first two bytes is told before a third came.
    @Test func failsBeforeThePayload() {
        for frame in [
            Frame(1, [65], reserved: 1), Frame(3, [65]), Frame(9, [65], isFinal: false),
            Frame(1, [65], isMasked: false), Frame(9, bytes(126)),
        ] {
            let talk = Talk()
            talk.receive(Array(frame.bytes.prefix(2)))
            #expect(talk.failure != nil, "\(frame)")
        }
    }

    @Test(arguments: [0, 1, 125, 126, 127, 128, 65_535, 65_536])
    func readsAndWritesEveryLengthForm(_ count: Int) throws {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for step in [1, 2, 1_000, Int.max] where step > 1 || count < 1_000 {
            let talk = Talk()
            talk.answer = { $0 }
            talk.receive(Frame(2, payload), step: step)
            #expect(talk.messages == [WebSocketMessage(.binary, payload)])
            #expect(talk.frames == [Frame(2, payload, isMasked: false)])
            let isLong = count > 65_535
            #expect(talk.output.count == count + (count < 126 ? 2 : isLong ? 10 : 4))
        }
    }

    @Test func refusesALengthWithTheHighestBit() {
        let talk = Talk()
        talk.receive([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
        #expect(talk.failure == .lengthEncoding)
    }

    @Test func judgesASizeByWhatTheHeaderAnnounces() {
        let talk = Talk()
        talk.receive([0x82, 0xFF, 0, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4])
        #expect(talk.failure == .messageTooBig)
        #expect(talk.failure?.closeCode == .messageTooBig)
        let huge = Talk()
        huge.receive([0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4])
        #expect(huge.failure == .messageTooBig)
    }

    @Test func boundsAMessageInParts() {
        var limits = WebSocketLimits()
        limits.messageBytesMax = 10
        let talk = Talk(limits: limits)
        talk.receive(.text("12345", isFinal: false), .continuation("67890"))
        #expect(talk.messages.map(\.text) == ["1234567890"])
        talk.receive(.text("12345", isFinal: false), .continuation("6", isFinal: false))
        #expect(talk.failure == nil)
        talk.receive(.continuation("78901"))
        #expect(talk.failure == .messageTooBig)
    }

    @Test func boundsTheFramesOfAMessage() {
        var limits = WebSocketLimits()
        limits.messageFramesMax = 3
        let talk = Talk(limits: limits)
        let begun = Frame.text("", isFinal: false)
        let more = Frame.continuation("", isFinal: false)
        talk.receive(begun, more, Frame(9), Frame(9), .continuation("a"))
        #expect(talk.messages.map(\.text) == ["a"])
        talk.receive(begun, more, more)
        #expect(talk.failure == nil)
        talk.receive(.continuation("a"))
        #expect(talk.failure == .tooManyFrames)
        #expect(talk.failure?.closeCode == .policyViolation)
    }

    @Test func putsFragmentsTogetherAroundControlFrames() {
        for step in [1, Int.max] {
            let talk = Talk()
            talk.receive(
                .text("a", isFinal: false), Frame(9, [1]), .continuation("", isFinal: false),
                Frame(10), .continuation("b", isFinal: false), Frame(9, [2]), .continuation("c"),
                Frame(2, [7], isFinal: false), Frame(0), step: step)
            #expect(
                talk.messages == [WebSocketMessage(text: "abc"), WebSocketMessage(.binary, [7])])
            #expect(
                talk.frames == [Frame(10, [1], isMasked: false), Frame(10, [2], isMasked: false)])
        }
    }

    @Test(arguments: [999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535, 0])
    func refusesACodeThatNoFrameMayCarry(_ code: UInt16) {
        let talk = Talk()
        talk.receive(.close(code))
        #expect(talk.failure == .invalidCloseCode)
        #expect(talk.failure?.closeCode == .protocolError)
    }

    @Test(arguments: [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4999,
    ])
    func confirmsACodeWithTheSame(_ code: UInt16) {
        let talk = Talk()
        talk.receive(.close(code, "why \u{e4}"))
        #expect(
            talk.end == .closedByPeer(WebSocketCloseCode(rawValue: code), reason: "why \u{e4}"))
        var confirmation = Frame.close(code)
        confirmation.isMasked = false
        #expect(talk.frames == [confirmation])
    }
}
