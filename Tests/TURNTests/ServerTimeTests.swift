import HeapCount
import Primitives
import STUN
import Testing

@testable import TURN

/// Time-limited names are new for every call; what is kept for one must end with it.
@Suite struct ServerTimeTests {
    /// A virtual day in which every half minute somebody new relays, whom nobody sees again. Some
    /// give their allocation back, the others just go; some never had the right password.
    @Test func aDayOfNamesLeavesMemoryAsItWas() {
        let fixture = Fixture(usersMax: 128)
        var held: [Int64] = []
        for hour in 0..<24 {
            for call in 0..<120 {
                play(fixture, number: hour * 120 + call)
                fixture.advance(30)
                fixture.actions.removeAll(keepingCapacity: true)
            }
            held.append(heap_bytes())
        }
        #expect(fixture.shared.quotas.allocations < 30)
        // Tables have grown to their size within hours; from then on the day brings nothing.
        let growth = held[23] - held[5]
        #expect(growth < 4096, "held after each hour: \(held)")
    }

    private func play(_ fixture: Fixture, number: Int) {
        let name = "\(fixture.now.unixSeconds + 3600):caller\(number)"
        let secret = number % 7 == 0 ? "no secret of ours" : "new secret"
        let client = TestClient(
            fixture, port: 1024 + UInt16(number % 60_000), user: name,
            password: ServerAuthenticationTests.password(name, secret))
        guard client.allocate().messageClass == .success else { return }
        let peer = TransportAddress(IPAddress(9, 9, 9, 9), 5000)
        #expect(client.permit(peer.ip).messageClass == .success)
        #expect(client.bind(0x4000, peer).messageClass == .success)
        if number % 2 == 0 { client.request(.refresh, [.lifetime(0)]) }
    }
}
