import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerICMPTests {
    private static let v4 = IPAddress(9, 9, 9, 9)
    private static let v6 = IPAddress(v6High: 0x2600 << 48, low: 1)

    /// RFC 8656 §11.5: types 3 and 11 of ICMPv4; 1, 2 and 3 of ICMPv6.
    @Test(
        arguments: [
            (v4, 3, 1, 0, true), (v4, 3, 4, 1400, true), (v4, 11, 0, 0, true), (v4, 5, 0, 0, false),
            (v4, 0, 0, 0, false), (v4, 1, 0, 0, false), (v6, 1, 4, 0, true), (v6, 2, 0, 1280, true),
            (v6, 3, 0, 0, true), (v6, 4, 0, 0, false), (v6, 11, 0, 0, false),
        ] as [(IPAddress, UInt8, UInt8, UInt32, Bool)])
    func reportsErrorsOfThePermittedPeer(
        _ ip: IPAddress, _ type: UInt8, _ code: UInt8, _ data: UInt32, _ reported: Bool
    ) throws {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate([.additional(2)])
        client.permit(ip)
        let peer = TransportAddress(ip, 4444)
        let relay = AllocationID(index: 0).relay(ip.family)
        fixture.server.receiveICMP(
            relay: relay, peer: peer, type: type, code: code, data: data, at: fixture.now)
        let answers = fixture.drain()
        #expect(answers.count == (reported ? 1 : 0))
        guard reported else { return }
        #expect(answers[0].method == .data)
        #expect(answers[0].messageClass == .indication)
        #expect(answers[0].to == client.tuple)
        #expect(answers[0].peer == peer)
        #expect(answers[0].icmp == ICMPReport(type: type, code: code, data: data))
        #expect(!answers[0].has(.data))
    }

    @Test func dataIsNoMTUWhereTheErrorIsNotAboutSize() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate()
        client.permit(Self.v4)
        fixture.server.receiveICMP(
            relay: RelayID(index: 0), peer: TransportAddress(Self.v4, 1), type: 3, code: 3,
            data: 0xDEAD, at: fixture.now)
        #expect(fixture.drain()[0].icmp?.data == 0)
    }

    @Test func withoutPermissionOrAllocationItIsDropped() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate()
        client.permit(Self.v4)
        for (relay, ip) in [(0, IPAddress(9, 9, 9, 8)), (2, Self.v4), (900, Self.v4)] {
            fixture.server.receiveICMP(
                relay: RelayID(index: UInt32(relay)), peer: TransportAddress(ip, 1), type: 3,
                code: 3, data: 0, at: fixture.now)
        }
        #expect(fixture.drain().isEmpty)
        #expect(fixture.server.counters.droppedICMP == 3)
    }
}
