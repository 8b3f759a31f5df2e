import HeapCount
import Primitives
import STUN
import Testing

@testable import TURN

/// The answers that anybody can ask for cost no heap allocation.
@Suite(.serialized) struct ReplyTests {
    private func allocations(_ client: TestClient, _ bytes: [UInt8]) -> Int64 {
        let fixture = client.fixture
        for _ in 0..<3 { fixture.exchange(bytes, from: client.tuple) }
        let before = heap_calls()
        for _ in 0..<100 { fixture.exchange(bytes, from: client.tuple) }
        return heap_calls() - before
    }

    @Test func bindingAllocatesNothing() {
        let client = TestClient(Fixture())
        #expect(allocations(client, client.message(.binding, [])) == 0)
        #expect(client.fixture.server.counters.bindingRequests == 103)
    }

    @Test func theChallengeAllocatesNothing() {
        let client = TestClient(Fixture())
        #expect(allocations(client, client.message(.allocate, [.udp])) == 0)
        #expect(client.fixture.server.counters.error401 == 103)
    }
}
