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

    /// The state of `pair` with one text in it replaced, as a file with the right checksum.
    private func edited(_ pair: Pair, _ text: String, _ other: String) throws -> [UInt8] {
        let bytes = try SavedFormat.unwrap(pair.exchange.board.savedState(at: pair.exchange.now))
        let body = String(decoding: bytes, as: UTF8.self)
        let halves = try #require(body.split(text))
        return SavedFormat.wrap(Array((halves.0 + other + halves.1).utf8))
    }

    @Test(
        "What no step could bear is refused whole",
        arguments: [
            (#""generation":1"#, #""generation":4294967295"#),
            (#""version":"#, #""version":999999999999999"#),
            (#""offers":1"#, #""offers":9223372036854775807"#),
            (#""devicesMax":16"#, #""devicesMax":0"#),
            (#""devicesMax":16"#, #""devicesMax":9223372036854775807"#),
            (#""candidatesMax":64"#, #""candidatesMax":-1"#),
            (#""windowMilliseconds":1800000"#, #""windowMilliseconds":9223372036854775807"#),
            (#""reconnectCount":0"#, #""reconnectCount":9223372036854775807"#),
            (#""lastID":1"#, #""lastID":9223372036854775807"#),
            (#""expiresAt":1900000000"#, #""expiresAt":"18446744073709551614""#),
        ])
    func unsound(text: String, other: String) throws {
        let bytes = try edited(Pair(), text, other)
        let board = Exchange().board
        #expect(throws: SavedStateDefect.unreadable) {
            try board.restore(bytes, at: Exchange.now(1_000_000))
        }
        #expect(board.sessionCount == 0 && board.callCount == 0 && board.nextDeadline == nil)
    }

    @Test func whatIsThereTwiceIsRefused() throws {
        let pair = Pair()
        let bytes = pair.exchange.board.savedState(at: pair.exchange.now)
        let body = try SavedFormat.unwrap(bytes)
        let json = try JSONValue.parse(body.span, limits: .init(depthMax: 32, valuesMax: .max))
        for name in ["sessions", "calls"] {
            var state = try #require(json.object)
            state[name] = .array((state[name]?.array ?? []) + (state[name]?.array ?? []))
            let twice = SavedFormat.wrap(JSONValue.object(state).bytes)
            #expect(throws: SavedStateDefect.unreadable) {
                try Exchange().board.restore(twice, at: pair.exchange.now)
            }
        }
    }

    @Test("A token that is good for longer than clocks can count is no fault of the clock")
    func longToken() throws {
        let pair = Pair()
        let text = #""expiresAt":1900000000"#
        let bytes = try edited(pair, text, #""expiresAt":1000000000000"#)
        try restart(pair.exchange, bytes)
        #expect(pair.ann.reconnect()?["resumed"] == true)
        pair.exchange.advance(seconds: 100)
        #expect(pair.ann.close == 4002)
    }

    @Test("A seat whose session knows nothing of it is absent as well")
    func forgottenSeat() throws {
        let pair = Pair()
        try restart(pair.exchange, edited(pair, #""calls":["c1"]"#, #""calls":[]"#))
        #expect(pair.exchange.board.store.call("c1")?.seats.contains { $0.isOnline } == false)
        pair.exchange.advance(seconds: 4_000)
        #expect(pair.exchange.board.callCount == 0 && pair.exchange.board.sessionCount == 0)
    }
}

extension String {
    /// What stands before and behind the first `text`.
    fileprivate func split(_ text: String) -> (String, String)? {
        let all = Array(utf8)
        let wanted = Array(text.utf8)
        guard all.count >= wanted.count else { return nil }
        for start in 0...(all.count - wanted.count)
        where all[start..<start + wanted.count].elementsEqual(wanted) {
            return (
                String(decoding: all[..<start], as: UTF8.self),
                String(decoding: all[(start + wanted.count)...], as: UTF8.self)
            )
        }
        return nil
    }
}
