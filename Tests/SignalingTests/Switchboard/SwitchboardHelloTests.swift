import JSON
import Primitives
import Testing

@testable import Signaling

@Suite struct SwitchboardHelloTests {
    @Test("S0-10, S0-6: peer-disconnected on socket loss, not leave; the seat stays")
    func absence() {
        let pair = Pair()
        pair.ann.drop()
        let news = pair.bob.news()
        #expect(news.contains("peer-disconnected") && !news.contains("leave"))
        #expect(pair.exchange.board.store.call("c1")?.seats.count == 2)
        #expect(pair.exchange.board.liveCallCount == 1)
    }

    @Test("S0-11: peer-reconnected on return, with everything missed replayed once")
    func resumption() {
        let pair = Pair()
        pair.ann.drop()
        for word in ["a", "b"] {
            let answer = pair.bob.ask(
                "app:message", ["call_id": "c1", "payload": .string(word)])
            #expect(answer.isOK)
        }
        let welcome = pair.ann.reconnect()
        #expect(welcome?["resumed"] == true)
        #expect(pair.ann.take("app:message")?["payload"] == "a")
        #expect(pair.ann.take("app:message")?["payload"] == "b")
        #expect(pair.ann.take("app:message") == nil)
        #expect(pair.bob.news().contains("peer-reconnected"))
    }

    @Test("S0-22, S0-23: 29 minutes of absence change nothing, after 30 of both the call ends")
    func window() {
        let pair = Pair()
        pair.ann.drop()
        pair.bob.drop()
        pair.exchange.advance(seconds: 29 * 60)
        let connected = pair.exchange.board.store.call("c1")?.activeAt != nil
        #expect(!connected)
        let active = Pair()
        for page in [active.ann, active.bob] { page.ask("call:connected", ["call_id": "c1"]) }
        active.ann.drop()
        active.bob.drop()
        active.exchange.advance(seconds: 29 * 60)
        #expect(active.exchange.board.liveCallCount == 1)
        #expect(active.exchange.board.sessionCount == 2, "kept while they hold seats")
        active.exchange.advance(seconds: 2 * 60)
        #expect(active.exchange.board.liveCallCount == 0)
        active.exchange.advance(seconds: 300)
        #expect(active.exchange.board.sessionCount == 0 && active.exchange.board.callCount == 0)
        #expect(active.exchange.board.nextDeadline == nil)
    }

    @Test func withoutASeatASessionIsKept120Seconds() {
        let exchange = Exchange()
        let page = Page(exchange, "ann")
        page.drop()
        exchange.advance(seconds: 119)
        #expect(page.reconnect()?["resumed"] == true)
        page.drop()
        exchange.advance(seconds: 121)
        let welcome = page.reconnect()
        #expect(welcome?["resumed"] == false && welcome?["resume_fail"] == "expired")
    }

    @Test func everyResumeFailureHasItsName() {
        let exchange = Exchange()
        let page = Page(exchange, "ann")
        let (sid, epoch) = (page.sid, page.epoch)
        page.sid = "other"
        page.drop()
        #expect(page.reconnect()?["resume_fail"] == "unknown")
        page.epoch = "other"
        page.drop()
        #expect(page.reconnect()?["resume_fail"] == "epoch")
        page.sid = sid
        page.epoch = epoch
        page.rid = "guess"
        page.drop()
        #expect(page.reconnect()?["resume_fail"] == "unknown")
        page.lastSequence = 99
        page.drop()
        #expect(page.reconnect()?["resume_fail"] == "gap")
    }

    @Test func aStolenSecretWithAnotherTokenIsWorthNothing() {
        let pair = Pair()
        let thief = Page(pair.exchange, "eve", welcomed: false)
        (thief.sid, thief.rid, thief.epoch) = (pair.ann.sid, pair.ann.rid, pair.ann.epoch)
        #expect(thief.hello(resume: true)?["resume_fail"] == "unknown")
        #expect(pair.ann.close == nil)
    }

    @Test func aLostWelcomeLeavesThePreviousSecretValid() {
        let exchange = Exchange()
        let page = Page(exchange, "ann")
        let first = page.rid
        page.drop()
        #expect(page.reconnect()?["resumed"] == true)
        let second = page.rid
        // The welcome was lost: the client still has the first secret.
        page.drop()
        page.rid = first
        #expect(page.reconnect()?["resumed"] == true)
        page.say("pong")
        page.drop()
        page.rid = first
        #expect(page.reconnect()?["resume_fail"] == "taken")
        #expect(second != first)
    }

    @Test func aResumeTakesOverALiveSocket() {
        let pair = Pair()
        let old = pair.ann.socket
        #expect(pair.ann.reconnect()?["resumed"] == true)
        #expect(pair.exchange.closes[old] == 4504)
        #expect(!pair.bob.news().contains("peer-disconnected"))
    }

    @Test func aRequestIsAnsweredAfterItsSocketWasLost() {
        let pair = Pair()
        pair.ann.ask("call:media", ["call_id": "c1", "audio": false, "video": false])
        pair.ann.drop()
        let welcome = pair.ann.reconnect()
        #expect(welcome?["last_client_id"]?.integer == pair.ann.lastID)
        pair.ann.lastID -= 1
        let again = pair.ann.ask("call:media", ["call_id": "c1", "audio": true, "video": true])
        #expect(again.isOK)
        #expect(pair.bob.news().filter { $0 == "call:media" }.count == 1)
    }

    @Test func anOfferThatDiedIsReplayedAsASkip() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        let bob = Page(exchange, "bob")
        bob.drop()
        ann.call("bob", id: "c1")
        ann.ask("call:end", ["call_id": "c1"])
        #expect(bob.reconnect()?["resumed"] == true)
        let news = bob.news()
        #expect(news.first == "skip" && !news.contains("call:offer"))
    }

    @Test("2.2: an anonymous session goes on with its rid, while such sessions are allowed")
    func anonymousSessionsAreJudgedAgain() {
        let exchange = Exchange { $0.allowsAnonymous = true }
        let guest = Guest(exchange)
        #expect(guest.welcome?["user_id"]?.string?.hasPrefix("guest-") == true)
        #expect(guest.resume()?["resumed"] == true)
        // Somebody with a token is somebody else.
        let other = guest.resume(token: "ann")
        #expect(other?["resumed"] == false && other?["resume_fail"] == "unknown")
        #expect(other?["user_id"] == "ann")
        exchange.board.settings = SignalingSettings()
        #expect(guest.resume() == nil)
        #expect(exchange.closes[guest.socket] == CloseCode.unauthorized.rawValue)
    }
}

/// A page without a token.
private final class Guest {
    let exchange: Exchange
    var socket: SocketID
    let welcome: JSONValue?

    init(_ exchange: Exchange) {
        self.exchange = exchange
        socket = exchange.open()
        exchange.send(["type": "hello", "data": ["device_id": "d"]], on: socket)
        welcome = exchange.received[socket]?.first?["data"]
    }

    /// On a new socket, always with the first secret.
    func resume(token: String? = nil) -> JSONValue? {
        socket = exchange.open()
        var data: JSONObject = ["device_id": "d"]
        if let token { data["token"] = .string(token) }
        data["resume"] = [
            "sid": welcome?["sid"] ?? .null, "rid": welcome?["rid"] ?? .null,
            "epoch": welcome?["epoch"] ?? .null, "last_seq": 0,
        ]
        exchange.send(["type": "hello", "data": .object(data)], on: socket)
        let frame = exchange.received[socket]?.first
        return frame?["type"] == "welcome" ? frame?["data"] : nil
    }
}
