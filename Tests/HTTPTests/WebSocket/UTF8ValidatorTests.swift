import HTTP
import Testing

/// Bytes, and where they stop being the beginning of any text.
struct TextSample: Sendable, CustomTestStringConvertible {
    enum Verdict: Sendable, Equatable {
        case whole
        case cut
        /// The byte at this place cannot follow those before it.
        case wrong(at: Int)
    }

    let bytes: [UInt8]
    let verdict: Verdict

    init(_ bytes: [UInt8], _ verdict: Verdict) {
        self.bytes = bytes
        self.verdict = verdict
    }

    var testDescription: String {
        bytes.map { String($0, radix: 16) }.joined(separator: " ") + ": \(verdict)"
    }
}

private let wholeTexts: [TextSample] =
    [
        "", "hello", "\u{0}", "\u{7f}", "\u{80}", "\u{7ff}", "\u{800}", "\u{d7ff}", "\u{e000}",
        "\u{fffd}", "\u{ffff}", "\u{10000}", "\u{10ffff}", "hello\u{a2}world", "hello\u{20ac}world",
        "hello\u{24b62}world", "\u{3ba}\u{1f79}\u{3c3}\u{3bc}\u{3b5}", "Gr\u{fc}\u{df}e \u{1f44d}",
        // Not characters, and text all the same; then the specials.
        "\u{fffe}", "\u{fff9}", "\u{fffa}", "\u{fffb}", "\u{fffc}",
        "\u{1fffe}", "\u{1ffff}", "\u{2fffe}", "\u{3ffff}", "\u{7fffe}", "\u{8ffff}", "\u{cfffe}",
        "\u{fffff}", "\u{10fffe}", "\u{feff}", "\u{202e}",
    ].map { TextSample(Array($0.utf8), .whole) }
    + [
        TextSample([0xEF, 0xB7, 0x90], .whole), TextSample([0xEF, 0xB7, 0xAF], .whole),
    ]

private let wrongTexts: [TextSample] = [
    // Continuation bytes without a beginning.
    TextSample([0x80], .wrong(at: 0)), TextSample([0xBF], .wrong(at: 0)),
    TextSample([0x41, 0x80, 0xBF], .wrong(at: 1)), TextSample([0xC2, 0x80, 0x80], .wrong(at: 2)),
    TextSample([0xE2, 0x82, 0xAC, 0x80], .wrong(at: 3)),
    // A beginning, and something else behind it.
    TextSample([0xC3, 0x20], .wrong(at: 1)), TextSample([0xE2, 0x20], .wrong(at: 1)),
    TextSample([0xE2, 0x82, 0x20], .wrong(at: 2)), TextSample([0xF0, 0x9F, 0x20], .wrong(at: 2)),
    TextSample([0xF0, 0x9F, 0x91, 0x20], .wrong(at: 3)), TextSample([0xC3, 0xC3], .wrong(at: 1)),
    TextSample([0xDF, 0xEF, 0xBF], .wrong(at: 1)), TextSample([0xEF, 0xBF, 0xC3], .wrong(at: 2)),
    // Bytes of no text: five and six byte forms, numbers beyond the last, marks of UTF-16.
    TextSample([0xF5], .wrong(at: 0)), TextSample([0xF7, 0xBF, 0xBF, 0xBF], .wrong(at: 0)),
    TextSample([0xF8, 0x88, 0x80, 0x80, 0x80], .wrong(at: 0)),
    TextSample([0xFB, 0xBF, 0xBF, 0xBF, 0xBF], .wrong(at: 0)),
    TextSample([0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], .wrong(at: 0)),
    TextSample([0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF], .wrong(at: 0)),
    TextSample([0xFE], .wrong(at: 0)), TextSample([0xFF], .wrong(at: 0)),
    TextSample([0xFE, 0xFE, 0xFF, 0xFF], .wrong(at: 0)),
    TextSample([0xF4, 0x90, 0x80, 0x80], .wrong(at: 1)),
    // Longer spellings: of a slash, of the last number of each length, of zero.
    TextSample([0xC0, 0xAF], .wrong(at: 0)), TextSample([0xE0, 0x80, 0xAF], .wrong(at: 1)),
    TextSample([0xF0, 0x80, 0x80, 0xAF], .wrong(at: 1)), TextSample([0xC1, 0xBF], .wrong(at: 0)),
    TextSample([0xE0, 0x9F, 0xBF], .wrong(at: 1)),
    TextSample([0xF0, 0x8F, 0xBF, 0xBF], .wrong(at: 1)), TextSample([0xC0, 0x80], .wrong(at: 0)),
    TextSample([0xE0, 0x80, 0x80], .wrong(at: 1)),
    TextSample([0xF0, 0x80, 0x80, 0x80], .wrong(at: 1)),
    // Halves of UTF-16 pairs, alone and together.
    TextSample([0xED, 0xA0, 0x80], .wrong(at: 1)), TextSample([0xED, 0xAD, 0xBF], .wrong(at: 1)),
    TextSample([0xED, 0xAE, 0x80], .wrong(at: 1)), TextSample([0xED, 0xAF, 0xBF], .wrong(at: 1)),
    TextSample([0xED, 0xB0, 0x80], .wrong(at: 1)), TextSample([0xED, 0xBF, 0xBF], .wrong(at: 1)),
    TextSample([0x61, 0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80], .wrong(at: 2)),
    TextSample(Array("\u{3ba}\u{1f79}".utf8) + [0xED, 0xA0, 0x80, 0x65], .wrong(at: 6)),
    TextSample(Array("\u{3ba}\u{1f79}".utf8) + [0xF4, 0x90, 0x80, 0x80], .wrong(at: 6)),
]

