import Configuration
import Crypto
import HTTP
import LinuxIO
import Primitives
import Reception
import TURN
import Testing

@testable import Appliance

@Suite struct DoorTLSTests {
    @Test func decryptedSTUNGoesToAWorkerWithItsSession() throws {
        let rig = try DoorRig(tls: true)
        let client = try rig.client()
        #expect(try client.shake())
        // One byte in a record each.
        for byte in Sample.binding {
            client.write([byte])
            rig.settle()
        }
        let parcel = try rig.parcel()
        #expect(parcel.unread == Sample.binding)
        #expect(parcel.listener == ListenerIndex.tls(0))
        let session = try #require(parcel.session)
        #expect(session.isEstablished)
        // The worker goes on where the door stopped.
        let output = TLSOutput()
        #expect([1, 2, 3].withUnsafeBytes { session.write($0, output: output) })
        _ = try parcel.socket.write(output.bytes)
        #expect(client.read(24))
        #expect(client.received.count == 24)
        #expect(rig.tools.counters.handshakes == 1)
        parcel.socket.close()
    }

    @Test func theHandshakeMayComeByteByByte() throws {
        let rig = try DoorRig(tls: true)
        let client = try rig.client()
        // The client's side writes whole flights; the record header alone comes in pieces here.
        client.writeWire([0x16])
        rig.settle()
        client.writeWire([0x03])
        rig.settle()
        #expect(rig.tools.ledger.counts.halfOpen == 1)
        #expect(rig.tools.ledger.counts.refused.isEmpty)
    }

    @Test func httpIsServedWithAndWithoutTLS() throws {
        let rig = try DoorRig(tls: true)
        for isSecure in [false, true] {
            let client = try rig.client()
            if isSecure { #expect(try client.shake(protocols: ["http/1.1"])) }
            for _ in 0..<2 {
                client.write(Sample.get)
                #expect(client.read(until: "</html>"))
                #expect(client.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(client.text.contains("\r\netag: "))
                client.forget()
            }
        }
        #expect(rig.tools.counters.requests == 4)
    }

    @Test func whatWasAgreedOnHolds() throws {
        let rig = try DoorRig(tls: true)
        let client = try rig.client()
        #expect(try client.shake(protocols: ["stun.turn"]))
        client.write(Sample.get)
        #expect(client.waitForEnd())
        #expect(client.received.isEmpty)
        #expect(rig.tools.ledger.counts.refused == [.unknownProtocol: 1])
    }

    @Test func garbageInAHandshakeIsCountedByReason() throws {
        let rig = try DoorRig(tls: true)
        let client = try rig.client()
        client.write([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(client.waitForEnd() || !client.received.isEmpty)
        #expect(rig.turn { rig.tools.ledger.counts.refused == [.handshake: 1] })
        #expect(rig.tools.counters.failedHandshakes.values.reduce(0, +) == 1)
    }

    @Test func tlsInsideTLSIsNothing() throws {
        let rig = try DoorRig(tls: true)
        let client = try rig.client()
        #expect(try client.shake())
        client.write([0x16, 0x03, 0x01])
        #expect(client.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.unknownProtocol: 1])
    }

    @Test func withoutCertificateTLSIsRefused() throws {
        let rig = try DoorRig()
        let client = try rig.client()
        client.write([0x16, 0x03, 0x01, 0x00, 0x05])
        #expect(client.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.notServed: 1])
    }

    @Test func aHandshakeThatStopsIsClosedInTime() throws {
        let rig = try DoorRig(tls: true)
        let client = try rig.client()
        client.write([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
        rig.settle()
        rig.move(11)
        #expect(client.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.tooSlow: 1])
    }

    @Test func aNewCertificateIsForNewConnections() throws {
        let rig = try DoorRig(tls: true)
        let old = try rig.client()
        #expect(try old.shake())
        #expect(old.serverNames == ["one.example"])
        try rig.contexts.replace(stream: DoorRig.context(name: "two.example"), datagram: nil)
        let new = try rig.client()
        #expect(try new.shake())
        #expect(new.serverNames == ["two.example"])
        // The old connection goes on.
        old.write(Sample.get)
        #expect(old.read(until: "</html>"))
    }

    /// What does not fit the socket waits, sealed or not, and arrives whole.
    @Test(arguments: [false, true])
    func aLongResponseReachesASlowReader(isSecure: Bool) throws {
        let rig = try DoorRig(tls: true, service: LongService())
        let client = try rig.client()
        if isSecure { #expect(try client.shake()) }
        client.write(Sample.get)
        rig.settle()
        #expect(client.read(LongService.byteCount))
        let end = client.text.suffix(LongService.byteCount)
        #expect(end.utf8.allSatisfy { $0 == UInt8(ascii: "x") })
    }
}

/// Answers with more than any socket buffer holds.
private final class LongService: WebService {
    static let byteCount = 16 << 20

    func answer(_ request: WebRequest) -> WebAnswer {
        .response(HTTPResponse(.ok, body: [UInt8](repeating: 0x78, count: Self.byteCount)))
    }
}
