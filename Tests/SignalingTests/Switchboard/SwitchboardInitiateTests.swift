import JSON
import Primitives
import Testing

@testable import Signaling

@Suite struct SwitchboardInitiateTests {
    @Test("S4-1, S4-2: the offer goes to the callee only, in the shape of the plans")
    func offer() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann:chat=k")
        let bob = Page(exchange, "bob")
        let cem = Page(exchange, "cem")
        let answer = ann.ask("call:initiate", ["chat_id": "k", "description": Page.offer])
        #expect(answer.isOK && answer["data"]?["peer_token"]?.string != nil)
        let offer = bob.take("call:offer")
        #expect(offer?["chat_id"] == "k" && offer?["offer"] == Page.offer)
        #expect(offer?["caller_id"] == "ann:chat=k" || offer?["caller_id"] == "ann")
        #expect(cem.news().isEmpty)
    }

    @Test("S4-5: the answer goes to the caller only, other devices stop")
    func answer() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let other = Page(exchange, "ann", device: "d2")
        let bob = Page(exchange, "bob")
        let tablet = Page(exchange, "bob", device: "d2")
        ann.call("bob", id: "c1")
        #expect(bob.answer("c1").isOK)
        #expect(ann.take("call:answer")?["answer"] == Page.answer)
        #expect(!other.news().contains("call:answer"))
        #expect(tablet.take("call:answered-elsewhere")?["action"] == "answered")
        #expect(tablet.answer("c1").errorCode == "already_answered")
    }

    @Test("S4-6: candidates pass both ways, before and after the answer")
    func candidates() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        ann.call("bob", id: "c1")
        func candidate(_ ufrag: String) -> JSONObject {
            [
                "call_id": "c1", "gen": 1,
                "candidate": ["candidate": "candidate:1", "usernameFragment": .string(ufrag)],
            ]
        }
        #expect(ann.ask("call:ice-candidate", candidate("aaaa")).isOK)
        #expect(bob.take("call:ice-candidate") != nil)
        bob.ask("call:ice-candidate", candidate("bbbb"))
        bob.answer("c1")
        #expect(ann.take("call:answer")?["candidates"]?.array?.count == 1)
        bob.ask("call:ice-candidate", candidate("bbbb"))
        #expect(ann.take("call:ice-candidate") != nil)
    }

    @Test("S3-4: nobody answers within the ring time: both hear it, the call is gone")
    func noAnswer() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        ann.call("bob", id: "c1")
        for _ in 0..<4 {
            exchange.advance(seconds: 16)
            ann.say("pong")
            bob.say("pong")
        }
        #expect(ann.take("call:no-answer") != nil)
        #expect(bob.take("call:no-answer")?["missed"] == true)
        #expect(exchange.board.liveCallCount == 0)
    }

    @Test func theSameCallAgainIsNoSecondOne() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        #expect(ann.call("bob", id: "c1").isOK)
        #expect(ann.call("bob", id: "c1").isOK)
        #expect(bob.news().filter { $0 == "call:offer" }.count == 1)
        #expect(Page(exchange, "cem").call("bob", id: "c1").errorCode == "duplicate_call")
        let phone = Page(exchange, "ann", device: "d2")
        #expect(phone.call("bob").errorCode == "duplicate_call")
    }

    @Test func bothCallAtOnceAndOneCallRemains() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        let tablet = Page(exchange, "bob", device: "d2")
        ann.call("bob", id: "c1")
        let refused = bob.call("ann", id: "c2")
        #expect(refused.errorCode == "glare")
        #expect(refused["data"]?["details"]?["call_id"] == "c1")
        var offers: [JSONValue] = []
        while let offer = bob.take("call:offer") { offers.append(offer) }
        #expect(offers.last?["auto_answer"] == true)
        #expect(tablet.take("call:answered-elsewhere") != nil)
        #expect(bob.answer("c1").isOK)
        #expect(exchange.board.liveCallCount == 1)
    }

    @Test func aBusyUserIsNotRungButMissesACall() {
        let pair = Pair()
        let cem = Page(pair.exchange, "cem")
        #expect(cem.call("bob", id: "c2").isOK)
        #expect(cem.take("call:rejected")?["reason"] == "busy")
        let news = pair.bob.news()
        #expect(!news.contains("call:offer") && news.contains("call:no-answer"))
        // A seat that is away for more than 45 s is not busy.
        pair.bob.drop()
        let tablet = Page(pair.exchange, "bob", device: "d2")
        pair.exchange.advance(seconds: 40)
        for page in [cem, tablet, pair.ann] { page.say("pong") }
        pair.exchange.advance(seconds: 10)
        #expect(cem.call("bob", id: "c3").isOK)
        #expect(tablet.take("call:offer") != nil)
    }

    @Test func busyModeWaitingRingsNevertheless() {
        let pair = Pair { $0.busyMode = .waiting }
        Page(pair.exchange, "cem").call("bob", id: "c2")
        #expect(pair.bob.take("call:offer")?["busy"] == true)
    }

    @Test func anOfflineCalleeIsAnErrorAndARetainedOneIsWaitedFor() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        #expect(ann.call("bob").errorCode == "callee_offline")
        let bob = Page(exchange, "bob")
        bob.drop()
        let answer = ann.call("bob", id: "c1")
        #expect(answer.isOK && answer["data"]?["devices"] == 0)
        exchange.advance(seconds: 21)
        #expect(ann.take("call:end")?["reason"] == "callee_offline")
    }

    @Test("S3-12: a device that comes while it rings is rung for what is left")
    func lateDevice() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        ann.call("bob", id: "c1")
        exchange.advance(seconds: 10)
        let tablet = Page(exchange, "bob", device: "d2")
        let left = tablet.take("call:offer")?["ring_left_ms"]?.integer ?? 0
        #expect((45_000...51_000).contains(left))
        #expect(bob.take("call:offer") != nil)
    }

    @Test func whoMayNotBeCalledIsForbiddenWhetherTheyExistOrNot() {
        let exchange = Exchange()
        _ = Page(exchange, "bob")
        let cem = Page(exchange, "cem:to=ann")
        #expect(cem.call("bob").errorCode == "forbidden")
        #expect(cem.call("nobody").errorCode == "forbidden")
        #expect(
            cem.ask("call:initiate", ["chat_id": "k", "description": Page.offer]).errorCode
                == "forbidden")
    }

    @Test func aChatIsResolvedByTheApplication() {
        let exchange = Exchange { $0.hasChatResolver = true }
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        ann.ask("call:initiate", ["chat_id": "k", "description": Page.offer])
        #expect(exchange.resolutions.map(\.1) == ["k"])
        exchange.board.resolved(exchange.resolutions[0].0, "bob", at: exchange.now)
        exchange.pump()
        #expect(bob.take("call:offer")?["chat_id"] == "k")
        ann.ask("call:initiate", ["chat_id": "x", "description": Page.offer])
        exchange.board.resolved(exchange.resolutions[1].0, nil, at: exchange.now)
        exchange.pump()
        #expect(exchange.received[ann.socket]?.last?.errorCode == "forbidden")
        #expect(exchange.board.resolutions.isEmpty)
    }

    @Test func fiveCallsInTenSeconds() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        for number in 0..<5 {
            _ = Page(exchange, "bob\(number)")
            #expect(ann.call("bob\(number)").isOK)
        }
        #expect(ann.call("bob9").errorCode == "rate_limited")
    }
}

