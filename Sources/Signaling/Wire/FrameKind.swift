import JSON

/// The `type` of a client's frame, and how its data is read.
enum FrameKind: String, CaseIterable {
    case hello
    case initiate = "call:initiate"
    case join = "call:join"
    case ringing = "call:ringing"
    case answer = "call:answer"
    case reject = "call:reject"
    case end = "call:end"
    case leave = "call:leave"
    case description = "call:description"
    case iceCandidate = "call:ice-candidate"
    case connected = "call:connected"
    case media = "call:media"
    case appMessage = "app:message"
    case iceRefresh = "ice:refresh"
    case presenceWatch = "presence:watch"
    case authRefresh = "auth:refresh"
    case pong
    case ack
    case bye

    /// Whether its data has a `call_id` that has to be there already.
    var isAboutCall: Bool {
        switch self {
        case .hello, .initiate, .iceRefresh, .presenceWatch, .authRefresh, .pong, .ack, .bye: false
        default: true
        }
    }

    func read(_ data: FieldReader) throws(FieldDefect) -> ClientMessage {
        switch self {
        case .hello: .hello(try hello(data))
        case .initiate: .initiate(try initiate(data))
        case .join: .join(try join(data))
        case .ringing: .ringing(try call(data))
        case .answer: .answer(try call(data), try description(data, .answer, beside: "answer"))
        case .reject: try reject(data)
        case .end: .end(try call(data), try data.word("reason", HangupReason.self) ?? .hangup)
        case .leave: .leave(try call(data))
        case .description:
            .description(
                try call(data), generation: try generation(data), try description(data, nil))
        case .iceCandidate: try candidates(data)
        case .connected: .connected(try call(data), try report(data))
        case .media: .media(try call(data), try media(data))
        case .appMessage: try appMessage(data)
        case .iceRefresh: .iceRefresh
        case .presenceWatch: .presenceWatch(try users(data))
        case .authRefresh:
            .authRefresh(
                token: try data.need("token", data.text("token", max: WireLimits.tokenBytesMax)))
        case .pong: .pong(sentMilliseconds: try data.integer("t", 0...WireLimits.wholeNumberMax))
        case .ack: .ack
        case .bye: .bye
        }
    }
}

// Payloads.
extension FrameKind {
    private func call(_ data: FieldReader) throws(FieldDefect) -> CallID {
        CallID(
            try data.need(
                "call_id", data.plainName("call_id", max: WireLimits.callIDBytesMax)))
    }

    private func generation(_ data: FieldReader) throws(FieldDefect) -> UInt32? {
        try data.integer("gen", 1...WireLimits.generationMax).map { UInt32($0) }
    }

    /// `description`, or its older spelling beside it, which may be the bare SDP (S4-1, S4-4).
    private func description(
        _ data: FieldReader, _ kind: SessionDescription.Kind?, beside other: String? = nil
    ) throws(FieldDefect) -> SessionDescription {
        let name = data.value("description") == nil ? other ?? "description" : "description"
        if let kind, let sdp = data.value(name)?.string {
            return SessionDescription(kind, sdp: try sdpText(sdp))
        }
        let reader = try data.need(name, data.reader(name))
        guard let sdp = reader.value("sdp")?.string else {
            throw FieldDefect("sdp is missing or no string")
        }
        guard let type = reader.value("type")?.string,
            let given = SessionDescription.Kind(rawValue: type), kind == nil || kind == given
        else {
            throw FieldDefect("\(name) has another type than \(kind?.rawValue ?? "offer, answer")")
        }
        return SessionDescription(given, sdp: try sdpText(sdp))
    }

    private func sdpText(_ sdp: String) throws(FieldDefect) -> String {
        guard (1...WireLimits.sdpBytesMax).contains(sdp.utf8.count) else {
            throw FieldDefect("sdp holds 1 to \(WireLimits.sdpBytesMax) bytes")
        }
        return sdp
    }

    private func media(_ data: FieldReader) throws(FieldDefect) -> Media {
        Media(
            audio: try data.need("audio", data.bool("audio")),
            video: try data.need("video", data.bool("video")))
    }

    private func initiate(_ data: FieldReader) throws(FieldDefect) -> ClientMessage.Initiate {
        let metadata = try data.reader("metadata")?.object
        if let metadata {
            guard JSONValue.object(metadata).bytes.count <= WireLimits.metadataBytesMax else {
                throw FieldDefect("metadata holds at most \(WireLimits.metadataBytesMax) bytes")
            }
        }
        let media = try data.reader("media")
        return ClientMessage.Initiate(
            to: try data.text("to", max: WireLimits.userIDBytesMax).map { UserID($0) },
            chat: try data.chat(),
            call: try data.plainName("call_id", max: WireLimits.callIDBytesMax).map { CallID($0) },
            media: Media(
                audio: try media?.bool("audio") ?? true, video: try media?.bool("video") ?? false),
            offer: try description(data, .offer, beside: "offer"),
            ringMilliseconds: try data.integer("ring_ms", 0...WireLimits.wholeNumberMax),
            metadata: metadata)
    }

