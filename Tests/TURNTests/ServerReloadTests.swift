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

    /// The host took the peer's address over: what was permitted must not reach its services.
    @Test func aPeerThatBecameOwnIsReachedAsSuch() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate()
        client.permit(peer, other)
        client.bind(0x4000, TransportAddress(peer, 1))
        func apply(_ own: [IPAddress]) -> [String] {
            var policy = PeerPolicySettings()
            policy.ownAddresses = own
            policy.relayPorts = 50_000...50_199
            var settings = Fixture.settings()
            settings.peerPolicy = PeerPolicy(policy)
            fixture.actions = []
            fixture.server.apply(settings, at: fixture.now)
            fixture.advance(0.1)
            return fixture.actions.compactMap { action in
                switch action {
                case .installPermission(_, let peer, _, let own): "\(peer) \(own)"
                case .installChannel(_, let channel, _, _, let own): "\(channel) \(own)"
                case .removeChannel(_, let channel): "\(channel) gone"
                default: nil
                }
            }
        }
        // A channel to a port that is no relay's ends; the permission stays, for relay ports.
        #expect(apply([peer]) == ["16384 gone", "\(peer) true"])
        #expect(apply([peer]) == [])
        #expect(apply([]) == ["\(peer) false"])
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

    @Test func allocationsEndWithTheirListenerAndNoOthers() {
        let fixture = Fixture()
        let gone = TestClient(fixture)
        let stays = TestClient(fixture, port: 41_000, transport: .dtls)
        gone.allocate()
        stays.allocate()
        let numbers = [gone, stays].map(\.tuple.listener)
        #expect(fixture.server.allocationsByListener == [numbers[0]: 1, numbers[1]: 1])
        fixture.actions = []
        #expect(fixture.server.closeListeners([numbers[0]], from: 0, at: fixture.now) == nil)
        fixture.drain()
        #expect(
            fixture.actions.contains { action in
                if case .event(.ended(_, _, .listenerGone, _)) = action { true } else { false }
            })
        #expect(fixture.server.allocationsByListener == [numbers[1]: 1])
        #expect(stays.request(.refresh, []).lifetime == 600)
        #expect(fixture.shared.ports.countInUse == 1)
    }

    @Test func aListenerIsClosedInStepsAndPortsStayUntilTheirSocketsAreClosed() {
        let fixture = Fixture(ports: 50_000...50_999)
        var settings = Fixture.settings()
        settings.limits.allocationsPerUser = 0
        fixture.shared.quotas.apply(settings.limits)
        for port in UInt16(1)...150 { TestClient(fixture, port: port).allocate() }
        let gone = Set(fixture.server.allocationsByListener.keys)
        #expect(fixture.shared.ports.countInUse == 150)
        var next: UInt32? = 0
        var left: [Int] = []
        while let start = next {
            next = fixture.server.closeListeners(gone, from: start, at: fixture.now)
            left.append(fixture.server.allocationCount)
            let inUse = fixture.shared.ports.countInUse
            var closed = 0
            while let action = fixture.server.nextAction() {
                if case .closeRelay = action {
                    #expect(fixture.shared.ports.countInUse == inUse - closed)
                    closed += 1
                }
            }
            #expect(fixture.shared.ports.countInUse == fixture.server.allocationCount)
        }
        #expect(left == [86, 22, 0])
    }

    @Test func aReservationIsClaimedUnderTheAddressOfNow() {
        let fixture = Fixture()
        let token = TestClient(fixture).allocate([.evenPort(reserve: true)]).token!
        var settings = Fixture.settings()
        for index in settings.relayAddresses.indices {
            settings.relayAddresses[index].advertised = IPAddress(198, 18, 0, 1)
        }
        fixture.server.apply(settings, at: fixture.now)
        let answer = TestClient(fixture, port: 41_000).allocate([.token(token)])
        #expect(answer.relayed?.ip == IPAddress(198, 18, 0, 1))
    }

    @Test func tablesGrowAndShrink() {
        var settings = Fixture.settings()
        settings.limits.allocationsPerWorker = 1
        let fixture = Fixture(settings)
        #expect(TestClient(fixture).allocate().messageClass == .success)
        #expect(TestClient(fixture, port: 41_000).allocate().code == 508)
        settings.limits.allocationsPerWorker = 2
        fixture.server.apply(settings, at: fixture.now)
        #expect(TestClient(fixture, port: 41_000).allocate().messageClass == .success)
        settings.limits.allocationsPerWorker = 1
        fixture.server.apply(settings, at: fixture.now)
        #expect(TestClient(fixture, port: 41_001).allocate().code == 508)
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
