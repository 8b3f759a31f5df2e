import JSON
import Primitives
import Testing

@testable import Signaling

/// Calls kept as text, as a store for several daemons would: nothing but `CallStore` is known.
private final class TextStore: CallStore {
    private var texts: [CallID: JSONValue] = [:]

    private func read(_ json: JSONValue) -> Call {
        // Nothing here fails but by a mistake of the test.
        try! StateDecoder.decode(Call.self, from: json, at: CallStoreTests.clock)
    }

    var all: [Call] { texts.values.map(read) }
    var count: Int { texts.count }
    var liveCount: Int { all.count { $0.state != .ended } }
    func call(_ id: CallID) -> Call? { texts[id].map(read) }
    func nextDeadline(of id: CallID) -> MonotonicTime? { call(id)?.nextDeadline }
    func insert(_ call: Call) { texts[call.id] = try? StateEncoder.json(call) }
    func remove(_ id: CallID) { texts[id] = nil }

    func update<Answer>(_ id: CallID, _ change: (inout Call) -> Answer) -> Answer? {
        guard var call = call(id) else { return nil }
        defer { insert(call) }
        return change(&call)
    }

    func calls(of user: UserID) -> Set<CallID> {
        Set(
            all.filter { $0.callee == user || $0.owner == user || $0.seat(of: user) != nil }
                .map(\.id))
    }

    func list(_ filter: CallFilter) -> [Call] { all }
}

@Suite struct CallStoreTests {
    static let clock = Exchange.now(1_000_000)

    @Test("S3-9: calls may live anywhere that keeps and finds them")
    func anotherStore() {
        let exchange = Exchange()
        exchange.board = Switchboard(
            verifier: TestTokens(), issuer: TestIssuer(), signer: TestSigner(),
            random: SeededRandom(state: 5), store: TextStore(), at: exchange.now)
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        #expect(ann.call("bob", id: "c1").isOK)
        #expect(bob.news() == ["call:offer"])
        #expect(bob.answer("c1").isOK)
        bob.drop()
        #expect(bob.reconnect()?["resumed"] == true)
        #expect(ann.news() == ["call:answer", "state", "peer-disconnected", "peer-reconnected"])
        #expect(ann.ask("call:end", ["call_id": "c1"]).isOK)
        #expect(exchange.board.liveCallCount == 0)
        exchange.advance(seconds: 121)
        #expect(exchange.board.callCount == 0)
    }
}
