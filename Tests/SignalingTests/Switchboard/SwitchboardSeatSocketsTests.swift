import JSON
import Primitives
import Testing

@testable import Signaling

/// A room that Ann has opened over REST, and per-call sockets for its seats.
private struct SeatStage {
    let exchange: Exchange
    let call: String
    let annToken: String
    let bobToken: String

    init(_ change: (inout SignalingSettings) -> Void = { _ in }) throws {
        exchange = Exchange(change)
        let ann = try #require(Self.rest(exchange, .create(.init()), "ann"))
        call = try #require(ann["call_id"]?.string)
        annToken = try #require(ann["peer_token"]?.string)
        let bob = try #require(Self.rest(exchange, .join(CallID(call), token: nil), "bob"))
        bobToken = try #require(bob["peer_token"]?.string)
    }

    static func rest(_ exchange: Exchange, _ command: APICommand, _ user: String) -> JSONObject? {
        let claims = TokenClaims(user: UserID(user), expiresAt: 1_900_000_000)
        let result = exchange.board.perform(command, by: .user(claims), at: exchange.now)
        exchange.pump()
        guard case .success(_, let data) = result else { return nil }
        return data
    }

    func open(_ token: String, call: String? = nil, jwt: String? = nil) -> SocketID {
        let seat = SeatSocket(call: CallID(call ?? self.call), token: token)
        return exchange.open(SocketInfo(token: jwt, seat: seat))
    }

    /// The data of all frames of a type.
    func heard(_ type: String, _ socket: SocketID) -> [JSONValue] {
        (exchange.received[socket] ?? []).filter { $0["type"]?.string == type }
            .compactMap { $0["data"] }
    }

    func end() { _ = Self.rest(exchange, .end(CallID(call)), "ann") }
}

@Suite struct SwitchboardSeatSocketsTests {
    @Test("S2-12: a socket with a seat token sits on its seat without hello, with old names")
    func aSeatWithoutHello() throws {
        let stage = try SeatStage()
        let ann = stage.open(stage.annToken)
        #expect(stage.heard("welcome", ann).first?["user_id"] == "ann")
        #expect(stage.heard("join", ann).first?["PeerOnline"] == false)
        #expect(stage.heard("state", ann).first?["participants"]?["count"] == 2)
        let bob = stage.open(stage.bobToken)
        let result = stage.heard("join", bob).first
        #expect(result?["PeerOnline"] == true && result?["peer_online"] == true)
        #expect(result?["IsReconnect"] == false)
        #expect(stage.heard("join", ann).last?["PeerID"] == result?["peer_id"])
        #expect(stage.heard("state", ann).last?["status"] == "active")
    }

    @Test("S2-12: offer, answer, ice and leave of old pass between such sockets")
    func oldFramesPass() throws {
        let stage = try SeatStage()
        let ann = stage.open(stage.annToken)
        let bob = stage.open(stage.bobToken)
        let exchange = stage.exchange
        let offer: JSONValue = ["type": "offer", "sdp": "v=0\r\na=ice-ufrag:aaaa\r\n"]
        exchange.send(["type": "offer", "data": offer], on: ann)
        #expect(stage.heard("offer", bob).first?["sdp"] == offer["sdp"])
        exchange.send(["type": "answer", "data": ["SDP": "v=0\r\na=ice-ufrag:bbbb\r\n"]], on: bob)
        #expect(stage.heard("answer", ann).first?["description"]?["type"] == "answer")
        for port in 1...2 {
            let text = JSONValue.string("candidate:1 1 udp 1 192.0.2.1 \(port) typ host ufrag aaaa")
            exchange.send(
                ["Type": "ice", "Data": ["candidate": text, "sdpMid": "0"]], on: ann)
        }
        let candidates = stage.heard("ice", bob)
        #expect(candidates.count == 2)
        #expect(candidates.first?["candidate"]?["sdpMid"] == "0")
        exchange.send(["type": "leave"], on: bob)
        #expect(stage.heard("leave", ann).count == 1)
        #expect(stage.heard("error", ann).isEmpty && stage.heard("error", bob).isEmpty)
    }