// Glare, and how many calls are too many.
extension SwitchboardInitiateTests {
    @Test("Ruling 10: an auto_answer whose socket broke comes back as an offer that rings")
    func aLostAutoAnswerRings() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        ann.call("bob", id: "c1")
        _ = bob.news()
        bob.drop()
        exchange.advance(seconds: 1)
        _ = bob.reconnect()
        #expect(bob.call("ann").errorCode == "glare")
        // The offer is on its way when the socket breaks.
        bob.drop()
        #expect(bob.reconnect()?["resumed"] == true)
        let offer = bob.take("call:offer")
        #expect(offer?["call_id"] == "c1" && offer?["auto_answer"] == nil)
        #expect(bob.answer("c1").isOK)
    }

    @Test("Ruling 10: a device that rejected and calls back takes part")
    func aRejectingDeviceCallsBack() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        let desk = Page(exchange, "bob", device: "d2")
        ann.call("bob", id: "c1")
        #expect(bob.ask("call:reject", ["call_id": "c1", "scope": "device"]).isOK)
        #expect(bob.call("ann").errorCode == "glare")
        _ = bob.take("call:offer")
        #expect(bob.take("call:offer")?["auto_answer"] == true)
        #expect(desk.news() == ["call:offer", "call:answered-elsewhere"])
        // The other device comes too late: the first one answers for the user.
        let late = desk.call("ann")
        #expect(late.errorCode == "already_answered")
        #expect(late["data"]?["details"]?["call_id"] == "c1")
        #expect(bob.answer("c1").isOK)
    }

    @Test("Ruling 12: a call that only a push can deliver begins with devices 0")
    func onlyAPush() {
        let exchange = Exchange { $0.hasPushHook = true }
        let ann = Page(exchange, "ann")
        #expect(ann.call("bob")["data"]?["devices"] == 0)
        #expect(exchange.webhooks.contains(.pushRequested))
    }

    @Test("2.6: sixteen live calls of a user; those that ring them are not theirs")
    func liveCallsAreBounded() {
        let exchange = Exchange { $0.liveCallsPerUserMax = 2 }
        let bob = Page(exchange, "bob")
        let callers = ["ann", "cem", "dan"].map { Page(exchange, $0) }
        for caller in callers.prefix(2) { #expect(caller.call("bob").isOK) }
        // Rung by as many as he may talk to, he is busy.
        #expect(callers[2].call("bob").isOK)
        #expect(callers[2].news() == ["call:rejected"])
        for room in ["r1", "r2"] { #expect(bob.ask("call:join", ["call_id": .string(room)]).isOK) }
        #expect(bob.ask("call:join", ["call_id": "r3"]).errorCode == "too_many_calls")
        #expect(bob.call("eve").errorCode == "too_many_calls")
        // A room that its opener has left still counts as theirs.
        #expect(bob.ask("call:leave", ["call_id": "r1"]).isOK)
        #expect(bob.ask("call:join", ["call_id": "r3"]).errorCode == "too_many_calls")
        #expect(bob.ask("call:end", ["call_id": "r2"]).isOK)
        #expect(bob.ask("call:join", ["call_id": "r3"]).isOK)
    }
}

// Chats, and what is asked of the application.
extension SwitchboardInitiateTests {
    @Test("S4-1: a frame with a chat and no call_id is about the newest call of that chat")
    func aChatStandsForItsCall() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        for call in ["c1", "c2"] {
            ann.ask(
                "call:initiate",
                [
                    "to": "bob", "chatId": "chat", "call_id": .string(call),
                    "description": Page.offer,
                ])
            if call == "c1" { ann.ask("call:end", ["chatId": "chat"]) }
        }
        #expect(exchange.board.store.call("c1")?.state == .ended)
        #expect(bob.ask("call:answer", ["chatId": "chat", "answer": Page.answer]).isOK)
        #expect(exchange.board.store.call("c2")?.state == .answered)
        let cem = Page(exchange, "cem")
        #expect(cem.ask("call:end", ["chat_id": "chat"]).errorCode == "call_not_found")
        #expect(cem.ask("call:end", ["chat_id": 5]).errorCode == "bad_request")
    }

    @Test("Limit: an application that says nothing about a chat is waited for 15 s")
    func aResolverThatIsSilent() {
        let exchange = Exchange { $0.hasChatResolver = true }
        let ann = Page(exchange, "ann")
        ann.ask("call:initiate", ["chat_id": "chat", "description": Page.offer])
        exchange.advance(seconds: 14)
        #expect(exchange.board.resolutions.count == 1)
        exchange.advance(seconds: 1)
        let answer = exchange.received[ann.socket]?.last { $0["id"] == 1 }
        #expect(answer?.errorCode == "unavailable")
        #expect(exchange.board.resolutions.isEmpty)
        // Too late, it changes nothing.
        exchange.board.resolved(exchange.resolutions[0].0, "bob", at: exchange.now)
        #expect(exchange.board.callCount == 0)
    }

    @Test("Limit: who says goodbye and comes back has started as many calls as before")
    func theRateOutlivesASession() {
        let exchange = Exchange { $0.hasPushHook = true }
        var ann = Page(exchange, "ann")
        for user in 0..<5 { #expect(ann.call("u\(user)").isOK) }
        ann.say("bye")
        ann = Page(exchange, "ann")
        #expect(ann.call("u5").errorCode == "rate_limited")
        ann.say("bye")
        exchange.advance(seconds: 11)
        #expect(exchange.board.users.isEmpty)
    }
}
