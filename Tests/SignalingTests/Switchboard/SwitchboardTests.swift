import JSON
import Primitives
import Testing

@testable import Signaling

@Suite struct SwitchboardTests {
    // Sockets and hello.
    @Test func helloComesFirstAndWithinTenSeconds() {
        let exchange = Exchange()
        let silent = exchange.open()
        exchange.advance(seconds: 10)
        #expect(exchange.closes[silent] == 4001)
        let wrong = exchange.open()
        exchange.sendText("{\"type\":\"pong\",\"data\":{}}", on: wrong)
        #expect(exchange.closes[wrong] == 4501)
        #expect(exchange.board.socketCount == 0)
    }

    @Test func tokensAreJudgedAndTheCloseCodeSaysWhetherToComeBack() {
        let exchange = Exchange()
        for (token, code, close) in [
            ("bad", "unauthorized", UInt16(4500)), ("ann:exp=1", "token_expired", 4007),
        ] {
            let page = Page(exchange, token, welcomed: false)
            page.hello()
            #expect(exchange.received[page.socket]?.first?["data"]?["code"]?.string == code)
            #expect(page.close == close)
        }
        let anonymous = exchange.open()
        exchange.send(["type": "hello", "data": ["device_id": "d"]], on: anonymous)
        #expect(exchange.closes[anonymous] == 4500)
    }

    @Test func guessingTokensIsSlowedDownAndRightOnesAreNot() {
        let exchange = Exchange()
        let source = IPAddress("192.0.2.1")
        for _ in 0..<10 {
            let socket = exchange.open(SocketInfo(source: source))
            exchange.send(
                ["type": "hello", "data": ["token": "bad", "device_id": "d"]], on: socket)
            #expect(exchange.closes[socket] == 4500)
        }
        let eleventh = exchange.open(SocketInfo(source: source))
        exchange.send(["type": "hello", "data": ["token": "bad", "device_id": "d"]], on: eleventh)
        #expect(exchange.closes[eleventh] == nil)
        let right = exchange.open(SocketInfo(source: source))
        exchange.send(["type": "hello", "data": ["token": "ann", "device_id": "d"]], on: right)
        #expect(exchange.received[right]?.first?["type"] == "welcome")
        exchange.advance(seconds: 1)
        #expect(exchange.closes[eleventh] == 4500)
    }

    @Test func onlySocketsWithoutASessionCountForTheirAddress() {
        let exchange = Exchange()
        let source = IPAddress("192.0.2.1")
        for number in 0..<70 {
            let socket = exchange.open(SocketInfo(source: source))
            let token = JSONValue.string("user\(number)")
            exchange.send(
                ["type": "hello", "data": ["token": token, "device_id": "d"]], on: socket)
            #expect(exchange.closes[socket] == nil)
        }
        for _ in 0..<64 {
            #expect(exchange.closes[exchange.open(SocketInfo(source: source))] == nil)
        }
        #expect(exchange.closes[exchange.open(SocketInfo(source: source))] == 4005)
    }

    @Test func welcomeTellsWhatAClientNeeds() {
        let exchange = Exchange { $0.clientConfiguration = ["ring_ms": 60_000] }
        let page = Page(exchange, "ann", welcomed: false)
        let welcome = page.hello()
        for name in [
            "sid", "rid", "epoch", "user_id", "resumed", "last_client_id", "ping_interval_ms",
            "ping_timeout_ms", "session_ttl_ms", "server_time_ms", "limits", "config", "ice",
            "calls", "replay_to",
        ] {
            #expect(welcome?[name] != nil, "\(name)")
        }
        #expect(welcome?["ping_interval_ms"] == 25_000)
        #expect(welcome?["ping_timeout_ms"] == 20_000)
    }

