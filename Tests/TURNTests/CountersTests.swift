import STUN
import Testing

@testable import TURN

@Suite struct CountersTests {
    @Test("How long allocations lived is counted when they end, each in one bucket")
    func lifetimes() {
        let fixture = Fixture()
        let first = TestClient(fixture, port: 1)
        let second = TestClient(fixture, port: 2)
        first.allocate()
        second.allocate()
        fixture.advance(61)
        #expect(fixture.server.counters.lifetimes == .init())
        first.request(.refresh, [.lifetime(0)])
        #expect(fixture.server.counters.lifetimes.buckets == [0, 0, 0, 1, 0, 0, 0, 0, 0])
        fixture.advance(600)
        // Expired after the usual ten minutes.
        #expect(fixture.server.counters.lifetimes.buckets == [0, 0, 0, 1, 1, 0, 0, 0, 0])
        let sum = fixture.server.counters.lifetimes.sumSeconds
        #expect((661...662).contains(sum), "\(sum)")
    }

    @Test func sum() {
        var one = Counters.Lifetimes()
        var other = one
        one.add(1)
        other.add(86_401)
        other.add(2)
        #expect((one + other).buckets == [1, 1, 0, 0, 0, 0, 0, 0, 1])
        #expect((one + other).sumSeconds == 86_404)
    }
}
