import Primitives
import STUN
import Testing

@testable import TURN

/// TCP allocations, and how their connections begin (RFC 6062 §5.1 to §5.3).
struct ServerConnectTests {
    private let peer = TransportAddress(IPAddress(8, 8, 8, 8), 80)

    private func client(
        _ settings: ServerSettings = Fixture.settings(),
        transport: ServerSettings.Transport = .tcp
    ) -> TestClient {
        TestClient(Fixture(settings), transport: transport)
    }

    // MARK: Allocate

    @Test(arguments: [ServerSettings.Transport.tcp, .tls])
    func aTCPRelayIsOpenedForAStream(transport: ServerSettings.Transport) {
        let client = client(transport: transport)
        let answer = client.allocateTCP()
        #expect(answer.messageClass == .success)
        #expect(answer.token == nil)
        let opened = client.fixture.actions.compactMap {
            if case .openRelay(_, let local, let port, .tcp) = $0 {
                TransportAddress(local, port)
            } else {
                nil
            }
        }
        #expect(opened == [answer.relayed])
        #expect(client.fixture.server.counters.tcpAllocations == 1)
        #expect(client.fixture.shared.tcpRelays.count == 1)
        client.request(.refresh, [.lifetime(0)])
        #expect(client.fixture.shared.tcpRelays.count == 0)
    }

    /// RFC 6062 §5.1 item 2.
    @Test(arguments: [ServerSettings.Transport.udp, .dtls])
    func datagramsGetNoTCPRelay(transport: ServerSettings.Transport) {
        let client = client(transport: transport)
        #expect(client.allocateTCP().code == 400)
        #expect(client.fixture.causes == [.tcpRelayOverDatagrams])
    }

    /// RFC 6062 §5.1 item 3.
    @Test(arguments: [
        RawAttribute.evenPort(reserve: false), .evenPort(reserve: true), .token(1),
        RawAttribute(.dontFragment, []),
    ])
    func attributesOfDatagramsAreRefused(attribute: RawAttribute) {
        let client = client()
        #expect(client.allocateTCP([attribute]).code == 400)
        #expect(client.fixture.openRelays.isEmpty)
    }

    /// RFC 6062 §5.1 makes no exception for both families (RFC 8656 §7.2 item 9).
    @Test func bothFamiliesAreGranted() {
        let client = client()
        #expect(client.allocateTCP([.additional(2)]).relayedAll.count == 2)
        #expect(client.fixture.shared.tcpRelays.count == 2)
        client.request(.refresh, [.lifetime(0), .family(2)])
        #expect(client.fixture.shared.tcpRelays.count == 1)
    }

    @Test func transportsAreSwitchedOff() {
        var settings = Fixture.settings()
        settings.features.tcpRelay = false
        #expect(client(settings).allocateTCP().code == 442)
        #expect(client(settings).allocate().messageClass == .success)
        settings.features.tcpRelay = true
        settings.features.udpRelay = false
        // RFC 6062 §5.1 item 1.
        #expect(client(settings).allocate().code == 403)
        #expect(client(settings).allocateTCP().messageClass == .success)
    }

    @Test func datagramsOfTheClientFindNoChannel() {
        let client = client()
        client.allocateTCP()
        #expect(client.bind(0x4000, peer).code == 400)
        #expect(client.fixture.causes == [.udpAllocationOnly])
        #expect(client.permit(peer.ip).messageClass == .success)
        // Nothing is installed that could let a datagram pass.
        #expect(client.fixture.permitted.isEmpty)
    }

    // MARK: Connect

    @Test func successComesWhenThePeerHasAccepted() throws {
        let client = client()
        client.allocateTCP()
        #expect(client.connect(peer) == nil)
        let id = client.fixture.onlyConnection
        #expect(client.fixture.connections[id]?.peer == peer)
        #expect(client.fixture.connections[id]?.relay.family == .ipv4)
        let answers = client.fixture.connected(id)
        let answer = try #require(answers.first)
        #expect(answers.count == 1)
        #expect(answer.messageClass == .success && answer.method == .connect)
        #expect(answer.to == client.tuple)
        #expect(answer.isSigned(by: client.key))
        let number = try #require(answer.connection)
        #expect(Server.worker(ofConnection: number) == WorkerID(index: 0))
    }

