import Primitives
import STUN
import Testing

@testable import TURN

/// How connections and streams end, and how many there may be (RFC 6062 §5.5).
struct ServerConnectionsTests {
    private func peer(_ port: UInt16) -> TransportAddress {
        TransportAddress(IPAddress(8, 8, 8, 8), port)
    }

    /// A client with one connection bound, one waiting, one being made.
    private func busy(_ fixture: Fixture = Fixture()) throws -> TestClient {
        let client = TestClient(fixture, transport: .tcp)
        client.allocateTCP()
        for port: UInt16 in 1...3 {
            _ = client.connect(peer(port))
            let id = try #require(fixture.connections.first { $0.value.peer == peer(port) }?.key)
            guard port < 3 else { break }
            let number = try #require(fixture.connected(id).first?.connection)
            guard port == 1 else { continue }
            let stream = client.newStream(port: 40_100)
            stream.request(.connectionBind, [.connection(number)])
        }
        #expect(fixture.connections.count == 3)
        #expect(fixture.shared.quotas.usage(of: "alice").connections == 3)
        return client
    }

    private func expectNothing(_ fixture: Fixture) {
        #expect(fixture.connections.isEmpty)
        #expect(fixture.openRelays.isEmpty)
        #expect(fixture.server.connections.count == 0)
        #expect(fixture.server.connectionByNumber.isEmpty)
        #expect(fixture.shared.quotas.usage(of: "alice").connections == 0)
        #expect(fixture.shared.tcpRelays.count == 0)
        #expect(fixture.shared.ports.countInUse == 0)
    }

    // MARK: The end of an allocation

    @Test func refreshWithZeroEndsEverything() throws {
        let client = try busy()
        let bytes = client.signed(.refresh, [.lifetime(0)])
        let answers = client.fixture.send(bytes, from: client.tuple)
        // The Connect that still waited is answered too.
        #expect(answers.map(\.code) == [447, nil])
        #expect(answers.map(\.method) == [.connect, .refresh])
        expectNothing(client.fixture)
        #expect(client.fixture.closedStreams.isEmpty)
    }

    @Test func expiryEndsEverything() throws {
        let client = try busy()
        client.fixture.advance(601)
        expectNothing(client.fixture)
    }

    @Test func killingEndsTheControlConnectionToo() throws {
        let client = try busy()
        let handle = client.fixture.server.snapshots(
            from: 0, limit: 1, at: client.fixture.now.monotonic
        ).page[0].handle
        #expect(client.fixture.kill(handle, banning: nil))
        client.fixture.drain()
        expectNothing(client.fixture)
        #expect(client.fixture.closedStreams == [client.tuple])
    }

    @Test func theControlConnectionTakesEverythingAlong() throws {
        let client = try busy()
        let answers = client.fixture.streamClosed(client.tuple)
        #expect(answers.isEmpty)
        expectNothing(client.fixture)
        #expect(client.fixture.endReasons == [.streamClosed])
        #expect(client.fixture.server.counters.streamsClosed == 1)
        // A second report, and one of a stream without allocation, change nothing.
        client.fixture.streamClosed(client.tuple)
        #expect(client.fixture.server.counters.streamsClosed == 1)
    }

    @Test(arguments: [ServerSettings.Transport.tcp, .tls, .dtls])
    func datagramAllocationsEndWithTheirStreamAsWell(transport: ServerSettings.Transport) {
        let client = TestClient(Fixture(), transport: transport)
        client.allocate()
        client.fixture.streamClosed(client.tuple)
        #expect(client.fixture.server.allocationCount == 0)
        #expect(client.fixture.removed == 1)
        expectNothing(client.fixture)
    }

    @Test func givingUpAFamilyClosesItsConnections() throws {
        let client = TestClient(Fixture(), transport: .tcp)
        client.allocateTCP([.additional(2)])
        let v6 = TransportAddress(IPAddress(v6High: 0x2606_4700_0000_0000, low: 5), 80)
        _ = client.connect(peer(1))
        _ = client.connect(v6)
        #expect(client.fixture.connections.count == 2)
        let bytes = client.signed(.refresh, [.lifetime(0), .family(2)])
        client.fixture.send(bytes, from: client.tuple)
        #expect(client.fixture.connections.values.map(\.peer) == [peer(1)])
    }

    // MARK: The end of a connection

    @Test func whatTheDriverReportsIsForgotten() throws {
        let client = try busy()
        for id in client.fixture.connections.keys { client.fixture.closed(id) }
        #expect(client.fixture.server.connections.count == 0)
        #expect(client.fixture.shared.quotas.usage(of: "alice").connections == 0)
        #expect(client.fixture.server.allocationCount == 1)
        // Reports about what is gone mean nothing.
        client.fixture.closed(ConnectionID(index: 0))
        client.fixture.connected(ConnectionID(index: 1))
        client.fixture.failed(ConnectionID(index: 99))
        #expect(client.fixture.server.allocationCount == 1)
    }

    /// The list of an allocation stays whole, wherever a link is taken out.
    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func connectionsEndInAnyOrder(order: [Int]) throws {
        let client = try busy()
        let ids = client.fixture.connections.keys.sorted { $0.index < $1.index }
        for (count, place) in order.enumerated() {
            client.fixture.closed(ids[place])
            let snapshot = client.fixture.server.snapshots(
                from: 0, limit: 1, at: client.fixture.now.monotonic
            ).page[0]
            #expect(snapshot.connections.count == 2 - count)
            #expect(!snapshot.connections.contains { $0.id == ids[place] })
        }
    }

