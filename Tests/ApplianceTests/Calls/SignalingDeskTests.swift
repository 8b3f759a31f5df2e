import HTTP
import JSON
import Primitives
import Signaling
import Testing

@testable import Appliance

@Suite struct SignalingDeskTests {
    private static func makeDesk(
        _ change: (inout SignalingSettings) -> Void = { _ in }
    ) -> SignalingDesk {
        var settings = SignalingSettings()
        settings.allowsAnonymous = true
        change(&settings)
        let switchboard = Switchboard(
            settings: settings, verifier: NoTokens(), issuer: NoServers(),
            signer: SecretDigest(key: [1]), random: KernelEntropy(), at: start)
        return SignalingDesk(switchboard)
    }

    private static let start = Now(
        monotonic: MonotonicTime(nanoseconds: 0), unixSeconds: 1_800_000_000)

    private let desk = makeDesk()

    private func request(_ fields: HTTPField..., query: [HTTPQueryItem] = []) -> WebRequest {
        WebRequest(
            HTTPRequest(
                .get, HTTPTarget(segments: ["ws"], query: query), fields: HTTPFields(fields)),
            isSecure: false, client: TransportAddress(IPAddress(192, 0, 2, 7), 4000))
    }

    private func info(_ answer: WebAnswer) -> SocketInfo? {
        guard case .webSocket(["signal.v1"], let pass) = answer else { return nil }
        return pass as? SocketInfo
    }

    private func link(
        _ answer: WebAnswer, _ limits: WebSocketLimits = WebSocketLimits()
    ) -> WebSocketLink {
        var pass: (any Sendable)?
        if case .webSocket(_, let given) = answer { pass = given }
        return WebSocketLink(
            client: TransportAddress(IPAddress(192, 0, 2, 7), 4000), subprotocol: nil,
            pass: pass, limits: limits, wake: {})
    }

    /// The types of the frames that wait in a link, and the codes it was closed with.
    private func said(_ link: WebSocketLink) -> [String] {
        link.takeOrders().map { order in
            switch order {
            case .send(let message):
                (try? JSONValue.parse(message.bytes.span))?["type"]?.string ?? "?"
            case .close(let code, _): String(code.rawValue)
            }
        }
    }

