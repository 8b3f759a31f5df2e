import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerOpeningTests {
    // Dual allocations (RFC 8656 §7.2 item 9).

    @Test func aDualAllocationHasBothFamilies() {
        let client = TestClient(Fixture())
        let answer = client.allocate([.additional(2)])
        #expect(answer.relayedAll.map(\.ip) == [Fixture.relayV4, Fixture.relayV6])
        #expect(!answer.has(.addressErrorCode))
        #expect(client.fixture.shared.ports.countInUse == 2)
        #expect(
            client.permit(IPAddress(9, 9, 9, 9), IPAddress(v6High: 0x2600 << 48, low: 1))
                .messageClass == .success)
    }

    @Test(arguments: [AddressFamily.ipv4, .ipv6])
    func aFamilyThatIsNotServedIsNamed(_ missing: AddressFamily) {
        var settings = Fixture.settings()
        settings.relayAddresses.removeAll { $0.local.family == missing }
        let answer = TestClient(Fixture(settings)).allocate([.additional(2)])
        #expect(answer.messageClass == .success)
        #expect(answer.relayedAll.count == 1)
        #expect(answer.addressError?.family == missing.rawValue)
        #expect(answer.addressError?.code == 440)
    }

    @Test(arguments: [AddressFamily.ipv4, .ipv6])
    func aFamilyThatCannotBeOpenedIsNamed(_ broken: AddressFamily) {
        let fixture = Fixture()
        fixture.refuseFamily = broken
        let answer = TestClient(fixture).allocate([.additional(2)])
        #expect(answer.relayedAll.count == 1)
        #expect(answer.addressError?.family == broken.rawValue)
        #expect(answer.addressError?.code == 508)
        #expect(fixture.shared.ports.countInUse == 1)
    }

    // Ports that the system refuses.

    @Test func aBusyPortIsReplacedByAnother() {
        let fixture = Fixture()
        var refused: Set<UInt16> = []
        fixture.refusePort = { port in refused.count < 3 && refused.insert(port).inserted }
        #expect(TestClient(fixture).allocate().messageClass == .success)
        #expect(fixture.server.counters.relayBindFailures == 3)
        #expect(fixture.shared.ports.countInUse == 1)
    }

    @Test(arguments: [true, false])
    func triesAreBounded(_ retry: Bool) {
        let fixture = Fixture()
        fixture.refusePort = { _ in true }
        fixture.mayRetry = retry
        let client = TestClient(fixture)
        let answer = client.allocate([.evenPort(reserve: true)])
        #expect(answer.code == 508)
        #expect(answer.isSigned(by: client.key))
        let tries = retry ? fixture.server.settings.limits.bindAttempts : 1
        #expect(fixture.server.counters.relayBindFailures == UInt64(tries))
        #expect(fixture.shared.ports.countInUse == 0)
        #expect(fixture.shared.quotas.allocations == 0)
        #expect(fixture.server.allocationCount == 0)
        fixture.refusePort = { _ in false }
        #expect(client.allocate().messageClass == .success)
    }

    @Test func withoutFreePortsThereIs508() {
        let fixture = Fixture(ports: 50_000...50_001)
        #expect(TestClient(fixture, port: 1).allocate().messageClass == .success)
        #expect(TestClient(fixture, port: 2).allocate().messageClass == .success)
        #expect(TestClient(fixture, port: 3).allocate().code == 508)
        #expect(fixture.causes == [.noRelayPort(.ipv4)])
    }

    // EVEN-PORT and RESERVATION-TOKEN.

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func evenPortsAreEven(_ seed: UInt64) {
        let client = TestClient(Fixture(seed: seed))
        let answer = client.allocate([.evenPort(reserve: false)])
        #expect(answer.relayed!.port % 2 == 0)
        #expect(!answer.has(.reservationToken))
    }

    @Test func aReservedPortGoesToWhoBringsTheToken() {
        let fixture = Fixture()
        let first = TestClient(fixture).allocate([.evenPort(reserve: true)])
        #expect(fixture.shared.ports.countInUse == 2)
        let second = TestClient(fixture, port: 41_000).allocate([.token(first.token!)])
        #expect(second.relayed?.port == first.relayed!.port + 1)
        #expect(fixture.shared.ports.countInUse == 2)
        let third = TestClient(fixture, port: 42_000).allocate([.token(first.token!)])
        #expect(third.code == 508)
        fixture.advance(60)
        #expect(fixture.shared.ports.countInUse == 2)
    }

    /// The request with the token may arrive at any worker.
    @Test func aTokenIsGoodAtEveryWorker() {
        let fixture = Fixture()
        let first = TestClient(fixture).allocate([.evenPort(reserve: true)])
        let other = Fixture(sharing: fixture, worker: WorkerID(index: 1))
        let second = TestClient(other, port: 41_000).allocate([.token(first.token!)])
        #expect(second.relayed?.port == first.relayed!.port + 1)
        fixture.advance(40)
        #expect(fixture.shared.ports.countInUse == 2)
    }

    /// RFC 8656 §7.2: at least 30 seconds.
    @Test func aReservationLastsThirtySeconds() {
        let fixture = Fixture()
        let first = TestClient(fixture).allocate([.evenPort(reserve: true)])
        fixture.advance(29.9)
        #expect(fixture.shared.ports.countInUse == 2)
        fixture.advance(0.2)
        #expect(fixture.shared.ports.countInUse == 1)
        let late = TestClient(fixture, port: 41_000).allocate([.token(first.token!)])
        #expect(late.code == 508)
    }

    @Test func aTokenOfAnotherUserIsWorthNothing() {
        let fixture = Fixture()
        let first = TestClient(fixture).allocate([.evenPort(reserve: true)])
        let thief = TestClient(fixture, port: 41_000, user: "bob")
        #expect(thief.allocate([.token(first.token!)]).code == 508)
        #expect(
            TestClient(fixture, port: 42_000).allocate([.token(first.token!)])
                .messageClass == .success)
    }
}
