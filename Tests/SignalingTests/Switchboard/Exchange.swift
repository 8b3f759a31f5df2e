import JSON
import Primitives
import Testing

@testable import Signaling

/// Tokens are names of users, with what the test wants them to say.
struct TestTokens: TokenVerifier {
    func claims(of token: String, atUnixSeconds now: UInt64) throws(TokenRefusal) -> TokenClaims {
        let parts = token.split(separator: ":").map(String.init)
        guard let user = parts.first, user != "bad" else { throw .badSignature }
        var claims = TokenClaims(user: UserID(user), expiresAt: 1_900_000_000)
        claims.mayCall = .everybody
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=").map(String.init)
            guard pair.count == 2 else { throw .malformed }
            switch pair[0] {
            case "exp": claims.expiresAt = UInt64(pair[1]) ?? 0
            case "to": claims.mayCall = .users([UserID(pair[1])])
            case "calls": claims.calls = [CallID(pair[1])]
            case "chat": claims.chats = [pair[1]: "bob"]
            case "scope":
                claims.scopes = Set(
                    pair[1].split(separator: "+").compactMap { TokenScope(rawValue: String($0)) })
            default: throw .badClaim
            }
        }
        guard claims.expiresAt + 30 > now else { throw .expired }
        return claims
    }
}

struct TestIssuer: IceServerIssuer {
    func iceServers(for user: UserID, isGuest: Bool, at now: Now) -> IceServers? {
        IceServers(servers: [["urls": ["stun:example.org"]]], lifetimeSeconds: 600, expiresAt: 1)
    }
}

struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    // SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}

/// A switchboard with a clock that the test turns, and the wires to its clients.
final class Exchange {
    var board: Switchboard
    var milliseconds: UInt64 = 1_000_000
    var received: [SocketID: [JSONValue]] = [:]
    var closes: [SocketID: UInt16] = [:]
    var webhooks: [CallWebhook] = []
    var resolutions: [(ResolutionID, String)] = []
    private var sockets: UInt64 = 0

    static let unixStart: UInt64 = 1_800_000_000

    init(seed: UInt64 = 1, _ change: (inout SignalingSettings) -> Void = { _ in }) {
        var settings = SignalingSettings()
        change(&settings)
        board = Switchboard(
            settings: settings, verifier: TestTokens(), issuer: TestIssuer(),
            signer: TestSigner(), random: SeededRandom(state: seed), at: Self.now(1_000_000))
    }

    static func now(_ milliseconds: UInt64) -> Now {
        Now(
            monotonic: MonotonicTime(nanoseconds: milliseconds * 1_000_000),
            unixSeconds: unixStart + milliseconds / 1000)
    }

    var now: Now { Self.now(milliseconds) }

    /// Does everything that the switchboard asks for.
    func pump() {
        while let action = board.nextAction() {
            switch action {
            case .send(let socket, let bytes):
                guard closes[socket] == nil else {
                    Issue.record("a frame for a closed socket")
                    continue
                }
                let frame = (try? JSONValue.parse(bytes.span, limits: .init(depthMax: 32))) ?? .null
                received[socket, default: []].append(frame)
            case .close(let socket, let code, _): closes[socket] = code
            case .webhook(let name, _): webhooks.append(name)
            case .resolveChat(let id, let chat, _): resolutions.append((id, chat))
            case .log: break
            }
        }
    }

    /// Lets time pass, tick by tick.
    func advance(seconds: Double) {
        let target = milliseconds + UInt64(seconds * 1000)
        while let next = board.nextDeadline, next.nanoseconds <= target * 1_000_000 {
            milliseconds = max(milliseconds, (next.nanoseconds + 999_999) / 1_000_000)
            board.tick(at: now)
            pump()
        }
        milliseconds = target
    }

    func open(_ info: SocketInfo = SocketInfo()) -> SocketID {
        sockets += 1
        let socket = SocketID(sockets)
        board.opened(socket, info, at: now)
        pump()
        return socket
    }

    func send(_ frame: JSONValue, on socket: SocketID) {
        board.received(frame.bytes.span, on: socket, at: now)
        pump()
    }

    func sendText(_ text: String, on socket: SocketID) {
        board.received(Array(text.utf8).span, on: socket, at: now)
        pump()
    }
}