    @Test(arguments: Scheme.allCases)
    func theAnswerIsSignedAsTheRequestWas(scheme: Scheme) {
        let fixture = Fixture()
        let client = TestClient(fixture, scheme: scheme, transport: .tcp)
        client.allocateTCP()
        _ = client.connect(peer)
        let answers = fixture.connected(fixture.onlyConnection)
        #expect(answers.count == 1 && answers[0].isSigned(by: client.key))
    }

    @Test func aPeerThatRefusesGives447() {
        let client = client()
        client.allocateTCP()
        _ = client.connect(peer)
        let answers = client.fixture.failed(client.fixture.onlyConnection)
        #expect(answers.map(\.code) == [447])
        #expect(answers[0].isSigned(by: client.key))
        #expect(client.fixture.causes == [.connectFailed(peer)])
        #expect(client.fixture.server.counters.error447 == 1)
        // The way is free again.
        #expect(client.connect(peer) == nil)
    }

    /// RFC 6062 §5.2: at least 30 seconds.
    @Test func aSilentPeerGives447AfterThirtySeconds() {
        let client = client()
        client.allocateTCP()
        _ = client.connect(peer)
        client.fixture.advance(29.8)
        #expect(client.fixture.connections.count == 1)
        client.fixture.advance(0.5)
        #expect(client.fixture.connections.isEmpty)
        #expect(client.fixture.causes == [.connectTimedOut(peer, seconds: 30)])
    }

    @Test func withoutTCPAllocation437() {
        let client = client()
        #expect(client.connect(peer)?.code == 437)
        client.allocate()
        #expect(client.connect(peer)?.code == 437)
        #expect(client.fixture.causes == [.noAllocation, .noTCPAllocation])
    }

    @Test func aMissingOrEmptyPeerGives400() {
        let client = client()
        client.allocateTCP()
        #expect(client.request(.connect, []).code == 400)
        #expect(client.request(.connect, [RawAttribute(.xorPeerAddress, [0, 1])]).code == 400)
        #expect(client.connect(TransportAddress(peer.ip, 0))?.code == 400)
    }

    @Test func aPeerOfAnotherFamilyGives443() {
        let client = client()
        client.allocateTCP()
        let peer = TransportAddress(IPAddress(v6High: 0x2606_4700_0000_0000, low: 5), 80)
        #expect(client.connect(peer)?.code == 443)
    }

    @Test func anotherUserGets441() {
        let client = client()
        client.allocateTCP()
        client.user = "bob"
        #expect(client.connect(peer)?.code == 441)
    }

    @Test(arguments: [
        IPAddress(127, 0, 0, 1), IPAddress(10, 0, 0, 1), IPAddress(169, 254, 169, 254),
    ])
    func deniedPeersGive403(address: IPAddress) {
        let client = client()
        client.allocateTCP()
        #expect(client.connect(TransportAddress(address, 80))?.code == 403)
        #expect(client.fixture.connections.isEmpty)
    }

    @Test func oneConnectionForOnePeer() {
        let client = client()
        client.allocateTCP()
        #expect(client.connect(peer) == nil)
        #expect(client.connect(peer)?.code == 446)
        let id = client.fixture.onlyConnection
        client.fixture.connected(id)
        #expect(client.connect(peer)?.code == 446)
        #expect(client.connect(TransportAddress(peer.ip, 81)) == nil)
        client.fixture.closed(id)
        #expect(client.connect(peer) == nil)
    }

    // MARK: Own addresses

    private func ownSettings() -> ServerSettings {
        var settings = Fixture.settings()
        settings.relayAddresses = [
            .init(local: IPAddress(10, 0, 0, 5), advertised: Fixture.relayV4)
        ]
        var peers = PeerPolicySettings()
        peers.ownAddresses = [IPAddress(10, 0, 0, 5), Fixture.relayV4]
        peers.relayPorts = 50_000...50_199
        peers.listeners = [TransportAddress(IPAddress(10, 0, 0, 5), 3478)]
        settings.peerPolicy = PeerPolicy(peers)
        return settings
    }

