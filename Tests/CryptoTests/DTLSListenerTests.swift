import Crypto
import Primitives
import Testing

@Suite struct DTLSListenerTests {
    private let client = TransportAddress(IPAddress(192, 0, 2, 1), 5000)
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func listener() throws -> DTLSListener {
        DTLSListener(try TestCertificate.server(transport: .datagram), cookies: DTLSCookies())
    }

    @Test func aClientGetsACookieThenASession() throws {
        let listener = try listener()
        let peer = try DTLSPeer()
        let hello = try #require(peer.feed([]).first)
        let output = TLSOutput()
        #expect(receive(listener, hello, output) == nil)
        #expect(output.datagramCount == 1)
        #expect(output.count < hello.count, "the answer must not amplify")
        let again = try #require(peer.feed(written(output)).first)
        let session = try #require(receive(listener, again, output))
        #expect(output.isEmpty)
        #expect(!session.isEstablished)
        try finish(peer, session)
        #expect(session.isEstablished && peer.session.isEstablished)
        #expect(session.version == "DTLSv1.2")
    }

    @Test func aCookieIsGoodForItsAddressAndForAWhile() throws {
        let listener = try listener()
        let peer = try DTLSPeer()
        let output = TLSOutput()
        _ = receive(listener, try #require(peer.feed([]).first), output)
        let hello = try #require(peer.feed(written(output)).first)

        let other = TransportAddress(client.ip, client.port + 1)
        #expect(receive(listener, hello, output, from: other) == nil)
        #expect(output.datagramCount == 1, "a new cookie")
        output.removeAll()
        let late = start + Seconds(2 * DTLSCookies.keySeconds.count + 1)
        #expect(receive(listener, hello, output, at: start + Seconds(61)) != nil)
        #expect(receive(listener, hello, output, at: late) == nil)
    }

    @Test func recordsKeepTheirBoundaries() throws {
        let listener = try listener()
        let peer = try DTLSPeer()
        let output = TLSOutput()
        _ = receive(listener, try #require(peer.feed([]).first), output)
        let hello = try #require(peer.feed(written(output)).first)
        let session = try #require(receive(listener, hello, output))
        try finish(peer, session)

        for size in [1, 1200, 9000] {
            let message = [UInt8](repeating: 7, count: size)
            #expect(message.withUnsafeBytes { session.write($0, output: output) })
        }
        #expect(output.datagramCount == 3)
        #expect(peer.feed(written(output)).isEmpty)
        #expect(peer.received.map(\.count) == [1, 1200, 9000])
        let tooLong = [UInt8](repeating: 7, count: 16_385)
        #expect(!tooLong.withUnsafeBytes { session.write($0, output: output) })
        #expect(output.isEmpty)
    }

    @Test func severalRecordsOfOneDatagramAreToldApart() throws {
        let listener = try listener()
        let peer = try DTLSPeer()
        let output = TLSOutput()
        _ = receive(listener, try #require(peer.feed([]).first), output)
        let hello = try #require(peer.feed(written(output)).first)
        let session = try #require(receive(listener, hello, output))
        try finish(peer, session)
        let coalesced = [3, 5].flatMap { peer.send([UInt8](repeating: 1, count: $0)) }
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 20_000, alignment: 1)
        defer { space.deallocate() }
        let progress = coalesced.withUnsafeBytes {
            session.receive($0, into: space, output: output)
        }
        #expect(progress == .open(8))
        try #require(output.plainRecordCount == 2)
        #expect(output.plainRecord(0) == 0..<3)
        #expect(output.plainRecord(1) == 3..<8)
    }

    @Test func garbageIsNotAnswered() throws {
        let listener = try listener()
        let peer = try DTLSPeer()
        let hello = try #require(peer.feed([]).first)
        let output = TLSOutput()
        for cut in 0..<hello.count {
            #expect(receive(listener, Array(hello[..<cut]), output) == nil)
        }
        #expect(output.isEmpty)
        for index in hello.indices {
            var broken = hello
            broken[index] ^= 0xff
            #expect(receive(listener, broken, output) == nil)
            #expect(output.count < hello.count)
            output.removeAll()
        }
    }

    @Test func aLongChainGoesOutInPieces() throws {
        let certificates = try (0..<10).map { try TestCertificate.source(["\($0).example.org"]) }
        var source = certificates[0]
        source.chain = certificates.flatMap(\.chain)
        let context = try TestCertificate.server(
            transport: .datagram, change: { $0.certificates = [source] })
        let listener = DTLSListener(context, cookies: DTLSCookies())
        let peer = try DTLSPeer()
        let output = TLSOutput()
        _ = receive(listener, try #require(peer.feed([]).first), output)
        let hello = try #require(peer.feed(written(output)).first)
        let session = try #require(receive(listener, hello, output))
        let flight = advance(session)
        #expect(flight.count > 3)
        #expect(flight.allSatisfy { $0.count <= 1200 })
        var toServer = peer.feed(flight)
        while !toServer.isEmpty { toServer = peer.feed(toServer.flatMap { advance(session, $0) }) }
        #expect(session.isEstablished && peer.session.isEstablished)
    }

    @Test func aClientRandomTellsHandshakesApart() throws {
        func random(_ bytes: [UInt8]) -> ClientRandom? {
            bytes.withUnsafeBytes { DTLSListener.clientRandom(of: $0) }
        }
        let listener = try listener()
        let peer = try DTLSPeer()
        let output = TLSOutput()
        let hello = try #require(peer.feed([]).first)
        _ = receive(listener, hello, output)
        let again = try #require(peer.feed(written(output)).first)
        let other = try #require(DTLSPeer().feed([]).first)
        #expect(random(hello) != nil && random(hello) == random(again))
        #expect(random(other) != nil && random(other) != random(hello))
        #expect(random(Array(hello[..<58])) == nil)
        #expect(random([22, 0xfe, 0xfd] + [UInt8](repeating: 9, count: 90)) == nil)
    }

    @Test func theServerSendsItsFlightAgain() throws {
        let listener = try listener()
        let peer = try DTLSPeer()
        let output = TLSOutput()
        _ = receive(listener, try #require(peer.feed([]).first), output)
        let hello = try #require(peer.feed(written(output)).first)
        let session = try #require(receive(listener, hello, output))
        #expect(session.nextTimeout == nil)
        let flight = advance(session)
        #expect(flight.allSatisfy { $0.count <= 1200 })
        // RFC 6347 §4.2.4.1: one second.
        #expect(try #require(session.nextTimeout) <= 1_000_000_000)
        #expect(session.handleTimeout(output: output), "nothing is due yet")
        #expect(output.isEmpty)
    }

    /// Carries datagrams until both sides are silent.
    private func finish(_ peer: DTLSPeer, _ session: TLSSession) throws {
        var toPeer = advance(session)
        while !toPeer.isEmpty {
            toPeer = peer.feed(toPeer).flatMap { advance(session, $0) }
        }
    }

    private func advance(_ session: TLSSession, _ datagram: [UInt8] = []) -> [[UInt8]] {
        let output = TLSOutput()
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 70_000, alignment: 1)
        defer { space.deallocate() }
        let progress = datagram.withUnsafeBytes {
            session.receive($0, into: space, output: output)
        }
        #expect(progress == .open(0))
        return written(output)
    }

    private func receive(
        _ listener: DTLSListener, _ datagram: [UInt8], _ output: TLSOutput,
        from address: TransportAddress? = nil, at now: MonotonicTime? = nil
    ) -> TLSSession? {
        datagram.withUnsafeBytes {
            listener.receive($0, from: address ?? client, at: now ?? start, output: output)
        }
    }
}

/// What the sessions wrote, which is then forgotten.
private func written(_ output: TLSOutput) -> [[UInt8]] {
    defer { output.removeAll() }
    return (0..<output.datagramCount).map { Array(output.datagram($0)) }
}

/// A DTLS client in memory.
private final class DTLSPeer {
    let session: TLSSession
    private(set) var received: [[UInt8]] = []
    private let output = TLSOutput()

    init() throws {
        let context = try TestCertificate.client(transport: .datagram)
        session = try #require(TLSSession(context, serverName: "turn.example.org"))
    }

    /// Takes datagrams (none: begins) and gives back its own.
    func feed(_ datagrams: [[UInt8]]) -> [[UInt8]] {
        for datagram in datagrams.isEmpty ? [[]] : datagrams { take(datagram) }
        return written(output)
    }

    func send(_ message: [UInt8]) -> [UInt8] {
        _ = message.withUnsafeBytes { session.write($0, output: output) }
        return written(output).flatMap { $0 }
    }

    private func take(_ datagram: [UInt8]) {
        let space = UnsafeMutableRawBufferPointer.allocate(
            byteCount: datagram.count + TLSSession.plainMargin, alignment: 1)
        defer { space.deallocate() }
        let progress = datagram.withUnsafeBytes {
            session.receive($0, into: space, output: output)
        }
        if case .failed(let reason) = progress { Issue.record("\(reason)") }
        for index in 0..<output.plainRecordCount {
            received.append(Array(space[output.plainRecord(index)]))
        }
    }
}
