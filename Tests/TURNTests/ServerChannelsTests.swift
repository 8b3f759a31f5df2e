import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerChannelsTests {
    private let peer = TransportAddress(IPAddress(9, 9, 9, 9), 5000)

    private func allocated() -> (Fixture, TestClient) {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate()
        fixture.actions = []
        return (fixture, client)
    }

    /// RFC 8656 §12: 0x4000 to 0x4FFF.
    @Test(
        arguments: [
            (0x3FFF, 400), (0x4000, nil), (0x4FFF, nil), (0x5000, 400), (0x7FFF, 400), (0, 400),
        ] as [(UInt16, UInt16?)])
    func numbersHaveARange(_ number: UInt16, _ code: UInt16?) {
        let (fixture, client) = allocated()
        let answer = client.bind(number, peer)
        #expect(answer.code == code)
        #expect(answer.isSigned(by: client.key))
        #expect(fixture.permitted.count == (code == nil ? 1 : 0))
    }

    /// RFC 8656 §12.2: a number or a peer bound otherwise is 400 and leaves nothing behind.
    @Test func bindingsAreOneToOne() {
        let (fixture, client) = allocated()
        #expect(client.bind(0x4000, peer).messageClass == .success)
        let samePort = TransportAddress(IPAddress(9, 9, 9, 10), 5000)
        #expect(client.bind(0x4000, samePort).code == 400)
        #expect(client.bind(0x4001, peer).code == 400)
        #expect(fixture.permitted == [peer.ip])
        #expect(client.bind(0x4001, TransportAddress(peer.ip, 5001)).messageClass == .success)
        #expect(client.bind(0x4000, peer).messageClass == .success)
    }

    @Test func missingAndMalformedAttributesAre400() {
        let (fixture, client) = allocated()
        let id = client.freshTransaction()
        let address = TestClient.peer(peer, id)
        #expect(client.request(.channelBind, [.channel(0x4000)]).code == 400)
        #expect(client.request(.channelBind, [address], transaction: id).code == 400)
        let short = RawAttribute(.channelNumber, [0x40, 0])
        #expect(client.request(.channelBind, [short, address], transaction: id).code == 400)
        #expect(fixture.permitted.isEmpty)
    }

    @Test func deniedAndForeignPeersAreRefused() {
        let (fixture, client) = allocated()
        #expect(client.bind(0x4000, TransportAddress(IPAddress(10, 0, 0, 1), 1)).code == 403)
        let v6 = TransportAddress(IPAddress(v6High: 0x2600 << 48, low: 1), 1)
        #expect(client.bind(0x4000, v6).code == 443)
        #expect(fixture.permitted.isEmpty)
    }

    /// RFC 8656 §12: ten minutes; the permission it installs lasts five.
    @Test func aBindingLastsTenMinutesAndItsPermissionFive() {
        let (fixture, client) = allocated()
        client.request(.refresh, [.lifetime(3600)])
        client.bind(0x4000, peer)
        fixture.advance(300.1)
        #expect(fixture.permissionsRemoved == [peer.ip])
        #expect(fixture.channelsRemoved.isEmpty)
        fixture.advance(299.8)
        #expect(fixture.channelsRemoved.isEmpty)
        fixture.advance(0.3)
        #expect(fixture.channelsRemoved == [0x4000])
        client.nonce = []
        #expect(client.bind(0x4000, TransportAddress(peer.ip, 7)).messageClass == .success)
    }

    @Test func rebindingRefreshesBoth() {
        let (fixture, client) = allocated()
        client.request(.refresh, [.lifetime(3600)])
        client.bind(0x4000, peer)
        fixture.advance(290)
        client.bind(0x4000, peer)
        fixture.advance(290)
        #expect(fixture.permissionsRemoved.isEmpty)
        #expect(fixture.server.counters.channelsBound == 1)
        fixture.advance(20)
        #expect(fixture.permissionsRemoved == [peer.ip])
        fixture.advance(280)
        #expect(fixture.channelsRemoved.isEmpty)
    }

    @Test func channelsOfOneAllocationAreBounded() {
        var settings = Fixture.settings()
        settings.limits.channelsPerAllocation = 2
        let client = TestClient(Fixture(settings))
        client.allocate()
        #expect(client.bind(0x4000, peer).messageClass == .success)
        #expect(client.bind(0x4001, TransportAddress(peer.ip, 1)).messageClass == .success)
        #expect(client.bind(0x4002, TransportAddress(peer.ip, 2)).code == 508)
        #expect(client.bind(0x4001, TransportAddress(peer.ip, 1)).messageClass == .success)
    }
}