    @Test("S2-12: closed 4507 when its call has ended, at once and when it is opened")
    func closedWithTheCall() throws {
        let stage = try SeatStage()
        let ann = stage.open(stage.annToken)
        stage.end()
        stage.exchange.advance(seconds: 1)
        #expect(stage.heard("call:end", ann).count == 1)
        #expect(stage.exchange.closes[ann] == CloseCode.callGone.rawValue)
        let late = stage.open(stage.annToken)
        #expect(stage.exchange.closes[late] == CloseCode.callGone.rawValue)
        stage.exchange.advance(seconds: 200)
        let gone = stage.open(stage.annToken)
        #expect(stage.exchange.closes[gone] == CloseCode.callGone.rawValue)
        #expect(stage.exchange.board.sessionCount == 0)
    }

    @Test("S2-12: the heartbeat closes 4507 when the call is gone without a word")
    func closedByTheHeartbeat() throws {
        let stage = try SeatStage()
        let ann = stage.open(stage.annToken)
        stage.exchange.board.store.remove(CallID(stage.call))
        stage.exchange.advance(seconds: 30)
        #expect(stage.exchange.closes[ann] == CloseCode.callGone.rawValue)
    }

    @Test("Ruling 8: a socket with another call, token or user gets no seat")
    func wrongTokens() throws {
        let stage = try SeatStage()
        let exchange = stage.exchange
        let wrong = [
            stage.open("nonsense"), stage.open(stage.annToken, call: "other"),
            stage.open(stage.annToken, jwt: "bob"), stage.open(stage.annToken, jwt: "bad"),
        ]
        for socket in wrong {
            #expect(exchange.closes[socket] == CloseCode.unauthorized.rawValue)
        }
        let own = stage.open(stage.annToken, jwt: "ann")
        #expect(exchange.closes[own] == nil)
        // It opens that seat and nothing else.
        exchange.send(["type": "call:join", "id": 1, "data": ["call_id": "other"]], on: own)
        #expect(stage.heard("error", own).last?["code"] == "forbidden")
        exchange.send(
            ["type": "call:initiate", "data": ["to": "bob", "description": Page.offer]], on: own)
        #expect(stage.heard("error", own).last?["code"] == "forbidden")
    }

    @Test("S0-9, S0-11: a new socket takes the seat back, the session before it is gone")
    func aSeatIsTakenBack() throws {
        let stage = try SeatStage()
        let ann = stage.open(stage.annToken)
        let bob = stage.open(stage.bobToken)
        stage.exchange.board.closed(bob, at: stage.exchange.now)
        stage.exchange.pump()
        #expect(stage.heard("peer-disconnected", ann).count == 1)
        let again = stage.open(stage.bobToken)
        #expect(stage.heard("join", again).first?["IsReconnect"] == true)
        #expect(stage.heard("peer-reconnected", ann).count == 1)
        #expect(stage.exchange.board.sessionCount == 2)
        // Also while the old socket still seems to live.
        let third = stage.open(stage.bobToken)
        #expect(stage.exchange.closes[again] == CloseCode.takenOver.rawValue)
        #expect(stage.heard("welcome", third).count == 1)
        #expect(stage.exchange.board.sessionCount == 2)
    }

    @Test("S2-12: a hello says that the client knows the names of today")
    func helloIsOptional() throws {
        let stage = try SeatStage()
        let ann = stage.open(stage.annToken)
        let bob = stage.open(stage.bobToken)
        stage.exchange.send(["type": "hello", "data": ["device_id": "d"]], on: bob)
        #expect(stage.heard("welcome", bob).count == 2)
        stage.exchange.send(["type": "offer", "data": Page.offer], on: ann)
        #expect(stage.heard("call:description", bob).first?["sdp"] == nil)
        #expect(stage.heard("offer", bob).isEmpty)
    }

    @Test("Ruling 4: after a crash such a socket brings its call back")
    func recovered() throws {
        let stage = try SeatStage()
        let fresh = Exchange(seed: 9)
        let seat = SeatSocket(call: CallID(stage.call), token: stage.annToken)
        let socket = fresh.open(SocketInfo(seat: seat))
        #expect(fresh.closes[socket] == nil)
        #expect(fresh.board.liveCallCount == 1)
    }
}
