import JSON
import Primitives
import Testing

@testable import Signaling

@Suite struct SwitchboardCommandsTests {
    private let ann = APICaller.user(TokenClaims(user: "ann", expiresAt: 2_000_000_000))
    private let bob = APICaller.user(TokenClaims(user: "bob", expiresAt: 2_000_000_000))

    private func body(_ result: APIResult) -> JSONObject {
        if case .success(_, let object) = result { object } else { [:] }
    }

    private func create(
        _ exchange: Exchange, _ creation: APICommand.Creation = .init()
    ) -> JSONObject {
        body(exchange.board.perform(.create(creation), by: ann, at: exchange.now))
    }

    @Test("S2-1: every POST makes a new call, 201")
    func alwaysNew() {
        let exchange = Exchange()
        let results = (0..<5).map { _ in
            exchange.board.perform(.create(.init()), by: ann, at: exchange.now)
        }
        #expect(results.allSatisfy { $0.status == 201 })
        #expect(Set(results.map { body($0)["call_id"] }).count == 5)
    }

    @Test("S2-2: reuse_last gives the old semantics when asked for")
    func reuse() {
        let exchange = Exchange()
        let first = create(exchange)["call_id"]
        #expect(create(exchange, .init(reusesLast: true))["call_id"] == first)
        #expect(create(exchange)["call_id"] != first)
    }

    @Test func anIdempotencyKeyMakesOneCall() {
        let exchange = Exchange()
        let first = create(exchange, .init(key: "k"))["call_id"]
        #expect(create(exchange, .init(key: "k"))["call_id"] == first)
        let other = exchange.board.perform(.create(.init(key: "k")), by: bob, at: exchange.now)
        #expect(body(other)["call_id"] != first)
    }

    @Test("S2-9: host peer_id is unique per call")
    func hosts() {
        let exchange = Exchange()
        let peers = (0..<4).map { _ in create(exchange)["peer_id"]?.string }
        #expect(Set(peers).count == 4 && !peers.contains(nil))
    }

    @Test("S2-4: lists by status, own calls only, page by page")
    func lists() {
        let exchange = Exchange()
        for _ in 0..<5 {
            _ = create(exchange)
            exchange.advance(seconds: 1)
        }
        func page(_ cursor: String?, _ caller: APICaller) -> JSONObject {
            body(
                exchange.board.perform(
                    .list(statuses: [.waiting], limit: 2, cursor: cursor), by: caller,
                    at: exchange.now))
        }
        var seen: [String] = []
        var cursor: String?
        repeat {
            let object = page(cursor, ann)
            seen += object["items"]?.array?.compactMap { $0["call_id"]?.string } ?? []
            cursor = object["next_cursor"]?.string
        } while cursor != nil
        #expect(seen.count == 5 && Set(seen).count == 5)
        #expect(page(nil, bob)["items"]?.array?.isEmpty == true)
        #expect(page(nil, .server("shop"))["items"]?.array?.count == 2)
        let bad = exchange.board.perform(
            .list(statuses: [], limit: 2, cursor: "?"), by: ann, at: exchange.now)
        #expect(bad.status == 400)
    }