/// One page of one user: what a client has to remember between its sockets.
final class Page {
    let exchange: Exchange
    let user: String
    let device: String
    var socket: SocketID
    var read = 0
    var lastID: Int64 = 0
    var sid = ""
    var rid = ""
    var epoch = ""
    var lastSequence: Int64 = 0
    var peers: [String: String] = [:]

    init(_ exchange: Exchange, _ user: String, device: String = "d1", welcomed: Bool = true) {
        self.exchange = exchange
        self.user = user
        self.device = device
        socket = exchange.open()
        if welcomed { hello() }
    }

    @discardableResult
    func hello(resume: Bool = false, token: String? = nil) -> JSONValue? {
        var data: JSONObject = [
            "token": .string(token ?? user), "device_id": .string(device),
            "caps": ["reports_connected"],
        ]
        if resume {
            data["resume"] = [
                "sid": .string(sid), "rid": .string(rid), "epoch": .string(epoch),
                "last_seq": .integer(lastSequence),
            ]
        }
        exchange.send(["type": "hello", "data": .object(data)], on: socket)
        guard let welcome = take("welcome") else { return nil }
        sid = welcome["sid"]?.string ?? ""
        rid = welcome["rid"]?.string ?? ""
        epoch = welcome["epoch"]?.string ?? ""
        if welcome["resumed"] != true {
            lastID = 0
            lastSequence = 0
        }
        return welcome
    }

    /// The socket breaks without a word.
    func drop() {
        exchange.board.closed(socket, at: exchange.now)
        exchange.pump()
    }

    func reconnect(resume: Bool = true) -> JSONValue? {
        socket = exchange.open()
        read = 0
        return hello(resume: resume)
    }

    /// Sends a request and returns its answer.
    @discardableResult
    func ask(_ type: String, _ data: JSONObject = [:]) -> JSONValue {
        lastID += 1
        exchange.send(
            ["type": .string(type), "id": .integer(lastID), "data": .object(data)], on: socket)
        let frames = exchange.received[socket] ?? []
        return frames.last { $0["id"]?.integer == lastID } ?? .null
    }

    func say(_ type: String, _ data: JSONObject = [:]) {
        exchange.send(["type": .string(type), "data": .object(data)], on: socket)
    }

    /// The data of the next unread frame of a type; frames before it count as read.
    func take(_ type: String) -> JSONValue? {
        let frames = exchange.received[socket] ?? []
        while read < frames.count {
            let frame = frames[read]
            read += 1
            note(frame)
            if frame["type"]?.string == type { return frame["data"] }
        }
        return nil
    }

    private func note(_ frame: JSONValue) {
        if let sequence = frame["seq"]?.integer { lastSequence = sequence }
    }

    /// The types of all unread frames with a number.
    func news() -> [String] {
        let frames = exchange.received[socket] ?? []
        defer { read = frames.count }
        return frames[min(read, frames.count)...].compactMap { frame in
            note(frame)
            return frame["seq"] == nil ? nil : frame["type"]?.string
        }
    }

    var close: UInt16? { exchange.closes[socket] }

    @discardableResult
    func call(_ user: String, id: String? = nil, media: JSONValue? = nil) -> JSONValue {
        var data: JSONObject = ["to": .string(user), "description": Self.offer]
        if let id { data["call_id"] = .string(id) }
        if let media { data["media"] = media }
        return ask("call:initiate", data)
    }

    static let offer: JSONValue = ["type": "offer", "sdp": "v=0\r\na=ice-ufrag:aaaa\r\n"]
    static let answer: JSONValue = ["type": "answer", "sdp": "v=0\r\na=ice-ufrag:bbbb\r\n"]

    @discardableResult
    func answer(_ call: String) -> JSONValue {
        ask("call:answer", ["call_id": .string(call), "description": Self.answer])
    }
}

extension JSONValue {
    var errorCode: String? { self["type"] == "error" ? self["data"]?["code"]?.string : nil }
    var isOK: Bool { self["type"] == "ok" }
}

/// Two users in an answered call.
struct Pair {
    let exchange: Exchange
    let ann: Page
    let bob: Page

    init(_ change: (inout SignalingSettings) -> Void = { _ in }) {
        exchange = Exchange(change)
        ann = Page(exchange, "ann")
        bob = Page(exchange, "bob")
        ann.call("bob", id: "c1")
        bob.answer("c1")
        _ = ann.news()
        _ = bob.news()
    }
}
