import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerAdministrationTests {
    @Test func snapshotsComeInPages() {
        let fixture = Fixture()
        for port in UInt16(1)...5 { TestClient(fixture, port: port).allocate() }
        TestClient(fixture, port: 2).request(.refresh, [.lifetime(0)])
        var seen: [UInt16] = []
        var next: UInt32? = 0
        while let start = next {
            let (page, following) = fixture.server.snapshots(
                from: start, limit: 2, at: fixture.now.monotonic)
            #expect(page.count <= 2)
            seen += page.map(\.client.client.port)
            next = following
        }
        #expect(seen.sorted() == [1, 3, 4, 5])
    }

    @Test func aSnapshotTellsEverything() {
        let fixture = Fixture()
        let name = "\(fixture.now.unixSeconds + 1000):carol"
        let client = TestClient(
            fixture, user: name, password: ServerAuthenticationTests.password(name, "new secret"))
        let relayed = client.allocate().relayed!
        client.bind(0x4000, TransportAddress(IPAddress(9, 9, 9, 9), 5))
        fixture.advance(100)
        let shot = fixture.server.snapshots(from: 0, limit: 1, at: fixture.now.monotonic).page[0]
        #expect(shot.username == name)
        #expect(shot.quotaKey == "carol")
        #expect(shot.relays.map(\.advertised) == [relayed])
        #expect(shot.ageSeconds == 100)
        #expect(shot.expiresInSeconds == 500)
        #expect(shot.permissions == [.init(peer: IPAddress(9, 9, 9, 9), expiresInSeconds: 200)])
        #expect(
            shot.channels == [
                .init(
                    number: 0x4000, peer: TransportAddress(IPAddress(9, 9, 9, 9), 5),
                    expiresInSeconds: 500)
            ])
    }

    @Test func killEndsExactlyTheOneThatWasMeant() {
        let fixture = Fixture()
        TestClient(fixture, port: 1).allocate()
        let handle = fixture.server.snapshots(from: 0, limit: 1, at: fixture.now.monotonic)
            .page[0].handle
        #expect(fixture.kill(handle, banning: nil))
        fixture.drain()
        #expect(fixture.endReasons == [.killed])
        #expect(fixture.openRelays.isEmpty)
        TestClient(fixture, port: 2).allocate()
        #expect(!fixture.kill(handle, banning: nil))
        #expect(fixture.server.allocationCount == 1)
    }

    @Test func aBanEndsAllAllocationsOfTheUserAndEnds() {
        let fixture = Fixture()
        for port in UInt16(1)...3 { TestClient(fixture, port: port).allocate() }
        TestClient(fixture, port: 4, user: "bob").allocate()
        let handle = fixture.server.snapshots(from: 0, limit: 1, at: fixture.now.monotonic)
            .page[0].handle
        #expect(fixture.kill(handle, banning: Seconds(60)))
        fixture.drain()
        fixture.advance(1)
        #expect(fixture.server.allocationCount == 1)
        #expect(TestClient(fixture, port: 5).allocate().code == 401)
        fixture.advance(61)
        #expect(TestClient(fixture, port: 5).allocate().messageClass == .success)
    }
}
