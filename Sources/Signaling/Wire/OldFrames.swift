import JSON

/// How clients of a per-call socket speak (calls.md 2.8): `join`, `leave`, `offer`, `answer` and
/// `ice`, names of fields as Go writes them, no `id`, no `call_id`.
struct OldFrames {
    /// The call of the socket.
    let call: CallID
    /// What a request is numbered with that has no `id`.
    let nextID: Int64

    /// The frame as the canonical protocol has it. What is canonical already stays as it is.
    func canonical(_ frame: JSONObject) -> JSONObject {
        var frame = Self.renamed(frame)
        let type = frame["type"]?.string ?? ""
        var data = frame["data"]?.object.map(Self.renamed) ?? JSONObject()
        switch type {
        case "join": frame["type"] = .string(FrameKind.join.rawValue)
        case "leave": frame["type"] = .string(FrameKind.leave.rawValue)
        case "offer", "answer":
            frame["type"] = .string(FrameKind.description.rawValue)
            data = Self.described(type, data, frame["data"])
        case "ice":
            frame["type"] = .string(FrameKind.iceCandidate.rawValue)
            if data["candidate"]?.string != nil {
                var candidate = data
                for name in ["call_id", "gen", "peer_id"] { candidate[name] = nil }
                data = data["gen"].map { ["gen": $0] } ?? JSONObject()
                data["candidate"] = .object(candidate)
            }
        default: break
        }
        if frame["call_id"] == nil, data["call_id"] == nil { data["call_id"] = .string(call.text) }
        if frame["id"] == nil { frame["id"] = .integer(nextID) }
        frame["data"] = .object(data)
        return frame
    }

    /// `{type, sdp}` may be the data itself, stand in it under its own name, or be bare text.
    private static func described(
        _ type: String, _ data: JSONObject, _ whole: JSONValue?
    ) -> JSONObject {
        guard data["description"] == nil else { return data }
        var result = data["gen"].map { ["gen": $0] } ?? JSONObject()
        result["call_id"] = data["call_id"]
        if let sdp = (whole?.string ?? data[type]?.string ?? data["sdp"]?.string) {
            result["description"] = ["type": .string(type), "sdp": .string(sdp)]
        } else if let inner = data[type]?.object {
            result["description"] = .object(renamed(inner))
        }
        return result
    }

    /// `CallID` becomes `call_id`; names that begin with a small letter stay.
    private static func renamed(_ object: JSONObject) -> JSONObject {
        guard object.fields.contains(where: { isCapital($0.name.utf8.first) }) else {
            return object
        }
        var result = JSONObject()
        for field in object.fields { result[name(field.name)] = field.value }
        return result
    }

    static func name(_ name: String) -> String {
        let bytes = Array(name.utf8)
        guard isCapital(bytes.first) else { return name }
        var result: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : nil
            let isBoundary =
                index > 0 && isCapital(byte)
                && (!isCapital(bytes[index - 1]) || next.map { !isCapital($0) } ?? false)
            if isBoundary { result.append(UInt8(ascii: "_")) }
            result.append(isCapital(byte) ? byte | 0x20 : byte)
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isCapital(_ byte: UInt8?) -> Bool {
        byte.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) } ?? false
    }
}