    private func join(_ data: FieldReader) throws(FieldDefect) -> ClientMessage.Join {
        ClientMessage.Join(
            call: try call(data),
            token: try data.text("peer_token", max: WireLimits.tokenBytesMax),
            isFresh: try data.bool("fresh_client"))
    }

    private func reject(_ data: FieldReader) throws(FieldDefect) -> ClientMessage {
        let reason = try data.word("reason", RejectReason.self) ?? .declined
        let scope = try data.word("scope", RejectScope.self) ?? reason.defaultScope
        return .reject(try call(data), reason, scope)
    }

    private func candidates(_ data: FieldReader) throws(FieldDefect) -> ClientMessage {
        var values: [JSONValue] = []
        if let candidate = data.value("candidate") { values.append(candidate) }
        values += try data.array("candidates", max: WireLimits.candidatesMax) ?? []
        guard !values.isEmpty else { throw FieldDefect("candidate is missing") }
        var candidates: [Candidate] = []
        for value in values {
            guard let candidate = Candidate(value) else {
                throw FieldDefect("candidate is no ICE candidate, or too large")
            }
            candidates.append(candidate)
        }
        return .iceCandidates(try call(data), generation: try generation(data), candidates)
    }

    private func report(_ data: FieldReader) throws(FieldDefect) -> ClientMessage.ConnectionReport {
        ClientMessage.ConnectionReport(
            local: try data.text("local", max: WireLimits.nameBytesMax),
            remote: try data.text("remote", max: WireLimits.nameBytesMax),
            transport: try data.text("protocol", max: WireLimits.nameBytesMax),
            isRelayed: try data.bool("relay"))
    }

    private func appMessage(_ data: FieldReader) throws(FieldDefect) -> ClientMessage {
        let payload = try data.need("payload", data.object["payload"])
        guard payload.bytes.count <= WireLimits.appMessageBytesMax else {
            throw FieldDefect("payload holds at most \(WireLimits.appMessageBytesMax) bytes")
        }
        return .appMessage(try call(data), payload)
    }

    private func users(_ data: FieldReader) throws(FieldDefect) -> [UserID] {
        var users: [UserID] = []
        let values = try data.need(
            "users", data.array("users", max: WireLimits.watchedUsersMax))
        for value in values {
            guard let text = value.string, (1...WireLimits.userIDBytesMax).contains(text.utf8.count)
            else { throw FieldDefect("users holds something that is no user") }
            users.append(UserID(text))
        }
        return users
    }
}

// Hello.
extension FrameKind {
    private func hello(_ data: FieldReader) throws(FieldDefect) -> ClientMessage.Hello {
        let client = try data.reader("client") ?? FieldReader(object: JSONObject())
        var capabilities: [String] = []
        for value in try data.array("caps", max: WireLimits.capabilitiesMax) ?? [] {
            guard let text = value.string, text.utf8.count <= WireLimits.nameBytesMax else {
                throw FieldDefect("caps holds something that is no short string")
            }
            capabilities.append(text)
        }
        let device = try data.text("device_id", max: WireLimits.deviceIDBytesMax)
        return ClientMessage.Hello(
            token: try data.text("token", max: WireLimits.tokenBytesMax),
            device: DeviceID(try data.need("device_id", device)),
            client: .init(
                name: try client.text("name", max: WireLimits.nameBytesMax),
                version: try client.text("version", max: WireLimits.nameBytesMax),
                platform: try client.text("platform", max: WireLimits.nameBytesMax)),
            capabilities: capabilities,
            name: try data.text("name", max: WireLimits.nameBytesMax),
            resume: try resume(data))
    }

    private func resume(_ data: FieldReader) throws(FieldDefect) -> ClientMessage.Hello.Resume? {
        guard let resume = try data.reader("resume") else { return nil }
        let sid = try resume.text("sid", max: WireLimits.sessionIDBytesMax)
        let last = try resume.integer("last_seq", 0...WireLimits.wholeNumberMax)
        return ClientMessage.Hello.Resume(
            session: SessionID(try resume.need("sid", sid)),
            secret: try resume.need("rid", resume.text("rid", max: WireLimits.nameBytesMax)),
            epoch: try resume.need("epoch", resume.text("epoch", max: WireLimits.nameBytesMax)),
            lastSequence: UInt64(try resume.need("last_seq", last)))
    }
}
