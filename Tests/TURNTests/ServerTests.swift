import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerTests {
    @Test(arguments: Scheme.allCases)
    func theWholeLifeOfAnAllocation(_ scheme: Scheme) {
        let fixture = Fixture()
        let client = TestClient(fixture, scheme: scheme)
        let created = client.allocate()
        #expect(created.messageClass == .success)
        #expect(created.isSigned(by: client.key))
        #expect(created.relayed?.ip == Fixture.relayV4)
        #expect(created.mapped == client.tuple.client)
        #expect(created.lifetime == 600)
        let peer = TransportAddress(IPAddress(9, 9, 9, 9), 5000)
        #expect(client.permit(peer.ip).messageClass == .success)
        #expect(client.bind(0x4000, peer).messageClass == .success)
        #expect(client.request(.refresh, [.lifetime(1200)]).lifetime == 1200)
        #expect(fixture.shared.ports.countInUse == 1)
        #expect(client.request(.refresh, [.lifetime(0)]).lifetime == 0)
        #expect(fixture.shared.ports.countInUse == 0)
        #expect(fixture.openRelays.isEmpty)
        #expect(fixture.shared.quotas.allocations == 0)
        #expect(client.request(.refresh, []).code == 437)
    }
}
