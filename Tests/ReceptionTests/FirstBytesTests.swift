import Reception
import Testing

@Suite struct FirstBytesTests {
    private static let allocate: [UInt8] = [0x00, 0x03, 0x00, 0x08, 0x21, 0x12, 0xA4, 0x42]
    private static let response: [UInt8] = [0x01, 0x01, 0xFF, 0xFF, 0x21, 0x12, 0xA4, 0x42, 9]

    @Test(arguments: [allocate, response])
    func stunWaitsForItsCookie(bytes: [UInt8]) {
        for count in 0..<8 { #expect(classify(Array(bytes.prefix(count))) == .incomplete) }
        #expect(classify(bytes) == .stun)
        #expect(classify(bytes, isDecrypted: true) == .stun)
    }

    @Test func aWrongCookieEndsItAtItsFirstWrongByte() {
        for index in 4..<8 {
            var bytes = Self.allocate
            bytes[index] ^= 1
            #expect(classify(Array(bytes.prefix(index))) == .incomplete)
            #expect(classify(Array(bytes.prefix(index + 1))) == .unknown)
        }
    }

    @Test func tlsIsLookedForOnce() {
        #expect(classify([0x16]) == .incomplete)
        #expect(classify([0x16, 0x03]) == .tls)
        #expect(classify([0x16, 0x03, 0x01, 0x02]) == .tls)
        #expect(classify([0x16, 0xFE]) == .unknown)
        #expect(classify([0x16], isDecrypted: true) == .unknown)
    }

    @Test func aCapitalLetterIsHTTP() {
        for byte in UInt8.min...UInt8.max {
            let expected: FirstBytes =
                switch byte {
                case 0x41...0x5A: .http
                case 0x00, 0x01, 0x16: .incomplete
                default: .unknown
                }
            #expect(classify([byte]) == expected)
        }
    }

    @Test func whatWasAgreedExcludesTheOther() {
        #expect(classify(Self.allocate, isDecrypted: true, agreed: .stun) == .stun)
        #expect(classify(Self.allocate, isDecrypted: true, agreed: .http) == .unknown)
        #expect(classify([0x47], isDecrypted: true, agreed: .http) == .http)
        #expect(classify([0x47], isDecrypted: true, agreed: .stun) == .unknown)
        #expect(classify([0x00], isDecrypted: true, agreed: .stun) == .incomplete)
    }

    private func classify(
        _ bytes: [UInt8], isDecrypted: Bool = false,
        agreed: FirstBytes.ApplicationProtocol? = nil
    ) -> FirstBytes {
        FirstBytes.classify(bytes.span, isDecrypted: isDecrypted, agreed: agreed)
    }
}