    /// Behind a NAT of the operator: clients name the public address, sockets the local one.
    @Test func aConnectReachesALiveRelayByEitherAddress() throws {
        let fixture = Fixture(ownSettings())
        let alice = TestClient(fixture, transport: .tcp)
        let bob = TestClient(fixture, port: 40_001, user: "bob", transport: .tcp)
        let relay = try #require(alice.allocateTCP().relayed)
        #expect(relay.ip == Fixture.relayV4)
        let own = try #require(bob.allocateTCP().relayed)
        let local = TransportAddress(IPAddress(10, 0, 0, 5), relay.port)
        #expect(bob.connect(relay) == nil)
        let id = fixture.onlyConnection
        #expect(fixture.connections[id]?.peer == local)
        #expect(bob.connect(local)?.code == 446)

        // The other end: without a permission nothing, with one the advertised address.
        let source = TransportAddress(IPAddress(10, 0, 0, 5), own.port)
        let target = AllocationID(index: 0).relay(.ipv4)
        #expect(fixture.accept(target, from: source).id == nil)
        alice.permit(Fixture.relayV4)
        let (accepted, answers) = fixture.accept(target, from: source)
        #expect(accepted != nil)
        #expect(answers.map(\.peer) == [own])
    }

    @Test func onOwnAddressesNothingElseIsReached() throws {
        let fixture = Fixture(ownSettings())
        let client = TestClient(fixture, transport: .tcp)
        let own = try #require(client.allocateTCP().relayed)
        let free: UInt16 = own.port == 50_100 ? 50_101 : 50_100
        #expect(client.connect(TransportAddress(own.ip, free))?.code == 447)
        #expect(client.connect(TransportAddress(own.ip, 22))?.code == 403)
        #expect(client.connect(TransportAddress(IPAddress(10, 0, 0, 5), 3478))?.code == 403)
        #expect(client.connect(own)?.code == 403)
        #expect(fixture.causes.contains(.connectToItself))
        // A relay for datagrams takes no connections.
        let udp = TestClient(fixture, port: 40_001, transport: .tcp)
        let datagrams = try #require(udp.allocate().relayed)
        #expect(client.connect(datagrams)?.code == 447)
        // Nor does anything of this machine reach a client, but relays.
        client.permit(own.ip)
        let local = TransportAddress(IPAddress(10, 0, 0, 5), 22)
        #expect(fixture.accept(AllocationID(index: 0).relay(.ipv4), from: local).id == nil)
        #expect(fixture.connections.isEmpty)
    }

    // MARK: Incoming

    @Test func aPeerWithPermissionIsAnnounced() throws {
        let client = client()
        client.allocateTCP()
        client.permit(peer.ip)
        let relay = AllocationID(index: 0).relay(.ipv4)
        let (id, answers) = client.fixture.accept(relay, from: peer)
        #expect(id != nil)
        let attempt = try #require(answers.first)
        #expect(attempt.method == .connectionAttempt && attempt.messageClass == .indication)
        #expect(attempt.peer == peer)
        #expect(attempt.connection != nil)
        #expect(attempt.to == client.tuple)
    }

    @Test func aPeerWithoutPermissionIsSentAway() {
        let client = client()
        client.allocateTCP()
        let relay = AllocationID(index: 0).relay(.ipv4)
        #expect(client.fixture.accept(relay, from: peer).id == nil)
        client.permit(peer.ip)
        client.fixture.advance(301)
        let (late, answers) = client.fixture.accept(relay, from: peer)
        #expect(late == nil && answers.isEmpty)
        #expect(client.fixture.server.counters.connectionsNotPermitted == 2)
        #expect(client.fixture.accept(AllocationID(index: 7).relay(.ipv4), from: peer).id == nil)
    }

    /// An indication and a refusal may follow each other within one call of the driver.
    @Test func anIndexIsNotUsedAgainWhileItsEndIsUnderWay() {
        let client = client()
        client.allocateTCP()
        client.permit(peer.ip)
        let relay = AllocationID(index: 0).relay(.ipv4)
        let first = client.fixture.accept(relay, from: peer).id
        // The tick is late: what is over ends within the next call.
        client.fixture.now.monotonic = client.fixture.now.monotonic + Seconds(31)
        let second = client.fixture.accept(relay, from: TransportAddress(peer.ip, 81)).id
        #expect(second != nil && second != first)
        #expect(client.fixture.connections.count == 1)
    }
}
