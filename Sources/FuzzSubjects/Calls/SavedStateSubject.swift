import JSON
import Signaling

/// The file of calls: whatever it holds, it is taken whole or not at all, and what was taken lives
/// on like any other call.
final class SavedStateSubject: FuzzSubject {
    private let sound: JSONValue

    init() { sound = Self.makeState() }

    func run(_ input: Span<UInt8>) {
        guard input.count > 0 else { return check([]) }
        let rest = input.extracting(1..<input.count)
        switch input[0] & 3 {
        case 0: check(rest.copied)
        case 1: check(Self.wrap(rest.copied))
        default: check(Self.wrap(edited(rest).bytes))
        }
    }

    private func check(_ bytes: [UInt8]) {
        let exchange = CallExchange()
        do throws(SavedStateDefect) {
            try exchange.board.restore(bytes, at: exchange.now)
        } catch {
            precondition(exchange.board.sessionCount == 0, "half of the sessions")
            precondition(exchange.board.callCount == 0, "half of the calls")
            precondition(exchange.board.nextAction() == nil, "something was done")
            precondition(exchange.board.nextDeadline == nil, "something is awaited")
            precondition(!error.description.isEmpty)
            return
        }
        exchange.pump()
        checkAgain(exchange)
        // Whoever was there can come, call and be called.
        for user in ["ann", "bob", "mallory"] {
            let page = CallPage(user, exchange, watching: "none")
            page.hello(resumes: false)
            guard page.isConnected else { continue }
            for call in ["c1", "c2", "c3"] {
                page.ask("call:join", ["call_id": .string(call)])
                page.ask("call:end", ["call_id": .string(call)])
            }
        }
        exchange.finish()
    }

    /// What was restored is saved so that it is restored again.
    private func checkAgain(_ exchange: CallExchange) {
        let other = CallExchange.makeBoard(at: exchange.now)
        do throws(SavedStateDefect) {
            try other.restore(exchange.board.savedState(at: exchange.now), at: exchange.now)
        } catch {
            preconditionFailure("what was saved is not read: \(error)")
        }
        precondition(other.callCount == exchange.board.callCount, "calls were lost")
    }

    /// The frame around a state, as `SavedFormat` writes it.
    private static func wrap(_ body: [UInt8]) -> [UInt8] {
        var bytes = Array("TSCALLS\n".utf8) + [0, 0, 0, 1]
        bytes += big(UInt64(body.count))
        bytes += body
        return bytes
            + big(
                bytes.reduce(0xcbf2_9ce4_8422_2325) {
                    ($0 ^ UInt64($1)) &* 0x100_0000_01b3
                })
    }

    private static func big(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }

    /// A call that goes on, one that rings, a room, and one that has ended.
    private static func makeState() -> JSONValue {
        let exchange = CallExchange()
        let pages = ["ann", "bob", "mallory"].map { CallPage($0, exchange, watching: "none") }
        for page in pages { page.hello(resumes: false) }
        let offer: JSONValue = ["type": "offer", "sdp": "a=ice-ufrag:aaaa"]
        let answer: JSONValue = ["type": "answer", "sdp": "a=ice-ufrag:bbbb"]
        func start(_ page: CallPage, _ user: String, _ call: String) {
            page.ask(
                "call:initiate",
                ["to": .string(user), "call_id": .string(call), "description": offer])
        }
        start(pages[0], "bob", "c1")
        pages[1].ask("call:answer", ["call_id": "c1", "description": answer])
        pages[0].ask("call:ice-candidate", ["call_id": "c1", "candidate": "candidate:1"])
        start(pages[2], "mallet", "c2")
        pages[2].ask("call:join", ["call_id": "c3"])
        pages[2].ask("presence:watch", ["users": ["ann"]])
        pages[0].ask("call:join", ["call_id": "c4"])
        pages[0].ask("call:end", ["call_id": "c4"])
        pages[1].drop()
        let bytes = exchange.board.savedState(at: exchange.now)
        let limits = JSONLimits(depthMax: 32, valuesMax: .max)
        let body = Array(bytes.dropFirst(20).dropLast(8))
        guard let json = try? JSONValue.parse(body.span, limits: limits) else {
            preconditionFailure("a broken state")
        }
        return json
    }

    /// The sound state with some of its values replaced: three bytes for each.
    private func edited(_ input: Span<UInt8>) -> JSONValue {
        var state = sound
        let leaves = Self.count(state)
        var position = 0
        while position + 3 <= input.count, position < 24 {
            var place = (Int(input[position]) << 8 | Int(input[position + 1])) % leaves
            state = Self.replace(state, at: &place, by: Edit(input[position + 2]))
            position += 3
        }
        return state
    }

    private static func count(_ value: JSONValue) -> Int {
        let children = value.array ?? value.object?.fields.map(\.value) ?? []
        return 1 + children.reduce(0) { $0 + count($1) }
    }

    /// The value with the one in place number `place`, counted in the order of writing, edited.
    private static func replace(
        _ value: JSONValue, at place: inout Int, by edit: Edit
    ) -> JSONValue {
        place -= 1
        if place == -1 { return edit.apply(to: value) }
        if let array = value.array {
            return .array(array.map { replace($0, at: &place, by: edit) })
        }
        guard let object = value.object else { return value }
        var changed = JSONObject()
        for field in object.fields {
            let isNext = place == 0
            let value = replace(field.value, at: &place, by: edit)
            if isNext, edit.removes { continue }
            changed.append(field.name, value)
        }
        return .object(changed)
    }

    /// What becomes of one value.
    private struct Edit {
        let code: UInt8

        init(_ code: UInt8) { self.code = code }

        var removes: Bool { code % 16 == 15 }

        func apply(to value: JSONValue) -> JSONValue {
            switch code % 16 {
            case 0: .null
            case 1: 0
            case 2: -1
            case 3: .integer(.max)
            case 4: .integer(.min)
            case 5: .string(String(UInt64.max))
            case 6: .integer(Int64(UInt32.max))
            case 7: .number(0.5)
            case 8: ""
            case 9: .string(["ann", "bob", "c1", "c2", "c3"][Int(code >> 4) % 5])
            case 10: .array((value.array ?? [value]) + (value.array ?? [value]))
            case 11: .array([])
            case 12: .string(["ended", "active", "waiting", "ringing"][Int(code >> 4) % 4])
            case 13: .integer((value.integer ?? 0) ^ (1 << Int64((code >> 4) * 4 % 63)))
            case 14: .bool(value.bool.map { !$0 } ?? false)
            default: value
            }
        }
    }
}
