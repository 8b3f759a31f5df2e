import JSON
package import Primitives

// Frames in.
extension Switchboard {
    /// One text frame. Whatever the bytes are, only their sender hears about it.
    package func received(_ bytes: Span<UInt8>, on socket: SocketID, at now: Now) {
        guard let known = sockets[socket] else { return }
        counters.frames += 1
        let frame: ClientFrame
        do throws(FrameDefect) {
            let session = known.session.flatMap { sessions[$0] }
            frame = try ClientFrame.read(bytes, limits: settings.wire, old: session?.oldFrames) {
                chat in session.flatMap { newestCall(of: $0, inChat: chat) }
            }
        } catch {
            counters.defects += 1
            receiveDefect(error, known, on: socket, at: now)
            return
        }
        switch known.state {
        case .refused: return
        case .new:
            guard case .hello(let hello) = frame.message else {
                reply(
                    .error(id: frame.id, ErrorReply(.badRequest, "hello comes first")),
                    on: socket)
                return close(socket, .protocol, "hello comes first", at: now)
            }
            receiveHello(hello, on: socket, at: now)
        case .session(let session):
            guard hear(session, on: socket, at: now) else { return }
            receive(frame, session, on: socket, at: now)
        }
    }

    /// Counts the frame; false when there were too many.
    private func hear(_ id: SessionID, on socket: SocketID, at now: Now) -> Bool {
        guard let place = sessions.index(forKey: id) else { return false }
        sessions.values[place].heard(at: now)
        guard let wait = sessions.values[place].rates.take(.frames, at: now.monotonic) else {
            return true
        }
        close(socket, .rate, "\(wait)", at: now)
        return false
    }

    private func receiveDefect(
        _ defect: FrameDefect, _ known: Socket, on socket: SocketID, at now: Now
    ) {
        let error = ErrorReply(defect.code, defect.message)
        guard case .session(let session) = known.state else {
            if case .refused = known.state { return }
            reply(.error(id: defect.id, error), on: socket)
            return close(socket, .protocol, "hello comes first", at: now)
        }
        guard hear(session, on: socket, at: now) else { return }
        // An error consumes its id like any other answer (ruling 5).
        if let id = defect.id {
            guard let request = admit(id, session, on: socket, at: now) else { return }
            refuse(request, error)
        } else {
            reply(.error(id: nil, error), on: socket)
            if case .tooLarge = defect { close(socket, .tooLarge, defect.message, at: now) }
        }
    }

    private func receive(
        _ frame: ClientFrame, _ session: SessionID, on socket: SocketID, at now: Now
    ) {
        if let ack = frame.ack {
            guard sessions[session]?.outbox.acknowledge(through: ack) == true else {
                return close(socket, .resync, "ack of what was never sent", at: now)
            }
        }
        if let id = frame.id {
            guard let request = admit(id, session, on: socket, at: now) else { return }
            perform(frame.message, request, at: now)
            return
        }
        switch frame.message {
        case .pong(let sent?):
            let milliseconds = Int64(now.monotonic.nanoseconds / 1_000_000) - sent
            if (0...60_000).contains(milliseconds) { counters.roundTrips.add(milliseconds) }
        case .bye:
            remove(session, isGoodbye: true, at: now)
            emit(.close(socket, code: 1000, reason: "bye"))
        case .hello(let hello): receiveLateHello(hello, session, on: socket, at: now)
        default: break
        }
    }

    /// A request that has to be done; nil when it was answered otherwise (ruling 5).
    private func admit(
        _ id: Int64, _ session: SessionID, on socket: SocketID, at now: Now
    ) -> Request? {
        guard let place = sessions.index(forKey: session) else { return nil }
        let request = Request(session: session, id: id)
        switch sessions.values[place].requests.judge(id) {
        case .execute: return request
        case .attach: break
        case .again(let frame): emit(.send(socket, frame))
        case .tooMany:
            refuse(
                request,
                ErrorReply(
                    .rateLimited, "too many requests are unanswered", retryMilliseconds: 1000))
        case .forgotten:
            let error = ErrorReply(.badRequest, "this id was answered long ago")
            reply(.error(id: id, error), on: socket)
        case .skipped: close(socket, .resync, "an id was left out", at: now)
        }
        return nil
    }
}

