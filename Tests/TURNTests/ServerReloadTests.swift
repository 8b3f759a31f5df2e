import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerReloadTests {
    private let peer = IPAddress(9, 9, 9, 9)
    private let other = IPAddress(8, 8, 8, 8)

    @Test func deniedPeersAreCutAndOthersStay() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate()
        client.permit(peer, other)
        client.bind(0x4000, TransportAddress(peer, 1))
        client.bind(0x4001, TransportAddress(other, 1))
        var settings = Fixture.settings()
        var policy = PeerPolicySettings()
        policy.denied = [PeerRule(AddressRange("9.0.0.0/8")!, source: "test")]
        settings.peerPolicy = PeerPolicy(policy)
        fixture.server.apply(settings, at: fixture.now)
        fixture.advance(0.1)
        #expect(fixture.permissionsRemoved == [peer])
        #expect(fixture.channelsRemoved == [0x4000])
        #expect(fixture.server.counters.permissionsCut == 1)
        #expect(client.permit(peer).code == 403)
        #expect(fixture.shared.quotas.usage(of: "alice").permissions == 1)
    }

    @Test func usersThatAreGoneLoseTheirAllocationsWithinASecond() {
        let fixture = Fixture()
        for port in UInt16(1)...20 { TestClient(fixture, port: port).allocate() }
        TestClient(fixture, port: 30, user: "bob").allocate()
        var credentials = CredentialSettings(realm: "example.org")
        credentials.users = [StaticUser(line: "bob:\(Fixture.password)")!]
        fixture.server.apply(Fixture.settings(credentials), at: fixture.now)
        fixture.advance(1)
        #expect(fixture.server.allocationCount == 1)
        #expect(fixture.endReasons == Array(repeating: .revoked, count: 20))
    }

    @Test func aSweepOverManyIsTakenInSteps() {
        let fixture = Fixture(ports: 50_000...52_999)
        var settings = Fixture.settings()
        settings.limits.allocationsPerUser = 0
        fixture.shared.quotas.apply(settings.limits)
        for port in UInt16(1)...1500 { TestClient(fixture, port: port).allocate() }
        fixture.server.apply(
            Fixture.settings(CredentialSettings(realm: "example.org")), at: fixture.now)
        fixture.server.tick(at: fixture.now)
        fixture.drain()
        #expect(fixture.server.allocationCount == 1500 - 512)
        #expect(fixture.server.nextDeadline <= fixture.now.monotonic)
        fixture.advance(0.1)
        #expect(fixture.server.allocationCount == 0)
        #expect(fixture.server.nextDeadline > fixture.now.monotonic)
    }

    @Test func newSecretsServeNewAllocationsAndOldOnesLiveOn() {
        let fixture = Fixture()
        let name = "\(fixture.now.unixSeconds + 1000):carol"
        let client = TestClient(
            fixture, user: name, password: ServerAuthenticationTests.password(name, "old secret"))
        client.allocate()
        var credentials = CredentialSettings(realm: "example.org")
        credentials.secrets = [Secret("newest secret")]
        fixture.server.apply(Fixture.settings(credentials), at: fixture.now)
        fixture.advance(1)
        #expect(client.request(.refresh, []).lifetime == 600)
        let late = TestClient(fixture, port: 41_000, user: name, password: client.password)
        #expect(late.allocate().code == 401)
        late.password = ServerAuthenticationTests.password(name, "newest secret")
        #expect(late.allocate().messageClass == .success)
    }

    @Test func allocationsOnARetiredRelayAddressLiveOn() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        let relayed = client.allocate().relayed!
        var settings = Fixture.settings()
        settings.relayAddresses.removeFirst()
        fixture.server.apply(settings, at: fixture.now)
        fixture.advance(1)
        #expect(client.request(.refresh, [.lifetime(0)]).messageClass == .success)
        #expect(!fixture.shared.ports.isInUse(relayed.port, on: relayed.ip))
    }

    @Test func theBudgetOfUnauthenticatedBytesIsReplaced() {
        let client = TestClient(Fixture())
        let fixture = client.fixture
        #expect(fixture.send(client.message(.binding, []), from: client.tuple).count == 1)
        var settings = Fixture.settings()
        settings.limits.unauthenticatedFloorBitsPerSecond = 0
        settings.limits.unauthenticatedFactor = 0
        fixture.server.apply(settings, at: fixture.now)
        #expect(fixture.send(client.message(.binding, []), from: client.tuple).isEmpty)
    }
}
