/// One message of the server, as far as the generator looks at it. The server writes envelopes in
/// one way, so that looking at fixed places is enough; anything else shows as `unknown`.
struct ServerFrame {
    enum Kind {
        case ok
        case error
        case welcome
        case ping
        case offer
        case answer
        case candidate
        case appMessage
        case end
        case otherReliable
        case unknown
    }

    let kind: Kind
    /// Of the request that is answered.
    let id: Int
    /// 0 for what is not reliable.
    let sequence: UInt64
    let payload: UnsafeRawBufferPointer
    /// Where the members of `data` begin.
    private let data: Int

    /// `{"type":"ok","id":7,"data":{` or `{"type":"state","seq":9,"data":{`.
    init(_ payload: UnsafeRawBufferPointer) {
        self.payload = payload
        var at = 9
        while at < payload.count, payload[at] != UInt8(ascii: "\"") { at += 1 }
        let type = UnsafeRawBufferPointer(rebasing: payload[min(9, at)..<at])
        var (id, sequence) = (0, 0)
        if payload.count > at + 8, payload[at + 1] == UInt8(ascii: ",") {
            // Behind the type comes `,"id":` or `,"seq":`.
            if payload[at + 3] == UInt8(ascii: "i") {
                (id, at) = Self.number(payload, at + 7)
            } else if payload[at + 3] == UInt8(ascii: "s") {
                (sequence, at) = Self.number(payload, at + 8)
            } else {
                at += 1
            }
        }
        self.id = id
        self.sequence = UInt64(sequence)
        data = at + Self.dataStart.utf8CodeUnitCount
        kind = Self.kind(type, isReliable: sequence > 0)
    }

    private static let dataStart: StaticString = ",\"data\":{"
    private static let callStart: StaticString = "\"call_id\":\""

    /// Whether the message is about that call. True for one that names no call.
    func isAbout(_ call: [UInt8]) -> Bool {
        let start = data + Self.callStart.utf8CodeUnitCount
        guard payload.count > data + 10, payload[data + 1] == UInt8(ascii: "c"),
            payload[data + 5] == UInt8(ascii: "_")
        else { return true }
        guard payload.count > start + call.count else { return false }
        return payload[start..<start + call.count].elementsEqual(call)
            && payload[start + call.count] == UInt8(ascii: "\"")
    }

    /// The text of a field, wherever it stands first; for messages that are rare.
    func text(_ name: String) -> [UInt8] {
        guard let start = position(behind: "\"\(name)\":\"") else { return [] }
        return Array(payload[start...].prefix { $0 != UInt8(ascii: "\"") })
    }

    func number(_ name: String) -> Int? {
        position(behind: "\"\(name)\":").map { Self.number(payload, $0).0 }
    }

    func contains(_ text: String) -> Bool { position(behind: text) != nil }

    private func position(behind text: String) -> Int? {
        let wanted = Array(text.utf8)
        guard payload.count >= wanted.count else { return nil }
        for start in 0...payload.count - wanted.count
        where payload[start] == wanted[0]
            && payload[start..<start + wanted.count].elementsEqual(wanted)
        {
            return start + wanted.count
        }
        return nil
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> (Int, Int) {
        var (value, at) = (0, start)
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
            value = value &* 10 &+ Int(bytes[at] &- 0x30)
            at += 1
        }
        return (value, at)
    }

    private static func kind(_ type: UnsafeRawBufferPointer, isReliable: Bool) -> Kind {
        func isNamed(_ name: StaticString) -> Bool {
            guard type.count == name.utf8CodeUnitCount else { return false }
            return type.elementsEqual(
                UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        }
        switch type.count {
        case 2 where isNamed("ok"): return .ok
        case 4 where isNamed("ping"): return .ping
        case 5 where isNamed("error"): return .error
        case 7 where isNamed("welcome"): return .welcome
        case 8 where isNamed("call:end"): return .end
        case 10 where isNamed("call:offer"): return .offer
        case 11 where isNamed("call:answer"): return .answer
        case 11 where isNamed("app:message"): return .appMessage
        case 18 where isNamed("call:ice-candidate"): return .candidate
        default: return isReliable ? .otherReliable : .unknown
        }
    }
}