    @Test("S2-5, S2-7: an ended call leaves the lists at once, its tombstone after 120 s")
    func ending() {
        let exchange = Exchange()
        let id = CallID(create(exchange)["call_id"]?.string ?? "")
        #expect(exchange.board.perform(.show(id), by: ann, at: exchange.now).status == 200)
        #expect(exchange.board.perform(.show(id), by: bob, at: exchange.now).status == 404)
        #expect(exchange.board.perform(.end(id), by: bob, at: exchange.now).status == 403)
        #expect(exchange.board.perform(.end(id), by: ann, at: exchange.now).status == 200)
        #expect(exchange.board.perform(.end(id), by: ann, at: exchange.now).status == 200)
        #expect(exchange.board.perform(.show(id), by: ann, at: exchange.now).status == 410)
        #expect(
            exchange.board.perform(.join(id, token: nil), by: bob, at: exchange.now).status == 410)
        #expect(exchange.board.liveCallCount == 0)
        exchange.advance(seconds: 121)
        #expect(exchange.board.perform(.show(id), by: ann, at: exchange.now).status == 404)
        #expect(exchange.board.callCount == 0 && exchange.board.nextDeadline == nil)
    }

    @Test("S2-6, S2-13: a call that nobody joins expires after three hours")
    func expiry() {
        let exchange = Exchange()
        _ = create(exchange)
        exchange.advance(seconds: 3 * 3600 - 1)
        #expect(exchange.board.liveCallCount == 1)
        exchange.advance(seconds: 200)
        #expect(exchange.board.callCount == 0)
    }

    @Test("S2-10: a third participant is refused, call_full")
    func third() {
        let exchange = Exchange()
        let call = create(exchange)["call_id"] ?? .null
        let id = CallID(call.string ?? "")
        #expect(Page(exchange, "ann").ask("call:join", ["call_id": call]).isOK)
        #expect(Page(exchange, "bob").ask("call:join", ["call_id": call]).isOK)
        #expect(Page(exchange, "cem").ask("call:join", ["call_id": call]).errorCode == "call_full")
        let cem = APICaller.user(TokenClaims(user: "cem", expiresAt: 2_000_000_000))
        #expect(
            exchange.board.perform(.join(id, token: nil), by: cem, at: exchange.now).status == 409)
    }

    @Test func aReservedSeatLapsesAfterSixtySeconds() {
        let exchange = Exchange()
        let id = CallID(create(exchange)["call_id"]?.string ?? "")
        let joined = exchange.board.perform(.join(id, token: nil), by: bob, at: exchange.now)
        #expect(joined.status == 200 && body(joined)["peer_token"] != nil)
        #expect(exchange.board.store.call(id)?.seats.count == 2)
        exchange.advance(seconds: 61)
        #expect(exchange.board.store.call(id)?.seats.count == 1)
        #expect(exchange.board.store.calls(of: "bob").isEmpty)
    }

    @Test("S2-8, S2-11, S2-15: two calls at once; one ends, the other goes on")
    func independent() {
        let exchange = Exchange()
        let pages = (0..<4).map { Page(exchange, "u\($0)") }
        for (index, page) in pages.enumerated() {
            #expect(page.ask("call:join", ["call_id": .string("r\(index / 2)")]).isOK)
        }
        #expect(exchange.board.liveCallCount == 2)
        for page in pages { _ = page.news() }
        pages[0].ask("call:end", ["call_id": "r0"])
        #expect(pages[1].take("call:end")?["call_id"] == "r0")
        #expect(pages[2].news().isEmpty && pages[3].news().isEmpty)
        #expect(exchange.board.store.call("r1")?.state == .answered)
    }

    @Test("S2-14: a clean start inherits nothing")
    func clean() {
        let exchange = Exchange()
        let result = exchange.board.perform(
            .list(statuses: [], limit: 10, cursor: nil), by: .server("s"), at: exchange.now)
        #expect(body(result)["items"]?.array?.isEmpty == true)
    }

    @Test func seatsAreRecoveredAfterACrashByTheirTokens() {
        let before = Exchange(seed: 1)
        let ann = Page(before, "ann")
        let bob = Page(before, "bob")
        let token = ann.call("bob", id: "c1")["data"]?["peer_token"] ?? .null
        let other = bob.answer("c1")["data"]?["peer_token"] ?? .null
        let after = Exchange(seed: 2)
        let annAgain = Page(after, "ann")
        let eve = Page(after, "eve")
        #expect(
            eve.ask("call:join", ["call_id": "c1", "peer_token": token]).errorCode
                == "call_not_found")
        let joined = annAgain.ask("call:join", ["call_id": "c1", "peer_token": token])
        #expect(joined.isOK && joined["data"]?["state"] == "reconnecting")
        let bobAgain = Page(after, "bob")
        #expect(bobAgain.ask("call:join", ["call_id": "c1", "peer_token": other]).isOK)
        #expect(after.board.store.call("c1")?.state == .active)
        let late = Exchange(seed: 3)
        late.advance(seconds: 121)
        let lateAnn = Page(late, "ann")
        #expect(
            lateAnn.ask("call:join", ["call_id": "c1", "peer_token": token]).errorCode
                == "call_not_found")
    }
}
