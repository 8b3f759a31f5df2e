import JSON

extension ServerMessage {
    package var type: String {
        switch self {
        case .offer: "call:offer"
        case .ringing: "call:ringing"
        case .answer: "call:answer"
        case .description: "call:description"
        case .iceCandidates: "call:ice-candidate"
        case .rejected: "call:rejected"
        case .noAnswer: "call:no-answer"
        case .answeredElsewhere: "call:answered-elsewhere"
        case .end: "call:end"
        case .state: "state"
        case .join: "join"
        case .leave: "leave"
        case .peerDisconnected: "peer-disconnected"
        case .peerReconnected: "peer-reconnected"
        case .media: "call:media"
        case .appMessage: "app:message"
        case .presence: "presence"
        case .draining: "server:draining"
        case .tokenExpiring: "token-expiring"
        case .skip: "skip"
        }
    }

    /// The frame as JSON text at the end of `output`.
    package func write(
        sequence: UInt64?, usesOldNames: Bool = false, into output: inout [UInt8]
    ) {
        // Taken out and put back, so that the buffer has one owner and is not copied.
        let taken = consume output
        output = []
        let type = usesOldNames ? oldType : type
        var writer = FrameWriter(type, sequence: sequence, behind: consume taken)
        writeData(&writer)
        if usesOldNames { writeOldNames(&writer) }
        writer.end()
        output = writer.output
    }

    private func writeData(_ writer: inout FrameWriter) {
        writer.id("call_id", writesOwnCall ? nil : call)
        switch self {
        case .offer(let offer): offer.write(&writer)
        case .answer(let answer): answer.write(&writer)
        case .end(let end): end.write(&writer)
        case .state(let snapshot): writer.fields(of: snapshot.object)
        case .peerDisconnected(let absence): absence.write(&writer)
        case .peerReconnected(let back): back.write(&writer)
        case .ringing(_, let devices): writer.whole("devices", Int64(devices))
        case .description(_, let generation, let from, let description):
            writer.whole("gen", Int64(generation))
            writer.id("from", from)
            writer.json("description", description.json)
        case .iceCandidates(_, let generation, let from, let candidates):
            writer.whole("gen", Int64(generation))
            writer.id("from", from)
            if candidates.count == 1 {
                writer.json("candidate", candidates[0].json)
            } else {
                writer.json("candidates", .array(candidates.map(\.json)))
            }
        case .media(_, let from, let media):
            writer.id("from", from)
            writer.bool("audio", media.audio)
            writer.bool("video", media.video)
        case .appMessage(_, let from, let payload):
            writer.id("from", from)
            writer.json("payload", payload)
        default: writeShort(&writer)
        }
    }

    private func writeShort(_ writer: inout FrameWriter) {
        switch self {
        case .rejected(_, let reason): writer.text("reason", reason.rawValue)
        case .noAnswer(_, let role):
            writer.text("role", role == .host ? "caller" : "callee")
            if role == .guest { writer.bool("missed", true) }
        case .answeredElsewhere(_, let action): writer.text("action", action.rawValue)
        case .join(_, let peer, let isReconnect, let isPeerOnline):
            writer.id("peer_id", peer)
            writer.bool("is_reconnect", isReconnect)
            writer.bool("peer_online", isPeerOnline)
        case .leave(_, let peer): writer.id("peer_id", peer)
        case .presence(let user, let isOnline, let devices, let lastSeen):
            writer.id("user_id", user)
            writer.bool("online", isOnline)
            writer.whole("devices", Int64(devices))
            writer.whole("last_seen", lastSeen)
        case .draining(let deadline, let reconnectAfter):
            writer.whole("deadline_ms", deadline)
            writer.whole("reconnect_after_ms", reconnectAfter)
        case .tokenExpiring(let expiresAt): writer.whole("expires_at", expiresAt)
        default: break
        }
    }

    /// A snapshot is written as one object that begins with its call.
    private var writesOwnCall: Bool { if case .state = self { true } else { false } }
}

extension ServerMessage.Offer {
    fileprivate func write(_ writer: inout FrameWriter) {
        writer.text("chat_id", chat)
        writer.id("caller_id", caller)
        var from: JSONObject = ["user_id": .string(caller.text)]
        if let callerName { from.append("name", .string(callerName)) }
        writer.json("from", .object(from))
        writer.id("peer_id", callerPeer)
        writer.json("media", media.json)
        writer.whole("gen", Int64(generation))
        // S4 clients read `offer`. It is long: put into JSON once.
        let description = description.json.bytes
        writer.text("offer", json: description)
        writer.text("description", json: description)
        writer.json("candidates", .array(candidates.map(\.json)))
        writer.whole("ring_left_ms", ringLeftMilliseconds)
        writer.whole("expires_at", expiresAt)
        writer.json("metadata", metadata.map { .object($0) })
        if isAutoAnswer { writer.bool("auto_answer", true) }
        if isBusy { writer.bool("busy", true) }
    }
}

extension ServerMessage.Answer {
    fileprivate func write(_ writer: inout FrameWriter) {
        writer.whole("gen", Int64(generation))
        // S4 clients read `answer`.
        let description = description.json.bytes
        writer.text("answer", json: description)
        writer.text("description", json: description)
        writer.json("candidates", .array(candidates.map(\.json)))
        writer.id("peer_id", peer)
    }
}

extension ServerMessage.End {
    fileprivate func write(_ writer: inout FrameWriter) {
        writer.text("reason", reason.rawValue)
        writer.text("by", by?.text ?? "server")
        writer.whole("duration_ms", durationMilliseconds)
    }
}

extension ServerMessage.Absence {
    fileprivate func write(_ writer: inout FrameWriter) {
        writer.id("peer_id", peer)
        writer.whole("at", at)
        writer.text("cause", cause.rawValue)
        writer.whole("window_ends_at", windowEndsAt)
    }
}

extension ServerMessage.Return {
    fileprivate func write(_ writer: inout FrameWriter) {
        writer.id("peer_id", peer)
        writer.bool("resumed", isResumed)
        writer.bool("fresh_client", isFresh)
        writer.whole("gen", Int64(generation))
        writer.whole("downtime_ms", downtimeMilliseconds)
        writer.id("restart_by", restartBy)
    }
}
