import Primitives
import Testing

@testable import Signaling

@Suite struct MemoryCallStoreTests {
    private func room(_ id: CallID, owner: UserID? = nil, at milliseconds: UInt64 = 0) -> Call {
        let now = CallStage.now(milliseconds)
        return Call.open(id, owner: owner, settings: CallSettings(), at: now).call
    }

    private func join(_ store: MemoryCallStore, _ id: CallID, _ party: CallParty) {
        _ = store.update(id) { call in
            try? call.handle(
                .join(party, .none, newPeer: PeerID("p" + party.user.text), isFresh: nil),
                at: CallStage.now(0))
        }
    }

    @Test func peopleFindTheirCallsAsLongAsTheyHaveAPlace() {
        let store = MemoryCallStore()
        store.insert(room("r", owner: "carl"))
        #expect(store.calls(of: "carl") == ["r"] && store.calls(of: "anna").isEmpty)
        join(store, "r", CallStage.anna)
        join(store, "r", CallStage.ben)
        #expect(store.calls(of: "anna") == ["r"] && store.calls(of: "ben") == ["r"])
        _ = store.update("r") { try? $0.handle(.leave(CallStage.ben), at: CallStage.now(0)) }
        #expect(store.calls(of: "ben").isEmpty)
        #expect(store.calls(of: "anna") == ["r"] && store.calls(of: "carl") == ["r"])
        store.remove("r")
        #expect(store.calls(of: "anna").isEmpty && store.calls(of: "carl").isEmpty)
        #expect(store.count == 0 && store.liveCount == 0)
    }

    @Test("S2-5: an ended call counts no more and stays to be looked up")
    func endedCalls() {
        let store = MemoryCallStore()
        for id in ["a", "b", "c"] { store.insert(room(CallID(id), owner: "anna")) }
        _ = store.update("b") {
            try? $0.handle(.terminate(.deleted, by: nil), at: CallStage.now(0))
        }
        #expect(store.count == 3 && store.liveCount == 2)
        #expect(store.call("b")?.state == .ended)
        store.remove("b")
        store.remove("b")
        #expect(store.count == 2 && store.liveCount == 2)
        // The same name again replaces what was there.
        store.insert(room("a"))
        #expect(store.count == 2 && store.liveCount == 2)
        #expect(store.calls(of: "anna") == ["c"])
        #expect(store.update("x") { _ in 1 } == nil)
    }

    @Test("S2-4: lists go from the newest to the oldest, page by page, and filter by status")
    func lists() {
        let store = MemoryCallStore()
        for number in 0..<25 {
            let owner: UserID = number % 5 == 0 ? "anna" : "ben"
            store.insert(room(CallID("r\(number)"), owner: owner, at: UInt64(number / 2) * 1000))
        }
        var seen: [CallID] = []
        var after: CallCursor?
        while true {
            let found = store.list(.init(user: nil, limit: 4, after: after))
            seen += found.prefix(4).map(\.id)
            guard found.count > 4 else { break }
            after = CallCursor(found[3])
        }
        #expect(seen.count == 25 && Set(seen).count == 25)
        #expect(seen.first == "r24")
        #expect(store.list(.init(user: "anna")).count == 5)
        #expect(store.list(.init(user: "anna", statuses: [.active])).isEmpty)
        #expect(store.list(.init(user: "nobody")).isEmpty)
    }

    @Test func cursorsAreReadAsTheyWereWritten() {
        let cursor = CallCursor(createdAt: 1_800_000_000_000, call: "a-b_c")
        #expect(CallCursor(cursor.text) == cursor)
        for wrong in ["", "x", "-", "abc-def"] { #expect(CallCursor(wrong) == nil) }
    }
}
