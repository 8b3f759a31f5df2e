import Crypto
import Primitives
import STUN
import Testing

@Suite struct MessageWriterTests {
    private let id = TransactionID(random: 0x01020304_05060708_090a0b0c)

    private var key: HMACKey {
        let secret = Array("secret".utf8)
        return OpenSSLHash().hmacKey(.sha1, secret.span)
    }

    @Test func paddingIsZeroWhateverTheBufferHeld() {
        let bytes = written(.init(.binding, .request), id) { $0.append(.software, text: "a") }
        #expect(bytes == message("80220001 61000000"))
    }

    @Test func writesAtAnOffsetAndLeavesTheRestAlone() {
        var buffer = [UInt8](repeating: 0xEE, count: 40)
        var writer = MessageWriter(.init(.binding, .request), id, into: buffer.mutableSpan, at: 8)
        writer.append(.dontFragment)
        let count = writer.finish()
        #expect(count == 24)
        #expect(Array(buffer[8..<32]) == message("001a0000"))
        #expect(buffer[..<8].allSatisfy { $0 == 0xEE } && buffer[32...].allSatisfy { $0 == 0xEE })
    }

    @Test func whatDoesNotFitIsNeverCut() {
        let whole = written(.init(.allocate, .error), id, capacity: 200) { fill(&$0) }
        #expect(whole.count > 60)
        for capacity in 0..<whole.count {
            let bytes = written(.init(.allocate, .error), id, capacity: capacity) { fill(&$0) }
            #expect(bytes.isEmpty, "capacity \(capacity)")
        }
        let exact = written(.init(.allocate, .error), id, capacity: whole.count) { fill(&$0) }
        #expect(exact == whole)
    }

    private func fill(_ writer: inout MessageWriter) {
        writer.append(.unauthenticated, reason: true)
        writer.append(.realm, text: "example.org")
        writer.appendIntegrity(key, hash: OpenSSLHash())
        writer.appendFingerprint()
    }

    @Test func noMessageOutgrowsItsLengthField() {
        let value = [UInt8](repeating: 1, count: 40_000)
        let bytes = written(.init(.data, .indication), id, capacity: 100_000) {
            $0.append(.data, bytes: value)
            $0.append(.data, bytes: value)
        }
        #expect(bytes.isEmpty)
    }

    @Test func writesErrorCodes() throws {
        let short = written(.init(.allocate, .error), id) { $0.append(.staleNonce, reason: false) }
        #expect(short == message("00090004 00000426", type: 0x0113))
        let long = written(.init(.allocate, .error), id) {
            $0.append(.tryAlternate, reason: true)
            $0.append(.addressFamilyNotSupported, family: .ipv6, reason: false)
        }
        try reading(long) { message in
            let text = message.text(of: .errorCode)?.dropFirst(4)
            let code = try message.errorCode()
            let second = try message.addressErrorCode()
            #expect(text == "Try Alternate")
            #expect(code == 300)
            #expect(second?.family == 2)
            #expect(second?.code == 440)
        }
    }

    @Test(arguments: ErrorCode.allCases) func everyErrorCodeIsReadBack(_ code: ErrorCode) throws {
        let bytes = written(.init(.allocate, .error), id) { $0.append(code, reason: true) }
        let number = try reading(bytes) { try $0.errorCode() }
        #expect(number == code.rawValue)
    }

    @Test func writesUnknownAttributesAndAlgorithms() {
        var unknown = UnknownAttributes()
        for number in [0x7fff, 0x0027, 0x7fff] as [UInt16] { unknown.insert(number) }
        let bytes = written(.init(.binding, .request), id) {
            $0.append(unknown)
            $0.append(algorithms: .sha256ThenMD5)
            $0.append(.reservationToken, 0x0102_0304_0506_0708 as UInt64)
            $0.append(.lifetime, 600 as UInt32)
        }
        #expect(
            bytes
                == message(
                    """
                    000a0004 7fff0027  80020008 00020000 00010000
                    00220008 0102030405060708  000d0004 00000258
                    """))
    }

    @Test(arguments: [
        (3, 4, 1400, "80040008 00000604 00000578"), (1, 0, 0, "80040008 0000020000000000"),
    ])
    func icmpReportsPackTypeAndCode(
        _ type: UInt8, _ code: UInt8, _ data: UInt32, _ text: String
    ) throws {
        let report = ICMPReport(type: type, code: code, data: data)
        let bytes = written(.init(.binding, .request), id) { $0.append(report) }
        #expect(bytes == message(text))
        let back = try reading(bytes) { try $0.icmp() }
        #expect(back == report)
    }

    @Test func bothIntegrityAttributesCoverWhatStandsBeforeThem() throws {
        let hash = OpenSSLHash()
        let secret = Array("secret".utf8)
        let sha256 = hash.hmacKey(.sha256, secret.span)
        let bytes = written(.init(.refresh, .success), id) {
            $0.append(.lifetime, 0 as UInt32)
            $0.appendIntegrity(key, hash: hash)
            $0.appendIntegrity(sha256, hash: hash)
            $0.appendFingerprint()
        }
        try reading(bytes) { message in
            let results = [
                message.isAuthentic(under: secret, .sha1),
                message.isAuthentic(under: secret, .sha256),
                message.hasValidFingerprint,
                message.isAuthentic(under: [1], .sha1),
                message.isAuthentic(under: [1], .sha256),
            ]
            #expect(results == [true, true, true, false, false])
        }
    }

    @Test func aClassicAnswerKeepsTheWholeID() {
        let id = TransactionID(0xdeadbeef_01020304_05060708_090a0b0c)
        let bytes = written(.init(.binding, .success), id) {
            $0.append(.mappedAddress, address: TransportAddress(IPAddress(192, 0, 2, 1), 80))
        }
        #expect(bytes == message("00010008 00010050 c0000201", type: 0x0101, cookie: "deadbeef"))
    }
}