// Requests.
extension Switchboard {
    private func perform(_ message: ClientMessage, _ request: Request, at now: Now) {
        guard let session = sessions[request.session] else { return }
        if let kind = rateClass(of: message),
            let wait = sessions[request.session]?.rates.take(kind, at: now.monotonic)
        {
            let error = ErrorReply(.rateLimited, "too many of these", retryMilliseconds: wait)
            return refuse(request, error)
        }
        switch message {
        case .initiate(let initiate): self.initiate(initiate, request, at: now)
        case .join(let join): self.join(join, request, at: now)
        case .presenceWatch(let list): watch(list, request, at: now)
        case .authRefresh(let token): refresh(token, request, at: now)
        case .iceRefresh:
            guard let ice = iceServers(for: session, at: now) else {
                return refuse(request, ErrorReply(.unavailable, "no credentials to be had"))
            }
            accept(request, ice.object)
        default:
            guard let call = message.call, let event = event(for: message, session) else {
                return refuse(request, ErrorReply(.badRequest, "this is no request"))
            }
            submit(event, to: call, request, at: now)
        }
    }

    private func rateClass(of message: ClientMessage) -> RateClass? {
        switch message {
        case .description: .descriptions
        case .iceCandidates: .candidates
        case .iceRefresh: .iceRefreshes
        case .presenceWatch: .presence
        default: nil
        }
    }

    private func event(for message: ClientMessage, _ session: Session) -> CallEvent? {
        let party = party(session)
        let id = session.id
        return switch message {
        case .ringing: .ringing(id)
        case .answer(_, let answer): .answer(party, answer, newPeer: PeerID(shortName()))
        case .reject(_, let reason, let scope): .reject(party, reason, scope)
        case .end(_, let reason): .end(party, reason)
        case .leave: .leave(party)
        case .description(_, let gen, let description):
            .description(id, generation: gen, description)
        case .iceCandidates(_, let gen, let list): .candidates(id, generation: gen, list)
        case .connected(_, let report): .connected(id, report)
        case .media(_, let media): .media(id, media)
        case .appMessage(_, let payload): .appMessage(id, payload)
        default: nil
        }
    }

    /// A new token for the same user; what is wrong with it costs nothing but the answer.
    private func refresh(_ token: String, _ request: Request, at now: Now) {
        guard let session = sessions[request.session] else { return }
        do throws(TokenRefusal) {
            let claims = try verifier.claims(of: token, atUnixSeconds: now.unixSeconds)
            guard claims.user == session.user, claims.device.map({ $0 == session.device }) ?? true
            else { throw .badClaim }
            sessions[request.session]?.renew(claims)
            reschedule(request.session, at: now)
            let expiry = Int64(clamping: claims.expiresAt)
            accept(request, ["expires_at": .integer(expiry * 1000)])
        } catch {
            refuse(request, ErrorReply(error.code, error.rawValue))
        }
    }

    func accept(_ request: Request, _ data: JSONObject) {
        answer(request, .ok(id: request.id, data))
    }

    func refuse(_ request: Request, _ error: ErrorReply) {
        counters.refusals[error.code, default: 0] += 1
        answer(request, .error(id: request.id, error))
    }

    private func answer(_ request: Request, _ reply: ServerReply) {
        guard let place = sessions.index(forKey: request.session) else { return }
        var frame: [UInt8] = []
        reply.write(into: &frame)
        let next = sessions.values[place].outbox.lastSequence + 1
        sessions.values[place].requests.answer(request.id, with: frame, nextSequence: next)
        if let socket = sessions.values[place].socket { emit(.send(socket, frame)) }
    }
}