    @Test func aReloadCutsWhatItDenies() throws {
        let client = try busy()
        client.permit(peer(1).ip)
        var settings = Fixture.settings()
        var peers = PeerPolicySettings()
        peers.denied = [PeerRule(try #require(AddressRange("8.8.8.0/24")), source: "test")]
        settings.peerPolicy = PeerPolicy(peers)
        client.fixture.server.apply(settings, at: client.fixture.now)
        client.fixture.advance(1)
        #expect(client.fixture.connections.isEmpty)
        #expect(client.fixture.server.counters.connectionsCut == 3)
        #expect(client.fixture.server.allocationCount == 1)
        #expect(client.connect(peer(1))?.code == 403)
    }

    // MARK: Limits

    @Test func anAllocationHasABoundOfConnections() {
        var settings = Fixture.settings()
        settings.limits.connectionsPerAllocation = 2
        let client = TestClient(Fixture(settings), transport: .tcp)
        client.allocateTCP()
        client.permit(peer(1).ip)
        #expect(client.connect(peer(1)) == nil)
        #expect(client.connect(peer(2)) == nil)
        #expect(client.connect(peer(3))?.code == 508)
        #expect(client.fixture.causes == [.connectionLimit(2)])
        let relay = AllocationID(index: 0).relay(.ipv4)
        #expect(client.fixture.accept(relay, from: peer(4)).id == nil)
        #expect(client.fixture.server.counters.connectionsOverLimit == 1)
    }

    @Test func aUserHasABoundOfConnections() {
        var settings = Fixture.settings()
        settings.limits.connectionsPerUser = 2
        let fixture = Fixture(settings)
        let first = TestClient(fixture, transport: .tcp)
        let second = TestClient(fixture, port: 40_001, transport: .tcp)
        first.allocateTCP()
        second.allocateTCP()
        #expect(first.connect(peer(1)) == nil)
        #expect(second.connect(peer(1)) == nil)
        #expect(second.connect(peer(2))?.code == 486)
        #expect(fixture.causes == [.userConnectionLimit(used: 2, limit: 2)])
        fixture.send(first.signed(.refresh, [.lifetime(0)]), from: first.tuple)
        #expect(second.connect(peer(2)) == nil)
    }

    /// Connects find open ports, so that their rate is that of new permissions.
    @Test func aScanRunsIntoTheRateOfNewPeers() {
        var settings = Fixture.settings()
        settings.limits.permissionBurst = 5
        settings.limits.newPermissionsPerSecond = 1
        let client = TestClient(Fixture(settings), transport: .tcp)
        client.allocateTCP()
        for port: UInt16 in 1...5 {
            #expect(client.connect(peer(port)) == nil)
            client.fixture.failed(client.fixture.onlyConnection)
        }
        #expect(client.connect(peer(6))?.code == 508)
        #expect(client.fixture.causes.last == .permissionRate(perSecond: 1))
    }

    /// An allocation in use by connections is not idle, whatever the flow tables say.
    @Test func connectionsKeepAnAllocationFromEviction() {
        var settings = Fixture.settings()
        settings.limits.allocationsPerUser = 1
        let fixture = Fixture(settings)
        let client = TestClient(fixture, transport: .tcp)
        client.allocateTCP()
        _ = client.connect(peer(1))
        let id = fixture.onlyConnection
        let number = fixture.connected(id)[0].connection!
        client.newStream(port: 40_100).request(.connectionBind, [.connection(number)])
        fixture.advance(100)
        let second = TestClient(fixture, port: 40_001, transport: .tcp)
        #expect(second.allocateTCP().code == 486)
        fixture.closed(id)
        fixture.lastTraffic[AllocationID(index: 0)] = fixture.now.monotonic
        #expect(second.allocateTCP().code == 486)
        fixture.advance(31)
        #expect(second.allocateTCP().messageClass == .success)
    }

    @Test func numbersNameTheirWorkerAndNothingElse() {
        let first = Fixture()
        let second = Fixture(sharing: first, worker: WorkerID(index: 1))
        let client = TestClient(second, transport: .tcp)
        client.allocateTCP()
        var numbers: Set<UInt32> = []
        for port: UInt16 in 1...50 {
            _ = client.connect(peer(port))
            let made = second.server.connections[UInt32(port - 1)].number
            #expect(Server.worker(ofConnection: made) == WorkerID(index: 1))
            numbers.insert(made)
        }
        #expect(numbers.count == 50)
        let sorted = numbers.sorted()
        #expect(!zip(sorted, sorted.dropFirst()).contains { $1 - $0 == 1 })
    }

    // MARK: What is seen

    @Test func snapshotsShowConnections() throws {
        let client = try busy()
        client.fixture.advance(3)
        let snapshot = client.fixture.server.snapshots(
            from: 0, limit: 1, at: client.fixture.now.monotonic
        ).page[0]
        #expect(snapshot.transport == .tcp)
        let byPeer = Dictionary(
            uniqueKeysWithValues: snapshot.connections.map { ($0.peer.port, $0) })
        #expect(byPeer[1]?.state == .bound && byPeer[1]?.stream?.client.port == 40_100)
        #expect(byPeer[2]?.state == .pending)
        #expect(byPeer[3]?.state == .connecting && byPeer[3]?.ageSeconds == 3)
    }
}
