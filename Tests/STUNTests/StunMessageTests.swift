import STUN
import Testing

/// The rules by which bytes become a message, or are dropped.
@Suite struct StunMessageTests {
    // MARK: Header (RFC 8489 §5, §6.3)

    @Test func aBareHeaderIsAMessage() throws {
        try reading(message("")) { message in
            let (type, id) = (message.type, message.transactionID)
            #expect(type == MessageType(.binding, .request))
            #expect(id == TransactionID(random: 0x01020304_05060708_090a0b0c))
            #expect(!id.isClassic)
        }
    }

    @Test func everyTruncationIsDropped() {
        for count in 0..<20 {
            #expect(defect(in: Array(Vector.request[..<count])) == .tooShort)
        }
        for count in 20..<Vector.request.count {
            #expect(defect(in: Array(Vector.request[..<count])) == .badLength)
        }
    }

    @Test func trailingBytesAreDropped() {
        for extra in 1...8 {
            let bytes = Vector.request + [UInt8](repeating: 0, count: extra)
            #expect(defect(in: bytes) == .badLength)
        }
    }

    @Test(arguments: [1, 2, 3]) func unalignedLengthIsDropped(_ extra: Int) {
        var bytes = message("") + [UInt8](repeating: 0, count: extra)
        bytes[3] = UInt8(extra)
        #expect(defect(in: bytes) == .badLength)
    }

    @Test(arguments: [0x4001, 0x8001, 0xC001, 0x0000, 0x0002, 0x0005, 0x3FFF] as [UInt16])
    func topBitsAndUnknownMethodsAreDropped(_ type: UInt16) {
        #expect(defect(in: message("", type: type)) == .unknownType)
    }

    @Test func theLongestMessageIsRead() throws {
        // One attribute of 65,528 bytes fills the length field to its last multiple of four.
        let attribute = hex("8022fff8") + [UInt8](repeating: 0x41, count: 65_528)
        let bytes = hex("0001fffc2112a442") + [UInt8](repeating: 7, count: 12) + attribute
        try reading(bytes) { message in
            let software = message.value(of: .software)?.count
            #expect(software == 65_528)
        }
    }

    @Test func theLastOfManyAttributesIsFound() throws {
        let attribute = hex("80000000")
        let attributes = (0..<16_381).flatMap { _ in attribute } + hex("8022000461626364")
        let count = attributes.count
        let head = hex("0001") + [UInt8(count >> 8), UInt8(count & 0xFF)] + hex("2112a442")
        let bytes = head + [UInt8](repeating: 7, count: 12) + attributes
        #expect(bytes.count == StunFormat.maximumLength)
        try reading(bytes) { message in
            let software = message.text(of: .software)
            #expect(software == "abcd")
        }
    }

    @Test func withoutTheCookieTheIDIsWhatRFC3489SendsThere() throws {
        try reading(message("", cookie: "deadbeef")) { message in
            let id = message.transactionID
            let isClassic = message.isClassic
            #expect(isClassic)
            #expect(id.value == 0xdeadbeef_01020304_05060708_090a0b0c)
        }
    }

    // MARK: Attributes (RFC 8489 §14)

    @Test(arguments: ["80220001", "80220004616263", "8022ffff61626364", "0006000561626364"])
    func overrunningAttributesAreDropped(_ attributes: String) {
        var bytes = message(attributes)
        let padding = (4 - bytes.count % 4) % 4
        bytes += [UInt8](repeating: 0, count: padding)
        bytes[3] = UInt8(bytes.count - 20)
        if attributes == "80220004616263" {
            // With its padding byte this one is whole: the counterpart of the others.
            #expect(defect(in: bytes) == nil)
        } else {
            #expect(defect(in: bytes) == .attributeOverrun)
        }
    }

    @Test func paddingMayBeAnything() throws {
        try reading(message("00060001 61ffffff 80220002 6263eeee")) { message in
            let (username, software) = (message.text(of: .username), message.text(of: .software))
            #expect(username == "a")
            #expect(software == "bc")
        }
    }

    @Test func emptyValuesArePresent() throws {
        try reading(message("00060000")) { message in
            let username = message.copy(of: .username)
            #expect(username == [])
        }
    }

    @Test func theFirstOfDuplicatesCounts() throws {
        try reading(message("00060001 61000000 00060001 62000000")) { message in
            let username = message.text(of: .username)
            #expect(username == "a")
        }
    }

    @Test func behindIntegrityOnlyTheOtherIntegrityAttributesCount() throws {
        let sha1 = "00080014" + String(repeating: "11", count: 20)
        let sha256 = "001c0020" + String(repeating: "22", count: 32)
        let lifetime = "000d0004 00000000"
        let unknown = "00100000"
        let fingerprint = "80280004 33333333"
        let bytes = message(
            sha1 + lifetime + unknown + sha256 + "00060001 61000000" + fingerprint)
        try reading(bytes) { message in
            let present = [AttributeType.lifetime, .username].map { message.has($0) }
            let protecting = [
                AttributeType.messageIntegrity, .messageIntegritySHA256, .fingerprint,
            ]
            .map { message.has($0) }
            let unknown = message.unknownRequired(understood: [])
            #expect(present == [false, false])
            #expect(protecting == [true, true, true])
            #expect(unknown.count == 2)  // the two hashes, which were not named as understood
        }
    }

    @Test func sha1IntegrityBehindSHA256IsIgnored() throws {
        let sha1 = "00080014" + String(repeating: "11", count: 20)
        let sha256 = "001c0020" + String(repeating: "22", count: 32)
        try reading(message(sha256 + sha1)) { message in
            let present = [message.has(.messageIntegritySHA256), message.has(.messageIntegrity)]
            #expect(present == [true, false])
        }
    }

    @Test(arguments: [
        "00080013" + String(repeating: "11", count: 20),
        "00080018" + String(repeating: "11", count: 24),
        "001c001c" + String(repeating: "11", count: 28),
        "001c0024" + String(repeating: "11", count: 36),
        "80280003 11111111", "80280000", "80280008 1111111111111111",
    ])
    func protectingAttributesHaveOneSize(_ attributes: String) {
        #expect(defect(in: message(attributes)) == .badIntegrityLength)
    }

    @Test func fingerprintIsLast() {
        #expect(defect(in: message("80280004 11111111 80220000")) == .badFingerprint)
        #expect(defect(in: message("80280004 11111111 80280004 11111111")) == .badFingerprint)
    }

    @Test func aWrongFingerprintIsToldApartFromNone() throws {
        let (none, wrong) = (message(""), message("80280004 11111111"))
        let results = try [none, wrong].map { try reading($0) { $0.hasValidFingerprint } }
        #expect(results == [true, false])
    }

    // MARK: Unknown attributes (RFC 8489 §6.3.1)

    @Test func requiredAttributesOutsideTheSetAreListedOnce() throws {
        let bytes = message("7fff0000 00270000 7fff0000 80ff0000 00060000 00190004 11000000")
        try reading(bytes) { message in
            let unknown = message.unknownRequired(understood: AttributeSet(.username))
            let numbers = (0..<unknown.count).map { unknown[$0] }
            #expect(numbers.sorted() == [0x0019, 0x0027, 0x7fff])
        }
    }

    @Test func theListOfUnknownAttributesIsBounded() throws {
        let attributes = (0..<100).map { String(0x7000 + $0, radix: 16) + "0000" }.joined()
        try reading(message(attributes)) { message in
            let unknown = message.unknownRequired(understood: [])
            #expect(unknown.count == UnknownAttributes.maximumCount)
            #expect(unknown[31] == 0x701f)
        }
    }
}
