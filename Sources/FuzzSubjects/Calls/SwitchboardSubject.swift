import JSON
import Signaling

/// Two callers who mean ill, each after a proper hello, beside a call of others: whatever they
/// send, the others do not hear of it, every request is answered or its socket closed, and in the
/// end nothing is left.
final class SwitchboardSubject: FuzzSubject {
    private static let quietCall = "c1"
    /// What its caller hears, from the ring to the end of the script.
    private static let proper = ["call:ringing", "call:answer", "state"]

    func run(_ input: Span<UInt8>) {
        let exchange = CallExchange()
        let ann = CallPage("ann", exchange, watching: Self.quietCall)
        let bob = CallPage("bob", exchange, watching: Self.quietCall)
        begin(ann, bob)
        let villains = ["mallory", "mallet"].map {
            CallPage($0, exchange, watching: Self.quietCall)
        }
        for villain in villains { villain.hello(resumes: false) }
        var script = Script(input)
        var steps = 0
        while steps < 48, let order = script.byte() {
            steps += 1
            follow(order, villains, [ann, bob], &script)
        }
        end(ann, bob, villains)
    }

    private func begin(_ ann: CallPage, _ bob: CallPage) {
        for page in [ann, bob] { page.hello(resumes: false) }
        let offer: JSONValue = ["type": "offer", "sdp": "a=ice-ufrag:aaaa"]
        let answer: JSONValue = ["type": "answer", "sdp": "a=ice-ufrag:bbbb"]
        ann.ask("call:initiate", ["to": "bob", "call_id": "c1", "description": offer])
        bob.ask("call:answer", ["call_id": "c1", "description": answer])
        for page in [ann, bob] {
            page.ask("call:connected", ["call_id": "c1"])
            page.pong()
        }
    }

    private func follow(
        _ order: UInt8, _ villains: [CallPage], _ quiet: [CallPage], _ script: inout Script
    ) {
        let villain = villains[Int(order >> 7)]
        switch order & 0x1f {
        case 0...2: villain.send(script.text())
        case 3: wait([900, 6_000, 26_000, 61_000][Int(order >> 5 & 3)], quiet)
        case 4: wait([5_000, 121_000, 1_900_000, 46_000][Int(order >> 5 & 3)], quiet)
        case 5: if villain.isConnected { villain.drop() }
        case 6: villain.connect()
        case 7:
            if !villain.isConnected || order & 0x40 != 0 { villain.connect() }
            villain.hello(resumes: order & 0x20 != 0)
        case 8: answerHooks(villain, order)
        case 9: command(villain, order)
        case 10:
            villain.exchange.board.receivedBinary(on: villain.socket, at: villain.exchange.now)
            villain.exchange.pump()
        case 11: villain.pong()
        default: ask(villain, order, variant: script.byte() ?? 0)
        }
    }

    private func wait(_ milliseconds: UInt64, _ quiet: [CallPage]) {
        let exchange = quiet[0].exchange
        var left = milliseconds
        while left > 0 {
            let step = min(left, 20_000)
            exchange.skip(milliseconds: step)
            exchange.tick()
            for page in quiet { page.pong() }
            left -= step
        }
    }

    private func answerHooks(_ villain: CallPage, _ order: UInt8) {
        let exchange = villain.exchange
        if let resolution = exchange.takeResolution() {
            let callee: UserID? = order & 0x20 == 0 ? nil : "mallet"
            exchange.board.resolved(resolution, callee, at: exchange.now)
        }
        exchange.board.pushSettled(
            CallID(villain.call), isAccepted: order & 0x40 != 0, at: exchange.now)
        exchange.pump()
    }

    private func command(_ villain: CallPage, _ order: UInt8) {
        let exchange = villain.exchange
        let claims = TokenClaims(user: UserID(villain.user), expiresAt: 1_900_000_000)
        let call = CallID(order & 0x40 == 0 ? villain.call : Self.quietCall)
        let command: APICommand =
            switch order & 0x60 {
            case 0: .create(.init(to: "ann", reusesLast: true, key: "k"))
            case 0x20: .join(call, token: villain.seatToken)
            case 0x40: .end(call)
            default: .list(statuses: [], limit: 3, cursor: nil)
            }
        let result = exchange.board.perform(command, by: .user(claims), at: exchange.now)
        precondition([200, 201].contains(result.status) || result.status >= 400)
        precondition(result.status < 500 || exchange.board.liveCallCount >= 7, "our fault")
        exchange.pump()
    }

