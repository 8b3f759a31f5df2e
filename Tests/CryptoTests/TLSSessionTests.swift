import CryptoPeer
import Testing

@testable import Crypto

@Suite struct TLSSessionTests {
    private let hello = Array("hello".utf8)

    @Test(arguments: [Int.max, 1])
    func carriesBothWaysWhateverTheSegments(piece: Int) throws {
        let link = try link()
        link.run(piece: piece)
        #expect(link.client.isEstablished && link.server.isEstablished)
        #expect(link.server.version == "TLSv1.3")
        #expect(link.clientSends(hello))
        #expect(link.serverSends(Array("world".utf8)))
        link.run(piece: piece)
        #expect(link.atServer == hello)
        #expect(link.atClient == Array("world".utf8))
        #expect(link.server.serverName == "turn.example.org")
        #expect(link.client.peerCertificate?.names == ["turn.example.org"])
    }

    @Test func carriesAMegabyte() throws {
        let link = try link()
        link.run()
        let data = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(link.clientSends(data))
        #expect(link.serverSends(data))
        link.run(piece: 40_000)
        #expect(link.atServer == data)
        #expect(link.atClient == data)
    }

    @Test func plaintextMayComeWithTheEndOfTheHandshake() throws {
        let link = try link()
        // The server's flight; then the client is done and the server not yet.
        link.feedServer(link.toServer)
        link.toServer = []
        link.feedClient(link.toClient)
        link.toClient = []
        #expect(link.client.isEstablished && !link.server.isEstablished)
        #expect(link.clientSends(hello))
        link.run()
        #expect(link.atServer == hello)
    }

    @Test func aRecordThatClaimsTooMuchIsRefused() throws {
        let link = try link()
        link.toServer = []
        link.feedServer([22, 3, 1, 0xff, 0xff] + [UInt8](repeating: 0, count: 0xffff))
        guard case .failed = link.serverEnd else {
            Issue.record("goes on")
            return
        }
    }

    @Test func writingDuringTheHandshakeIsRefused() throws {
        let link = try link()
        let before = link.toServer
        #expect(!link.clientSends(hello))
        #expect(!link.serverSends(hello))
        #expect(link.toServer == before)
        #expect(link.toClient.isEmpty)
        link.run()
        #expect(link.client.isEstablished && link.server.isEstablished)
    }

    @Test func closeIsToldAndDataGoesOnTheOtherWay() throws {
        let link = try link()
        link.run()
        #expect(link.clientSends(hello))
        link.clientCloses()
        link.run()
        #expect(link.serverEnd == .closed(5))
        #expect(link.atServer == hello)
        #expect(link.serverSends(Array("bye".utf8)))
        link.run()
        #expect(link.atClient == Array("bye".utf8))
    }