private let cutTexts: [TextSample] = [
    TextSample([0xC2], .cut), TextSample([0xDF], .cut), TextSample([0xE0], .cut),
    TextSample([0xE0, 0xA0], .cut), TextSample([0xED, 0x9F], .cut), TextSample([0xEF, 0xBF], .cut),
    TextSample([0xF0], .cut), TextSample([0xF0, 0x90], .cut), TextSample([0xF0, 0x90, 0x80], .cut),
    TextSample([0xF4, 0x8F, 0xBF], .cut), TextSample([0x61, 0xE2, 0x82], .cut),
]

@Suite struct UTF8ValidatorTests {
    /// As one final frame.
    @Test(arguments: wholeTexts + wrongTexts + cutTexts)
    func judgesAWholeMessage(_ sample: TextSample) {
        let talk = Talk()
        talk.receive(Frame(1, sample.bytes))
        if sample.verdict == .whole {
            #expect(talk.messages == [WebSocketMessage(.text, sample.bytes)])
        } else {
            #expect(talk.failure == .invalidText)
            #expect(talk.failure?.closeCode == .invalidPayload)
        }
    }

    /// As one frame for each byte, and as one frame that comes byte by byte: in both the first
    /// wrong byte is told, none before, and a cut is told at the end.
    @Test(arguments: wholeTexts + wrongTexts + cutTexts)
    func failsAtTheFirstWrongByte(_ sample: TextSample) {
        let inFrames = Talk()
        inFrames.receive(Frame(1, isFinal: false))
        let inOne = Talk()
        let bytes = Frame(1, sample.bytes).bytes
        inOne.receive(Array(bytes.dropLast(sample.bytes.count)))
        for (index, byte) in sample.bytes.enumerated() {
            inFrames.receive(Frame(0, [byte], isFinal: false))
            #expect((inFrames.failure != nil) == (sample.isWrong(by: index)), "at \(index)")
            inOne.receive([bytes[bytes.count - sample.bytes.count + index]])
            let isCut = sample.verdict == .cut && index == sample.bytes.count - 1
            #expect((inOne.failure != nil) == (isCut || sample.isWrong(by: index)), "at \(index)")
        }
        #expect(inOne.messages.isEmpty == (sample.verdict != .whole))
        inFrames.receive(Frame(0))
        #expect((inFrames.failure == .invalidText) == (sample.verdict != .whole))
    }

    /// The library's own judge over every two bytes, alone and at the start of a longer form.
    @Test func agreesWithTheLibraryOnEveryTwoBytes() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                for rest: [UInt8] in [[], [0x80], [0x80, 0x80]] {
                    let bytes = [first, second] + rest
                    let talk = Talk()
                    talk.receive(Frame(1, bytes))
                    let isText = String(validating: bytes, as: UTF8.self) != nil
                    #expect((talk.failure == nil) == isText, "\(bytes)")
                }
            }
        }
    }

    @Test func binaryIsNotText() {
        let talk = Talk()
        talk.receive(Frame(2, [0xFF, 0xC0]))
        #expect(talk.messages == [WebSocketMessage(.binary, [0xFF, 0xC0])])
        #expect(talk.messages[0].text == nil)
    }
}

extension TextSample {
    fileprivate func isWrong(by index: Int) -> Bool {
        if case .wrong(let place) = verdict { index >= place } else { false }
    }
}