    @Test("S3-8, S0-20: welcome carries the shared client configuration and ICE servers")
    func sharedConfiguration() {
        let exchange = Exchange {
            $0.clientConfiguration = ["logo": "x"]
            $0.calls.ringMilliseconds = 45_000
        }
        let page = Page(exchange, "ann", welcomed: false)
        let welcome = page.hello()
        #expect(welcome?["config"]?["ring_ms"] == 45_000)
        #expect(welcome?["config"]?["connect_ms"] == 28_000)
        #expect(welcome?["config"]?["peer_wait_ms"] == 30_000)
        #expect(welcome?["config"]?["reconnect_window_ms"] == 1_800_000)
        #expect(welcome?["config"]?["logo"] == "x")
        #expect(welcome?["ice"]?["iceServers"] != nil)
        let caller = APICaller.user(TokenClaims(user: "ann", expiresAt: 2_000_000_000))
        let result = exchange.board.perform(.configuration, by: caller, at: exchange.now)
        #expect(result == .success(status: 200, welcome?["config"]?.object ?? [:]))
        // Fresh credentials after each loss of the socket.
        page.drop()
        #expect(page.reconnect()?["ice"]?["iceServers"] != nil)
    }

    @Test("S3-13: an unknown type is answered and breaks nothing")
    func unknownTypes() {
        let exchange = Exchange()
        let page = Page(exchange, "ann")
        #expect(page.ask("message:send", ["text": "hi"]).errorCode == "unsupported_type")
        #expect(page.ask("ice:refresh").isOK)
        #expect(page.close == nil)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{\"type\":1}", "{\"type\":\"call:end\",\"id\":1}",
        "{\"type\":\"a\",\"type\":\"b\"}", "[[[[[[[[[[[[[]]]]]]]]]]]]]", "\u{0}",
    ])
    func badFramesCostOnlyAnAnswer(text: String) {
        let exchange = Exchange()
        let page = Page(exchange, "ann")
        exchange.sendText(text, on: page.socket)
        #expect(exchange.received[page.socket]?.last?["type"] == "error")
        #expect(page.close == nil)
    }

    @Test func aBinaryFrameCloses1003AndTooManyFrames4005() {
        let exchange = Exchange()
        let page = Page(exchange, "ann")
        exchange.board.receivedBinary(on: page.socket, at: exchange.now)
        exchange.pump()
        #expect(page.close == 1003)
        let other = Page(exchange, "bob")
        for _ in 0..<101 where other.close == nil { other.say("pong", ["t": 1]) }
        #expect(other.close == 4005)
        let slow = Page(exchange, "cem")
        exchange.board.overflowed(slow.socket, at: exchange.now)
        exchange.pump()
        #expect(slow.close == 4004)
    }

    @Test func requestsAreAnsweredOnceAndInOrder() {
        let exchange = Exchange()
        let page = Page(exchange, "ann")
        #expect(page.ask("ice:refresh").isOK)
        page.lastID -= 1
        #expect(page.ask("ice:refresh").isOK, "answered from memory")
        page.lastID = 7
        page.ask("ice:refresh")
        #expect(page.close == 4006)
    }

    @Test func eightSocketsPerUser() {
        let exchange = Exchange()
        for number in 0..<8 { #expect(Page(exchange, "ann", device: "d\(number)").close == nil) }
        #expect(Page(exchange, "ann", device: "d9").close == 4505)
        #expect(Page(exchange, "bob").close == nil)
    }

    // Heartbeat and tokens.
    @Test("Limit: beyond 8 sockets a device replaces a session that it has left behind")
    func aDeviceReplacesItsOwn() {
        let exchange = Exchange()
        let pages = (0..<8).map { Page(exchange, "ann", device: "d\($0 / 2)") }
        #expect(Page(exchange, "ann", device: "new").close == CloseCode.tooManySockets.rawValue)
        let next = Page(exchange, "ann", device: "d1")
        #expect(next.close == nil)
        #expect(pages.map(\.close).enumerated().filter { $0.element != nil }.map(\.offset) == [2])
        #expect(pages[2].close == CloseCode.takenOver.rawValue)
    }

    @Test("Limit: 16 sessions of a user; the oldest without a socket and a seat goes")
    func sixteenSessionsPerUser() {
        let exchange = Exchange()
        let bob = Page(exchange, "bob")
        let seated = Page(exchange, "ann", device: "seated")
        seated.call("bob", id: "c1")
        bob.answer("c1")
        seated.drop()
        let others = (0..<15).map { number in
            let page = Page(exchange, "ann", device: "d\(number)")
            page.drop()
            return page
        }
        #expect(exchange.board.users["ann"]?.sessions.count == 16)
        _ = Page(exchange, "ann", device: "last")
        #expect(exchange.board.users["ann"]?.sessions.count == 16)
        #expect(others[0].reconnect()?["resume_fail"] == "expired")
        #expect(seated.reconnect()?["resumed"] == true)
    }

    @Test("S3-1: ping after 25 s, close 4002 after 45 s without a frame")
    func heartbeat() {
        let exchange = Exchange()
        let page = Page(exchange, "ann")
        exchange.advance(seconds: 28)
        #expect(page.take("ping")?["t"] != nil)
        page.say("pong", ["t": 1])
        exchange.advance(seconds: 44)
        #expect(page.close == nil)
        exchange.advance(seconds: 2)
        #expect(page.close == 4002)
    }

    @Test func aTokenIsWarnedOfAndRefreshed() {
        let exchange = Exchange()
        let expiry = Exchange.unixStart + 1000 + 100
        let page = Page(exchange, "ann:exp=\(expiry)")
        exchange.advance(seconds: 41)
        #expect(page.news().contains("token-expiring"))
        let answer = page.ask("auth:refresh", ["token": .string("ann:exp=\(expiry + 1000)")])
        #expect(answer.isOK)
        page.say("pong")
        exchange.advance(seconds: 40)
        page.say("pong")
        exchange.advance(seconds: 40)
        page.say("pong")
        exchange.advance(seconds: 40)
        #expect(page.close == nil)
        #expect(page.ask("auth:refresh", ["token": "bob"]).errorCode == "unauthorized")
    }

    @Test func anExpiredTokenNeverEndsACall() {
        let exchange = Exchange()
        let expiry = Exchange.unixStart + 1000 + 100
        let ann = Page(exchange, "ann:exp=\(expiry)")
        let bob = Page(exchange, "bob")
        ann.call("bob", id: "c1")
        bob.answer("c1")
        for page in [ann, bob] { page.ask("call:connected", ["call_id": "c1"]) }
        for _ in 0..<20 {
            exchange.advance(seconds: 20)
            ann.say("pong")
            bob.say("pong")
        }
        #expect(ann.close == nil)
        bob.ask("call:end", ["call_id": "c1"])
        exchange.advance(seconds: 1)
        #expect(ann.close == 4007)
    }

    // Presence.
    @Test func presenceIsToldToThoseWhoMayKnow() {
        let exchange = Exchange()
        let ann = Page(exchange, "ann")
        #expect(ann.ask("presence:watch", ["users": ["bob"]]).isOK)
        #expect(ann.take("presence")?["online"] == false)
        let bob = Page(exchange, "bob")
        #expect(ann.take("presence")?["online"] == true)
        bob.drop()
        #expect(ann.take("presence")?["online"] == false)
        let cem = Page(exchange, "cem:to=ann")
        #expect(cem.ask("presence:watch", ["users": ["bob"]]).errorCode == "forbidden")
        #expect(cem.ask("presence:watch", ["users": ["nobody"]]).errorCode == "forbidden")
        ann.ask("presence:watch", ["users": []])
        #expect(exchange.board.watchersByUser.isEmpty)
    }

    // Drain.
    @Test func drainSpreadsItsGoodbyesAndKeepsTheCalls() {
        let pair = Pair()
        let exchange = pair.exchange
        exchange.board.drain(at: exchange.now, deadline: exchange.now.monotonic + Seconds(60))
        exchange.pump()
        #expect(pair.ann.news().contains("server:draining"))
        let late = exchange.open()
        #expect(exchange.closes[late] == 4003)
        exchange.advance(seconds: 30)
        #expect(pair.ann.close == 4003 && pair.bob.close == 4003)
        #expect(exchange.board.liveCallCount == 1 && exchange.board.sessionCount == 2)
    }

    @Test func aKickEndsSessionsAndCalls() {
        let pair = Pair()
        pair.exchange.board.kick("ann", at: pair.exchange.now)
        pair.exchange.pump()
        #expect(pair.ann.close == 4506)
        #expect(pair.bob.take("call:end")?["reason"] == "kicked")
    }
}
