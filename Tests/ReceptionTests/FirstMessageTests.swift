import Reception
import Testing

@Suite struct FirstMessageTests {
    @Test func aConnectionBindNamesItsConnection() {
        let bytes = message(0x000B, [0x00, 0x2A, 0x00, 0x04, 0x12, 0x34, 0x56, 0x78])
        for count in 0..<bytes.count {
            #expect(FirstMessage.read(Array(bytes.prefix(count)).span) == .incomplete)
        }
        #expect(FirstMessage.read(bytes.span) == .bind(0x1234_5678))
        #expect(FirstMessage.read((bytes + [1, 2, 3]).span) == .bind(0x1234_5678))
    }

    @Test func everythingElseMayGoAnywhere() {
        #expect(FirstMessage.read(message(0x0003, []).span) == .other)
        // A response of that method, no CONNECTION-ID, one of a wrong length.
        #expect(FirstMessage.read(message(0x010B, []).span) == .other)
        #expect(FirstMessage.read(message(0x000B, []).span) == .other)
        let short: [UInt8] = [0x00, 0x2A, 0x00, 0x02, 0x12, 0x34, 0, 0]
        #expect(FirstMessage.read(message(0x000B, short).span) == .other)
    }

    @Test func aVeryLongOneIsNotWaitedFor() {
        let filler: [UInt8] = [0x80, 0x22, 0x07, 0xEC] + [UInt8](repeating: 0x61, count: 2028)
        let longest = Array(filler.dropLast(4))
        var fits = longest
        fits[2] = UInt8((longest.count - 4) >> 8)
        fits[3] = UInt8((longest.count - 4) & 0xFF)
        #expect(FirstMessage.read(message(0x000B, fits).prefix(30)) == .incomplete)
        #expect(FirstMessage.read(message(0x000B, filler).prefix(30)) == .other)
    }

    private func message(_ type: UInt16, _ attributes: [UInt8]) -> [UInt8] {
        [UInt8(type >> 8), UInt8(type & 0xFF)]
            + [UInt8(attributes.count >> 8), UInt8(attributes.count & 0xFF)]
            + [0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12) + attributes
    }
}

extension FirstMessage {
    fileprivate static func read(_ bytes: ArraySlice<UInt8>) -> FirstMessage {
        read(Array(bytes).span)
    }
}