    private static let types = [
        "call:initiate", "call:join", "call:ringing", "call:answer", "call:reject", "call:end",
        "call:leave", "call:description", "call:ice-candidate", "call:connected", "call:media",
        "app:message", "ice:refresh", "presence:watch", "auth:refresh", "call:initiate",
        "bye", "hello", "no:such", "call:answer",
    ]

    private func ask(_ villain: CallPage, _ order: UInt8, variant: UInt8) {
        let type = Self.types[Int(order & 0x1f) - 12]
        guard type != "hello", type != "bye" else {
            return villain.send(["type": .string(type), "data": ["device_id": "d"]])
        }
        let isAgain = order & 0x60 == 0x60
        let isKnown = villain.isConnected && villain.listen().isEmpty
        let before = villain.lastID
        let answer = villain.ask(type, data(villain, type, order, variant), again: isAgain)
        // Without a session, and for what a hook is being asked, there is no answer yet.
        guard isKnown, before > 0, !isAgain, villain.isConnected, type != "call:initiate" else {
            return
        }
        precondition(answer != nil, "a request without an answer")
    }

    private func data(
        _ villain: CallPage, _ type: String, _ order: UInt8, _ variant: UInt8
    ) -> JSONObject {
        let call = ["m1", "m2", Self.quietCall, villain.call][Int(variant & 3)]
        let kind = type == "call:initiate" || variant & 4 == 0 ? "offer" : "answer"
        let ufrag = ["aaaa", "bbbb", "cccc", "dddd"][Int(variant >> 6)]
        var data: JSONObject = [
            "call_id": .string(call),
            "description": [
                "type": .string(type == "call:answer" ? "answer" : kind),
                "sdp": .string("a=ice-ufrag:\(ufrag)"),
            ],
            "candidate": ["candidate": .string("candidate:1 ufrag \(ufrag)")],
            "audio": true, "video": .bool(variant & 4 == 0), "payload": [.string(ufrag)],
            "users": ["ann", "mallory"], "token": .string(variant & 8 == 0 ? "mallory" : "ann"),
        ]
        switch variant >> 3 & 3 {
        case 0: data["to"] = .string(villain.user == "mallory" ? "mallet" : "mallory")
        case 1: data["to"] = "ann"
        case 2: data["chat_id"] = "twos"
        default: data["chat_id"] = "unknown"
        }
        if variant & 0x20 != 0 { data["gen"] = .integer(Int64(variant >> 6)) }
        if order & 0x20 != 0 { data["peer_token"] = villain.seatToken.map { .string($0) } }
        if order & 0x40 != 0 {
            data["scope"] = "device"
            data["fresh_client"] = .bool(variant & 0x80 != 0)
        }
        return data
    }

    /// The quiet call goes on, and its sides still hear each other.
    private func end(_ ann: CallPage, _ bob: CallPage, _ villains: [CallPage]) {
        for page in [ann, bob] { page.pong() }
        let (annHeard, bobHeard) = (ann.messages.count, bob.messages.count)
        for villain in villains {
            precondition(
                villain.own.allSatisfy { $0["type"] == "error" }, "strangers hear of a call")
        }
        let media: JSONObject = ["call_id": "c1", "audio": false, "video": true]
        precondition(ann.ask("call:media", media)?["type"] == "ok", "ann is not in her call")
        bob.pong()
        precondition(ann.messages.count == annHeard, "her own words came back")
        precondition(bob.messages.count == bobHeard + 1, "more, or less, than she said")
        precondition(bob.messages.last?["type"] == "call:media", "the call is not what it was")
        precondition(
            ann.messages.allSatisfy { Self.proper.contains($0["type"]?.string ?? "") },
            "something happened to the call of others")
        ann.exchange.finish()
    }
}

/// Reads an input from its front.
struct Script {
    private let bytes: [UInt8]
    private var position = 0

    init(_ input: Span<UInt8>) { bytes = input.copied }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// Up to the next zero byte.
    mutating func text() -> [UInt8] {
        let rest = bytes[position...]
        let end = rest.firstIndex(of: 0) ?? rest.endIndex
        defer { position = min(end + 1, bytes.count) }
        return Array(rest[..<end])
    }
}
