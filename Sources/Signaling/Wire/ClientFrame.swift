import JSON

/// One frame from a client: the envelope and what is inside.
package struct ClientFrame: Hashable, Sendable {
    /// Rises by one within a session; nil for what is not answered.
    package var id: Int64?
    /// The highest `seq` up to which the client has everything.
    package var ack: UInt64?
    package var message: ClientMessage

    package init(id: Int64? = nil, ack: UInt64? = nil, _ message: ClientMessage) {
        self.id = id
        self.ack = ack
        self.message = message
    }

    /// Reads one text frame. Never traps, whatever the bytes are.
    package static func read(
        _ bytes: Span<UInt8>, limits: WireLimits = WireLimits()
    ) throws(FrameDefect) -> ClientFrame {
        try read(bytes, limits: limits, old: nil) { _ in nil }
    }

    /// `old` reads the frames of a per-call socket. A frame that names a chat in the place of a
    /// call is about the call that `callOfChat` gives (calls.md 1, conflicts).
    static func read(
        _ bytes: Span<UInt8>, limits: WireLimits, old: OldFrames?,
        callOfChat: (String) -> CallID?
    ) throws(FrameDefect) -> ClientFrame {
        guard bytes.count <= limits.frameBytesMax else {
            throw .tooLarge(max: limits.frameBytesMax)
        }
        let value: JSONValue
        do {
            let bounds = JSONLimits(depthMax: limits.depthMax, valuesMax: WireLimits.valuesMax)
            value = try JSONValue.parse(bytes, limits: bounds)
        } catch {
            throw .malformed(Self.words(for: error))
        }
        guard let object = value.object else { throw .malformed("the frame is no JSON object") }
        return try read(FieldReader(object: old?.canonical(object) ?? object), callOfChat)
    }

    /// A name that the client chose is not echoed: it may be as long as the frame.
    private static func words(for failure: JSONFailure) -> String {
        if case .duplicateField = failure { return "a field stands twice in one object" }
        return "\(failure)"
    }

    private static func read(
        _ envelope: FieldReader, _ callOfChat: (String) -> CallID?
    ) throws(FrameDefect) -> ClientFrame {
        guard let type = envelope.value("type")?.string else {
            throw .malformed("type is missing or no string")
        }
        // An error must name its request, so the id is read before anything else is judged.
        let wholes = 1...WireLimits.wholeNumberMax
        let id = envelope.value("id")?.integer.flatMap { wholes.contains($0) ? $0 : nil }
        guard let kind = FrameKind(rawValue: type) else { throw .unsupportedType(id: id) }
        do throws(FieldDefect) {
            _ = try envelope.integer("id", wholes)
            let ack = try envelope.integer("ack", 0...WireLimits.wholeNumberMax)
            var data = try data(of: envelope)
            if kind.isAboutCall, let chat = try chat(of: data) {
                guard let call = callOfChat(chat) else { throw FieldDefect(Self.noCall) }
                data.object["call_id"] = .string(call.text)
            }
            let message = try kind.read(data)
            if message.isRequest { _ = try envelope.need("id", id) }
            return ClientFrame(
                id: message.isRequest ? id : nil, ack: ack.map { UInt64($0) }, message)
        } catch {
            throw error.reason == Self.noCall ? .noCall(id: id) : .badRequest(id: id, error.reason)
        }
    }

    private static let noCall = "this chat has no call"

    /// The chat that stands for the call, since there is no `call_id`.
    private static func chat(of data: FieldReader) throws(FieldDefect) -> String? {
        data.value("call_id") == nil ? try data.chat() : nil
    }

    /// `data` with the `call_id` that may stand beside it instead of inside.
    private static func data(of envelope: FieldReader) throws(FieldDefect) -> FieldReader {
        var data = try envelope.reader("data")?.object ?? JSONObject()
        if let outer = envelope.value("call_id") {
            let inner = FieldReader(object: data).value("call_id")
            guard inner == nil || inner == outer else {
                throw FieldDefect("call_id differs inside and outside of data")
            }
            data["call_id"] = outer
        }
        return FieldReader(object: data)
    }
}
