import Configuration
import LinuxIO
import Primitives
import Reception
import Testing

@testable import Appliance

@Suite struct DoorProxyTests {
    private static let text = Array("PROXY TCP4 192.0.2.7 198.51.100.2 4660 443\r\n".utf8)
    private static let binary: [UInt8] =
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
        + [192, 0, 2, 7, 198, 51, 100, 2, 0x12, 0x34, 0x01, 0xBB]

    @Test(arguments: [text, binary])
    func aTrustedProxyNamesItsClient(header: [UInt8]) throws {
        let rig = try DoorRig(proxied: true)
        let client = try rig.client()
        client.write(Array(header.prefix(7)))
        rig.settle()
        client.write(Array(header.dropFirst(7)) + Sample.binding)
        let parcel = try rig.parcel()
        #expect(parcel.client == TransportAddress(IPAddress(192, 0, 2, 7), 4660))
        #expect(parcel.unread == Sample.binding)
        parcel.socket.close()
    }

    @Test func itsClientsAreCountedEachByTheirOwnNetwork() throws {
        let rig = try DoorRig(proxied: true) { $0.limits.halfOpenPerPrefix = 1 }
        let first = try rig.client()
        let second = try rig.client()
        rig.turn { rig.tools.ledger.counts.open == 2 }
        first.write(Self.text)
        rig.settle()
        second.write(Self.binary)
        #expect(second.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.tooManyHalfOpenOfNetwork: 1])
        #expect(rig.turn { rig.tools.ledger.counts.open == 1 })
    }

    @Test func aProxysOwnConnectionKeepsItsAddress() throws {
        let rig = try DoorRig(proxied: true)
        let client = try rig.client()
        client.write(Array("PROXY UNKNOWN\r\n".utf8) + Sample.binding)
        let parcel = try rig.parcel()
        #expect(parcel.client == (try client.socket.localAddress()))
        parcel.socket.close()
    }

    @Test(arguments: [Sample.binding, Array(Sample.get.utf8), [0x16, 0x03, 0x01]])
    func aListenerForProxiesTakesNothingElse(bytes: [UInt8]) throws {
        let rig = try DoorRig(proxied: true)
        let client = try rig.client()
        client.write(bytes)
        #expect(client.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.noProxyHeader: 1])
    }

    @Test func strangersMayNotSpeakForOthers() throws {
        let rig = try DoorRig(proxied: true) {
            $0.proxySources = [AddressRange("192.0.2.0/24")].compactMap(\.self)
        }
        let client = try rig.client()
        #expect(client.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.untrustedProxy: 1])
        #expect(rig.tools.ledger.counts.open == 0)
    }

    /// A header where none is expected is not believed.
    @Test func otherListenersTakeNoHeader() throws {
        let rig = try DoorRig()
        let binary = try rig.client()
        binary.write(Self.binary + Sample.binding)
        #expect(binary.waitForEnd())
        let text = try rig.client()
        text.write(Self.text + Sample.binding)
        #expect(text.read(until: "HTTP/1.1 "))
        #expect(text.text.hasPrefix("HTTP/1.1 4") || text.text.hasPrefix("HTTP/1.1 5"))
        #expect(rig.parcels().isEmpty)
    }
}
