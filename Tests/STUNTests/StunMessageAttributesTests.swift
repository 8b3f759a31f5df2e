import Primitives
import STUN
import Testing

/// Typed readers: absent is nil, malformed throws, and the size decides between them.
@Suite struct StunMessageAttributesTests {
    @Test func readsTheAttributesOfAnAllocate() throws {
        let bytes = message(
            """
            00190004 11000000  000d0004 00000e10  00170004 02000000  80000004 02000000
            00180001 80000000  00220008 0102030405060708  001a0000  000c0004 40010000
            002a0004 cafe0001
            """)
        try reading(bytes) { message in
            let transport = try message.requestedTransport()
            let lifetime = try message.lifetime()
            let family = try message.requestedAddressFamily()
            let additional = try message.additionalAddressFamily()
            let (even, token) = (try message.evenPortReserves(), try message.reservationToken())
            let (whole, channel) = (try message.dontFragment(), try message.channelNumber())
            let connection = try message.connectionID()
            #expect(transport == 17)
            #expect(lifetime == Seconds(3600))
            #expect(family == 2)
            #expect(additional == 2)
            #expect(even == true)
            #expect(token == 0x01020304_05060708)
            #expect(whole)
            #expect(channel == 0x4001)
            #expect(connection == 0xcafe0001)
        }
    }

    @Test func absentIsNeitherMalformedNorThere() throws {
        try reading(message("")) { message in
            let nothing: [Any?] = [
                try message.lifetime(), try message.channelNumber(),
                try message.requestedTransport(), try message.requestedAddressFamily(),
                try message.additionalAddressFamily(), try message.evenPortReserves(),
                try message.reservationToken(), try message.connectionID(),
                try message.errorCode(), try message.xorAddress(.xorPeerAddress),
                try message.address(.mappedAddress), try message.passwordAlgorithm(),
                try message.icmp(),
            ]
            let fragment = try message.dontFragment()
            #expect(nothing.allSatisfy { $0 == nil })
            #expect(!fragment)
        }
    }

    @Test(arguments: [
        ("000d0003 00000000", AttributeType.lifetime), ("000d0008 0000000000000000", .lifetime),
        ("000c0002 40010000", .channelNumber), ("00190001 11000000", .requestedTransport),
        ("00170001 01000000", .requestedAddressFamily),
        ("80000000", .additionalAddressFamily), ("00180004 80000000", .evenPort),
        ("00220007 0102030405060700", .reservationToken), ("001a0004 00000000", .dontFragment),
        ("002a0000", .connectionID), ("00090003 00000400", .errorCode),
        ("00090004 00000200", .errorCode), ("00090004 00000464", .errorCode),
        ("001d0004 00030000", .passwordAlgorithm), ("001d0004 00020001", .passwordAlgorithm),
        ("001d0000", .passwordAlgorithm), ("80040004 00000000", .icmp),
    ])
    func theWrongFormThrows(_ attributes: String, _ type: AttributeType) throws {
        try reading(message(attributes)) { message in
            var found: MalformedAttribute?
            do throws(MalformedAttribute) {
                _ = try message.lifetime()
                _ = try message.channelNumber()
                _ = try message.requestedTransport()
                _ = try message.requestedAddressFamily()
                _ = try message.additionalAddressFamily()
                _ = try message.evenPortReserves()
                _ = try message.reservationToken()
                _ = try message.dontFragment()
                _ = try message.connectionID()
                _ = try message.errorCode()
                _ = try message.passwordAlgorithm()
                _ = try message.icmp()
            } catch {
                found = error
            }
            #expect(found == MalformedAttribute(type))
        }
    }

    @Test func readsAnErrorCode() throws {
        try reading(message("00090007 0000041a 61626300", type: 0x0113)) { message in
            let code = try message.errorCode()
            #expect(code == 426)
        }
    }

    // MARK: PASSWORD-ALGORITHMS (RFC 8489 §9.2.4, §14.11)

    @Test(arguments: [
        ("80020008 00020000 00010000", true), ("80020008 00010000 00020000", false),
        ("80020004 00020000", false), ("", false), ("80020008 00020000 00010001", false),
        ("8002000c 00020000 00010000 00030000", false),
    ])
    func theListMustComeBackUnchanged(_ attributes: String, _ same: Bool) throws {
        let repeats = try reading(message(attributes)) { $0.repeats(.sha256ThenMD5) }
        #expect(repeats == same)
    }

    // MARK: Addresses (RFC 8489 §14.1, §14.2)

    @Test(arguments: [
        "0.0.0.0:0", "255.255.255.255:65535", "192.0.2.1:32853", "[::]:0", "[2001:db8::1]:49152",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:1", "[::ffff:192.0.2.1]:7",
    ])
    func addressesSurviveBothForms(_ text: String) throws {
        let address = try #require(parsed(text))
        let bytes = written(.init(.binding, .success), TransactionID(random: 0x55 << 90)) {
            $0.append(.xorMappedAddress, xor: address)
            $0.append(.mappedAddress, address: address)
            $0.append(.xorPeerAddress, xor: address)
        }
        try reading(bytes) { message in
            let (xor, plain) = (
                try message.xorAddress(.xorMappedAddress), try message.address(.mappedAddress)
            )
            var peers = message.peerAddresses
            let (first, second) = (try peers.next(), try peers.next())
            #expect(xor == address)
            #expect(plain == address)
            #expect(first == address)
            #expect(second == nil)
        }
    }

    @Test func theFirstByteOfAnAddressIsIgnored() throws {
        try reading(message("00010008 ff01 0050 c0000201")) { message in
            let address = try message.address(.mappedAddress)
            #expect(address?.description == "192.0.2.1:80")
        }
    }

    @Test(arguments: [
        "00120000", "00120004 00010000", "00120007 0001 0050 c0000200",
        "00120008 0002 0050 c0000201", "00120008 0003 0050 c0000201", "00120008 0000 0050 c0000201",
        "00120014 0001 0050 c0000201 000000000000000000000000",
        "00120018 0002 0050 00000000000000000000000000000000 00000000",
    ])
    func malformedAddressesThrow(_ attributes: String) throws {
        try reading(message(attributes)) { message in
            var found: MalformedAttribute?
            do throws(MalformedAttribute) {
                _ = try message.xorAddress(.xorPeerAddress)
            } catch { found = error }
            #expect(found == MalformedAttribute(.xorPeerAddress))
            found = nil
            var peers = message.peerAddresses
            do throws(MalformedAttribute) { _ = try peers.next() } catch { found = error }
            #expect(found == MalformedAttribute(.xorPeerAddress))
        }
    }

    @Test func allPeersAreSeenAndNoneBehindIntegrity() throws {
        let integrity = "00080014" + String(repeating: "11", count: 20)
        let peer = { (last: String) in "00120008 0001 2112 2112a4\(last)" }
        let bytes = message(
            peer("43") + "80220001 61000000" + peer("40") + integrity + peer("41"))
        try reading(bytes) { message in
            var peers = message.peerAddresses
            var found: [String] = []
            while let peer = try peers.next() { found.append(peer.description) }
            #expect(found == ["0.0.0.1:0", "0.0.0.2:0"])
        }
    }

    private func parsed(_ text: String) -> TransportAddress? {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...]),
            let ip = IPAddress(text[..<colon].filter { $0 != "[" && $0 != "]" })
        else { return nil }
        return TransportAddress(ip, port)
    }
}
