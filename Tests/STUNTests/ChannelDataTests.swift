import STUN
import Testing

@Suite struct ChannelDataTests {
    @Test(
        arguments: [
            ("40000000", 0x4000, 0), ("4fff0001 61", 0x4fff, 1), ("4001000361626300", 0x4001, 3),
            ("400100026162636465", 0x4001, 2),
        ] as [(String, UInt16, Int)])
    func readsWhatFits(_ text: String, _ channel: UInt16, _ length: Int) {
        let bytes = hex(text)
        let header = ChannelDataHeader.parse(datagram: bytes.span)
        #expect(header?.channel == channel)
        #expect(header?.dataLength == length)
    }

    @Test(arguments: [
        "", "40", "400000", "40000001", "40000004616263", "3fff0000",
        "50000000", "7fff0000", "00010000", "4000ffff",
    ])
    func dropsWhatDoesNot(_ text: String) {
        let bytes = hex(text)
        let header = ChannelDataHeader.parse(datagram: bytes.span)
        #expect(header == nil)
    }

    @Test func theLongestFrame() {
        let bytes = hex("4000ffff") + [UInt8](repeating: 1, count: 65_535)
        let header = ChannelDataHeader.parse(datagram: bytes.span)
        #expect(header?.dataLength == 65_535)
    }

    @Test func writesTheHeader() {
        #expect(ChannelDataHeader.word(channel: 0x4001, dataLength: 0x0102) == 0x4001_0102)
    }

    @Test func theFirstByteTellsProtocolsApart() {
        for byte in UInt8.min...UInt8.max {
            let expected: DatagramKind =
                switch byte {
                case 0, 1, 2, 3: .stun
                case _ where byte >= 20 && byte <= 63: .dtls
                case _ where byte >= 64 && byte <= 79: .channelData
                default: .unknown
                }
            #expect(classify(byte) == expected)
        }
    }
}
