import Primitives
import STUN
import Testing

@testable import TURN

/// A stream of the client becomes one with a connection (RFC 6062 §5.4).
struct ServerConnectionBindTests {
    private let peer = TransportAddress(IPAddress(8, 8, 8, 8), 80)

    /// A client with a connection that waits for its stream.
    private func pending(
        _ settings: ServerSettings = Fixture.settings()
    ) throws -> (control: TestClient, id: ConnectionID, number: UInt32) {
        let client = TestClient(Fixture(settings), transport: .tcp)
        client.allocateTCP()
        _ = client.connect(peer)
        let id = client.fixture.onlyConnection
        let answers = client.fixture.connected(id)
        return (client, id, try #require(answers.first?.connection))
    }

    @Test func aStreamIsBoundBehindItsAnswer() throws {
        let (control, id, number) = try pending()
        let stream = control.newStream(port: 40_100)
        stream.learnNonce()
        let before = control.fixture.actions.count
        let answer = stream.request(.connectionBind, [.connection(number)])
        #expect(answer.messageClass == .success)
        #expect(answer.isSigned(by: control.key))
        #expect(control.fixture.connections[id]?.stream == stream.tuple)
        let order = control.fixture.actions[before...].compactMap { action -> String? in
            switch action {
            case .send(let tuple, _): tuple == stream.tuple ? "answer" : "?"
            case .bindConnection: "bind"
            default: nil
            }
        }
        #expect(order == ["answer", "bind"])
        // Bound, it has no time limit but its allocation's.
        control.fixture.advance(100)
        #expect(control.fixture.connections.count == 1)
    }

    /// The challenge to a stream without credentials leaves the connection alone; so does every
    /// other refusal.
    @Test func refusalsKeepTheConnection() throws {
        let (control, id, number) = try pending()
        let stream = control.newStream(port: 40_100)
        let challenge = control.fixture.send(
            stream.message(.connectionBind, [.connection(number)]), from: stream.tuple)
        #expect(challenge.map(\.code) == [401])
        stream.nonce = [UInt8](repeating: 0x61, count: 36)
        #expect(stream.request(.connectionBind, [.connection(number)]).code == 438)
        stream.learnNonce()
        #expect(stream.request(.connectionBind, [.connection(number ^ 1)]).code == 400)
        #expect(stream.request(.connectionBind, []).code == 400)
        #expect(
            stream.request(.connectionBind, [RawAttribute(.connectionID, [1, 2])]).code == 400)
        #expect(
            stream.request(
                .connectionBind, [.connection(number), RawAttribute(.init(rawValue: 0x7777), [])]
            ).code == 420)
        let other = control.newStream(port: 40_101, user: "bob")
        #expect(other.request(.connectionBind, [.connection(number)]).code == 441)
        #expect(control.fixture.connections[id] != nil)
        #expect(
            stream.request(.connectionBind, [.connection(number)]).messageClass == .success)
    }

    /// pion sends the nonce of its control connection and gives up at 438.
    @Test func theNonceOfTheControlConnectionIsTaken() throws {
        let (control, _, number) = try pending()
        let stream = control.newStream(port: 40_100)
        stream.nonce = control.nonce
        stream.offered = control.offered
        #expect(
            stream.request(.connectionBind, [.connection(number)]).messageClass == .success)
    }

    /// The nonce of any other port, and that of another address, is foreign.
    @Test func theNonceOfAnotherClientIsNot() throws {
        let (control, id, number) = try pending()
        let other = control.newStream(port: 40_101)
        other.learnNonce()
        let stream = control.newStream(port: 40_100)
        stream.nonce = other.nonce
        #expect(stream.request(.connectionBind, [.connection(number)]).code == 438)
        let far = TestClient(control.fixture, ip: IPAddress(203, 0, 113, 8), transport: .tcp)
        far.nonce = control.nonce
        #expect(far.request(.connectionBind, [.connection(number)]).code == 438)
        #expect(control.fixture.connections[id] != nil)
    }

    /// The allocation's key counts, whatever became of the user's credentials since.
    @Test func theKeyOfTheAllocationCounts() throws {
        let (control, _, number) = try pending()
        var credentials = CredentialSettings(realm: "example.org")
        credentials.users = ["alice:changed", "bob:secret"].compactMap { StaticUser(line: $0) }
        control.fixture.server.apply(Fixture.settings(credentials), at: control.fixture.now)
        control.fixture.drain()
        let stream = control.newStream(port: 40_100)
        stream.learnNonce()
        #expect(
            stream.request(.connectionBind, [.connection(number)]).messageClass == .success)
    }

    @Test func aConnectionIsBoundOnce() throws {
        let (control, id, number) = try pending()
        let first = control.newStream(port: 40_100)
        first.request(.connectionBind, [.connection(number)])
        let second = control.newStream(port: 40_101)
        #expect(second.request(.connectionBind, [.connection(number)]).code == 400)
        #expect(control.fixture.causes == [.connectionBound])
        #expect(control.fixture.connections[id]?.stream == first.tuple)
    }

    @Test(arguments: [ServerSettings.Transport.udp, .dtls])
    func datagramsAreNoStream(transport: ServerSettings.Transport) throws {
        let (control, _, number) = try pending()
        let stream = TestClient(control.fixture, port: 40_100, transport: transport)
        #expect(stream.request(.connectionBind, [.connection(number)]).code == 400)
        #expect(control.fixture.causes == [.tcpRelayOverDatagrams])
    }

    /// A stream that controls an allocation cannot carry data.
    @Test func theControlConnectionIsNoDataConnection() throws {
        let (control, _, number) = try pending()
        #expect(control.request(.connectionBind, [.connection(number)]).code == 400)
        #expect(control.fixture.causes == [.streamHasAllocation])
    }

    /// What is being made has no name yet.
    @Test func aConnectionBeingMadeCannotBeBound() {
        let client = TestClient(Fixture(), transport: .tcp)
        client.allocateTCP()
        _ = client.connect(peer)
        let number = client.fixture.server.connections[0].number
        let stream = client.newStream(port: 40_100)
        #expect(stream.request(.connectionBind, [.connection(number)]).code == 400)
    }

    /// RFC 6062 §5.2: after 30 seconds the peer is closed, and its number unknown.
    @Test func nobodyWaitsForLong() throws {
        let (control, _, number) = try pending()
        control.fixture.advance(29.8)
        #expect(control.fixture.connections.count == 1)
        control.fixture.advance(0.5)
        #expect(control.fixture.connections.isEmpty)
        #expect(control.fixture.server.counters.connectionsUnbound == 1)
        let stream = control.newStream(port: 40_100)
        #expect(stream.request(.connectionBind, [.connection(number)]).code == 400)
    }

    /// Also where the tick is late.
    @Test func aLateTickDoesNotLetALateBindIn() throws {
        let (control, _, number) = try pending()
        let stream = control.newStream(port: 40_100)
        stream.learnNonce()
        control.fixture.now.monotonic = control.fixture.now.monotonic + Seconds(31)
        #expect(stream.request(.connectionBind, [.connection(number)]).code == 400)
        #expect(control.fixture.connections.isEmpty)
    }
}