    @Test func closingBeforeTheHandshakeSaysNothing() throws {
        let link = try link()
        link.toServer = []
        link.clientCloses()
        #expect(link.toServer.isEmpty)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}abcde", "\u{80}"])
    func garbageEndsTheHandshakeWithAReason(text: String) throws {
        let link = try link()
        link.toServer = []
        link.feedServer(Array(text.utf8) + [UInt8](repeating: 0, count: 40))
        guard case .failed(let reason) = link.serverEnd else {
            Issue.record("goes on: \(String(describing: link.serverEnd))")
            return
        }
        #expect(!reason.isEmpty && reason != "no reason given")
        #expect(!link.serverSends(hello))
        #expect(!link.server.isEstablished)
        link.feedServer(hello)
        #expect(link.serverEnd == .failed("the session is over"))
    }

    @Test func everyBrokenByteOfARecordIsNoticed() throws {
        for index in 0..<27 {
            let link = try link()
            link.run()
            #expect(link.clientSends(hello))
            link.toServer[index] ^= 1
            link.run()
            #expect(link.atServer.isEmpty, "byte \(index)")
        }
    }

    @Test func aHandshakeThatNeverEndsIsCutOff() throws {
        let other = try link()
        other.toServer = []
        // Records of one byte of a ClientHello that says it will be long.
        let start: [UInt8] = [22, 3, 1, 0, 4, 1, 1, 0, 0]
        other.feedServer(start)
        var fed = 0
        while other.serverEnd == nil, fed < 200_000 {
            other.feedServer([22, 3, 1, 0, 1, 0])
            fed += 6
        }
        guard case .failed = other.serverEnd else {
            Issue.record("goes on")
            return
        }
        #expect(fed <= 70_000)
    }

    @Test(arguments: [Int32(0x0301), 0x0302])
    func oldVersionsAreRefused(version: Int32) throws {
        let link = try link(peer: { peer_limit($0, version, version, "ALL:@SECLEVEL=0") })
        link.run()
        #expect(link.serverEnd == .failed("unsupported protocol"))
        #expect(!link.client.isEstablished)
    }

    @Test func twelveIsTheFloorUnlessThirteenIs() throws {
        let old = try link(peer: { peer_limit($0, 0x0303, 0x0303, "ALL") })
        old.run()
        #expect(old.server.isEstablished)
        #expect(old.server.version == "TLSv1.2")
        #expect(old.server.cipher?.hasPrefix("ECDHE-") == true)
        let strict = try link(
            server: { $0.refusesTLS12 = true }, peer: { peer_limit($0, 0x0303, 0x0303, "ALL") })
        strict.run()
        #expect(strict.serverEnd == .failed("unsupported protocol"))
    }

    @Test(arguments: [
        "NULL", "aNULL", "EXPORT", "RC4", "3DES", "DES-CBC3-SHA", "ADH-AES128-SHA", "SEED",
        "AES128-SHA", "PSK",
    ])
    func weakCiphersStayOut(offer: String) throws {
        for list in [nil, "ALL", "DEFAULT", "ALL:@SECLEVEL=0", "ALL:aNULL:eNULL:COMPLEMENTOFALL"] {
            if list != nil, offer == "AES128-SHA" { continue }
            let link = try? link(
                server: { $0.cipherList = list },
                peer: { peer_limit($0, 0x0303, 0x0303, offer + ":@SECLEVEL=0") })
            // OpenSSL may not even have the suite to offer; then it offers what it has.
            link?.run()
            let chosen = link?.server.cipher ?? ""
            #expect(
                link?.server.isEstablished != true || chosen.hasPrefix("ECDHE-"),
                "\(list ?? "our list") and \(offer) chose \(chosen)")
        }
    }

    @Test func theListOfTheFileIsUsed() throws {
        let link = try link(
            server: { $0.cipherList = "ECDHE-ECDSA-AES256-GCM-SHA384" },
            peer: { peer_limit($0, 0x0303, 0x0303, "ALL") })
        link.run()
        #expect(link.server.cipher == "ECDHE-ECDSA-AES256-GCM-SHA384")
    }

    @Test func renegotiationIsRefusedAndTheSessionGoesOn() throws {
        let link = try link(peer: { peer_limit($0, 0x0303, 0x0303, "ALL") })
        link.run()
        #expect(link.server.isEstablished)
        #expect(peer_renegotiate(link.client.tls))
        link.feedClient([])
        #expect(!link.toServer.isEmpty, "a second ClientHello")
        link.feedServer(link.toServer)
        link.toServer = []
        #expect(link.serverEnd == nil && link.server.isEstablished)
        #expect(link.toClient.count < 64, "a warning, not a handshake")
        #expect(link.serverSends(hello))
        link.run()
        // RFC 5746 §4.5 leaves it to the client what the warning means; OpenSSL's gives up.
        #expect(link.clientEnd == .failed("no renegotiation"))
    }

    @Test(arguments: [
        (["h2", "http/1.1"], "http/1.1"), (["http/1.1", "stun.turn"], "stun.turn"),
        (["h2"], nil), ([], nil), (["stun.nat-discovery"], nil),
    ])
    func theProtocolIsOneOfOurs(offered: [String], chosen: String?) throws {
        let link = try link(client: { $0.protocols = offered })
        link.run()
        #expect(link.server.isEstablished && link.client.isEstablished)
        #expect(link.server.chosenProtocol == chosen)
        #expect(link.client.chosenProtocol == chosen)
    }

    private func link(
        client: (inout TLSSettings) -> Void = { _ in },
        server: (inout TLSSettings) -> Void = { _ in },
        peer: (OpaquePointer) -> Bool = { _ in true }
    ) throws -> TLSLink {
        let client = try TestCertificate.client(change: client)
        let server = try TestCertificate.server(change: server)
        let link = TLSLink(client, server, prepare: { _ = peer($0) })
        return try #require(link)
    }
}