    private static let hello = WebSocketMessage(
        text: #"{"type":"hello","data":{"device_id":"d1","client":{},"caps":[]}}"#)

    @Test("A token comes in the Authorization field or in a subprotocol, in the query if allowed")
    func tokens() {
        #expect(info(desk.answer(request()))?.token == nil)
        let bearer = HTTPField("authorization", "Bearer a.b.c")
        #expect(info(desk.answer(request(bearer)))?.token == "a.b.c")
        let offer = HTTPField("sec-websocket-protocol", "signal.v1, bearer.d.e.f")
        #expect(info(desk.answer(request(offer)))?.token == "d.e.f")
        let query = [HTTPQueryItem("token", "g.h.i")]
        #expect(info(desk.answer(request(query: query)))?.token == nil)
        desk.options.takesTokenInQuery = true
        #expect(info(desk.answer(request(query: query)))?.token == "g.h.i")
    }

    @Test("Ruling 16: an IPv6 subscriber counts as one, and whom an unknown proxy names does not")
    func sources() {
        let field = HTTPField("x-forwarded-for", "198.51.100.1")
        #expect(info(desk.answer(request(field)))?.source == IPAddress(192, 0, 2, 7))
        var local = request(field)
        local.client = TransportAddress(IPAddress(127, 0, 0, 1), 4000)
        #expect(info(desk.answer(local))?.source == nil)
        _ = desk.answer(local)
        #expect(desk.takeLog().count == 1)
        var six = request()
        six.client = TransportAddress(IPAddress(v6High: 7, low: 9), 4000)
        #expect(info(desk.answer(six))?.source == IPAddress(v6High: 7, low: 0))
    }

    @Test("S2-12: the alias names a seat in its address, where the configuration serves it")
    func alias() {
        let query = [
            HTTPQueryItem("call_id", "c1"), HTTPQueryItem("peer_id", "p1"),
            HTTPQueryItem("peer_token", "t"),
        ]
        let target = HTTPTarget(segments: ["apiv2", "ws"], query: query)
        #expect(!desk.serves(target) && desk.serves(HTTPTarget(segments: ["ws"])))
        desk.options.servesAlias = true
        #expect(desk.serves(target))
        var asked = request()
        asked.request.target = target
        let seat = info(desk.answer(asked))?.seat
        #expect(seat == SeatSocket(call: "c1", peer: "p1", token: "t"))
        #expect(info(desk.answer(request(query: query)))?.seat == nil)
    }

    @Test("A foreign page is refused before the upgrade")
    func origin() throws {
        let answer = desk.answer(request(HTTPField("origin", "https://evil.example.com")))
        guard case .response(let response) = answer else {
            Issue.record("upgraded")
            return
        }
        #expect(response.status == .forbidden)
    }

    @Test("Frames go in and out, and the end of the socket is told")
    func frames() {
        let link = link(desk.answer(request()))
        desk.opened(link)
        desk.received(Self.hello, on: link)
        #expect(said(link) == ["welcome"])
        #expect(desk.switchboard.socketCount == 1)
        desk.received(WebSocketMessage(.binary, [1]), on: link)
        #expect(said(link) == ["1003"])
        desk.closed(link)
        #expect(desk.isDrained && desk.switchboard.socketCount == 0)
    }

    @Test("Who comes back is sent all that a session keeps, and is not closed for it")
    func missedMuch() throws {
        let desk = Self.makeDesk {
            $0.clientConfiguration = ["words": .string(String(repeating: "x", count: 20_000))]
        }
        let limits = ApplicationService().webSocketLimits
        let ann = link(desk.answer(request()), limits)
        let bob = link(desk.answer(request()), limits)
        for link in [ann, bob] {
            desk.opened(link)
            desk.received(Self.hello, on: link)
            let join = #"{"type":"call:join","id":1,"data":{"call_id":"room"}}"#
            desk.received(WebSocketMessage(text: join), on: link)
        }
        guard case .send(let frame)? = bob.takeOrders().first else {
            Issue.record("no welcome")
            return
        }
        let welcome = try #require(try JSONValue.parse(frame.bytes.span)["data"])
        desk.closed(bob)
        let words = String(repeating: "x", count: 4_500)
        for id in 2...60 {
            let say: JSONValue = [
                "type": "app:message", "id": .integer(Int64(id)),
                "data": ["call_id": "room", "payload": .string(words)],
            ]
            desk.received(WebSocketMessage(.text, say.bytes), on: ann)
        }
        #expect(said(ann).contains("ok"))
        let again = link(desk.answer(request()), limits)
        desk.opened(again)
        var resume = JSONObject()
        for name in ["sid", "rid", "epoch"] { resume[name] = welcome[name] }
        // More than is kept would be a gap.
        resume["last_seq"] = 5
        let hello: JSONValue = [
            "type": "hello", "data": ["device_id": "d1", "resume": .object(resume)],
        ]
        desk.received(WebSocketMessage(.text, hello.bytes), on: again)
        let heard = said(again)
        #expect(heard.count { $0 == "app:message" } >= 50, "\(heard)")
        #expect(heard.first == "welcome" && again.isOpen, "\(heard)")
    }

    @Test("Drain: nobody new, then everybody is closed, then it is over")
    func drain() {
        let link = link(desk.answer(request()))
        desk.opened(link)
        desk.received(Self.hello, on: link)
        _ = said(link)
        let now = Self.start
        let deadline = now.monotonic + Seconds(10)
        desk.drain(at: now, deadline: deadline)
        #expect(said(link) == ["server:draining"])
        guard case .response(let response) = desk.answer(request()) else {
            Issue.record("upgraded")
            return
        }
        #expect(response.status == .unavailable)
        #expect(desk.nextDeadline <= deadline)
        desk.tick(at: Now(monotonic: deadline, unixSeconds: now.unixSeconds + 10))
        #expect(said(link) == ["4003"])
        #expect(!desk.isDrained)
        desk.closed(link)
        #expect(desk.isDrained)
    }

    @Test("A full server says so before the upgrade")
    func full() {
        let desk = Self.makeDesk { $0.socketsMax = 1 }
        let first = link(desk.answer(request()))
        desk.opened(first)
        guard case .response(let response) = desk.answer(request()) else {
            Issue.record("upgraded")
            return
        }
        #expect(response.status == .unavailable && response.fields["retry-after"] == "5")
    }
}
