import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerRefreshTests {
    /// RFC 8656 §8.2: zero deletes, and at once.
    @Test func zeroDeletesAtOnce() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate()
        client.permit(IPAddress(9, 9, 9, 9))
        fixture.actions = []
        let answer = client.request(.refresh, [.lifetime(0)])
        #expect(answer.lifetime == 0)
        #expect(answer.isSigned(by: client.key))
        #expect(fixture.removed == 1)
        #expect(fixture.openRelays.isEmpty)
        #expect(fixture.shared.quotas.usage(of: "alice") == .init())
        #expect(client.request(.refresh, []).code == 437)
        #expect(client.allocate().messageClass == .success)
    }

    @Test(
        arguments: [
            ([RawAttribute(.lifetime, [1, 2])], 400),
            ([RawAttribute(.requestedAddressFamily, [])], 400),
            ([.family(2)], 443), ([.family(7)], 443),
        ] as [([RawAttribute], UInt16)])
    func refuses(_ attributes: [RawAttribute], _ code: UInt16) {
        let client = TestClient(Fixture())
        client.allocate()
        #expect(client.request(.refresh, attributes).code == code)
        #expect(client.fixture.server.allocationCount == 1)
    }

    /// RFC 8656 §8.2 with REQUESTED-ADDRESS-FAMILY: one family of a dual allocation.
    @Test func aDualAllocationIsRefreshedAndDeletedByFamily() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate([.additional(2)])
        client.permit(IPAddress(9, 9, 9, 9), IPAddress(v6High: 0x2600 << 48, low: 1))
        client.bind(0x4001, TransportAddress(IPAddress(v6High: 0x2600 << 48, low: 1), 9))
        #expect(client.request(.refresh, [.family(2), .lifetime(0)]).lifetime == 0)
        #expect(fixture.openRelays.count == 1)
        #expect(fixture.shared.ports.countInUse == 1)
        let snapshot = fixture.server.snapshots(from: 0, limit: 9, at: fixture.now.monotonic).page[
            0]
        #expect(snapshot.permissions.map(\.peer) == [IPAddress(9, 9, 9, 9)])
        #expect(snapshot.channels.isEmpty)
        #expect(client.permit(IPAddress(v6High: 0x2600 << 48, low: 1)).code == 443)
        #expect(client.request(.refresh, [.family(2)]).code == 443)
        #expect(client.request(.refresh, [.family(1), .lifetime(0)]).lifetime == 0)
        #expect(fixture.server.allocationCount == 0)
    }

    @Test func familiesExpireOnTheirOwn() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate([.additional(2)])
        client.request(.refresh, [.family(1), .lifetime(1200)])
        fixture.advance(601)
        #expect(fixture.openRelays.keys.map(\.family) == [.ipv4])
        client.nonce = []
        #expect(client.request(.refresh, [.family(2)]).code == 443)
        fixture.advance(601)
        #expect(fixture.server.allocationCount == 0)
    }

    /// `max-allocation-age` ends what refreshes for ever.
    @Test func theGreatestAgeBoundsEveryRefresh() {
        var settings = Fixture.settings()
        settings.lifetimes.allocationAgeMax = Seconds(1000)
        let fixture = Fixture(settings)
        let client = TestClient(fixture)
        client.allocate()
        fixture.advance(590)
        #expect(client.request(.refresh, [.lifetime(3600)]).lifetime == 410)
        fixture.advance(411)
        #expect(fixture.server.allocationCount == 0)
        #expect(fixture.endReasons == [.tooOld])
    }
}
