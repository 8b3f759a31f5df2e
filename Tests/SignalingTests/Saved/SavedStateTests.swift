import JSON
import Primitives
import Testing

@testable import Signaling

@Suite struct SavedStateTests {
    /// Another run of the daemon, with another monotonic clock.
    private func restart(_ exchange: Exchange, _ bytes: [UInt8]) throws {
        exchange.board = Switchboard(
            verifier: TestTokens(), issuer: TestIssuer(), signer: TestSigner(),
            random: SeededRandom(state: 99), at: exchange.now)
        try exchange.board.restore(bytes, at: exchange.now)
    }

    @Test("S0-7: a restart costs the callers one resumption and no call")
    func restart() throws {
        let pair = Pair()
        pair.bob.ask("app:message", ["call_id": "c1", "payload": "unread"])
        try restart(pair.exchange, pair.exchange.board.savedState(at: pair.exchange.now))
        #expect(pair.exchange.board.store.call("c1")?.state == .reconnecting)
        #expect(pair.ann.reconnect()?["resumed"] == true)
        #expect(pair.ann.take("app:message")?["payload"] == "unread")
        #expect(pair.bob.reconnect()?["resumed"] == true)
        #expect(pair.exchange.board.store.call("c1")?.state == .answered)
        #expect(pair.bob.ask("call:end", ["call_id": "c1"]).isOK)
        #expect(pair.ann.take("call:end")?["reason"] == "hangup")
    }

    @Test func whatIsSavedAndReadIsTheSame() throws {
        let pair = Pair()
        _ = Page(pair.exchange, "cem").call("dan")
        let bytes = pair.exchange.board.savedState(at: pair.exchange.now)
        try restart(pair.exchange, bytes)
        let first = pair.exchange.board
        try restart(pair.exchange, first.savedState(at: pair.exchange.now))
        let second = pair.exchange.board
        #expect(second.sessionCount == 3 && second.callCount == 1)
        let areCallsEqual = first.store.call("c1") == second.store.call("c1")
        #expect(areCallsEqual)
        for (id, session) in first.sessions {
            let other = second.sessions[id]
            let areEqual =
                session.outbox == other?.outbox && session.requests == other?.requests
                && session.key == other?.key && session.claims == other?.claims
            #expect(areEqual)
        }
    }

    @Test func aRingingCallRingsOnForWhatIsLeft() throws {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        ann.call("bob", id: "c1")
        let bytes = exchange.board.savedState(at: exchange.now)
        exchange.milliseconds += 10_000
        try restart(exchange, bytes)
        #expect(bob.reconnect()?["resumed"] == true)
        #expect(bob.answer("c1").isOK)
        #expect(ann.reconnect()?["resumed"] == true)
        #expect(ann.take("call:answer") != nil)
    }

    @Test func damageIsNamed() {
        let bytes = Pair().exchange.board.savedState(at: Exchange.now(1_000_000))
        let board = Exchange().board
        func defect(_ bytes: [UInt8], at milliseconds: UInt64 = 1_000_000) -> SavedStateDefect? {
            do throws(SavedStateDefect) {
                try board.restore(bytes, at: Exchange.now(milliseconds))
                return nil
            } catch { return error }
        }
        #expect(defect([]) == .foreign)
        #expect(defect(Array("hello world, this is no state".utf8)) == .foreign)
        #expect(defect(Array(bytes.prefix(20))) == .truncated)
        #expect(defect(Array(bytes.dropLast())) == .truncated)
        #expect(defect(bytes + [0]) == .damaged)
        var later = bytes
        later[11] = 9
        #expect(defect(later) == .version(9))
        #expect(defect(SavedFormat.wrap(Array("{}".utf8))) == .unreadable)
        #expect(defect(bytes, at: 5_000_000) == .tooOld(seconds: 4000))
        for index in stride(from: 0, to: bytes.count, by: 37) {
            var damaged = bytes
            damaged[index] ^= 0x10
            #expect(defect(damaged) != nil)
        }
        #expect(board.sessionCount == 0 && board.callCount == 0)
        #expect(defect(bytes) == nil)
    }
}
