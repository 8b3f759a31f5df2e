import JSON
import Primitives

// `hello`: who it is, and whether an earlier session goes on (calls.md 2.2, rulings 3 and 16).
extension Switchboard {
    func receiveHello(_ hello: ClientMessage.Hello, on socket: SocketID, at now: Now) {
        counters.hellos += 1
        guard let info = sockets[socket]?.info else { return }
        let claims: TokenClaims?
        do throws(TokenRefusal) {
            claims = try (hello.token ?? info.token).map { text throws(TokenRefusal) in
                try verifier.claims(of: text, atUnixSeconds: now.unixSeconds)
            }
            if let device = claims?.device, device != hello.device { throw .badClaim }
        } catch {
            let code: CloseCode = error == .expired ? .tokenExpired : .unauthorized
            let token = hello.token ?? info.token
            refuseHello(token, on: socket, error.code, error.rawValue, code, at: now)
            return
        }
        let (resumed, failure) = resume(hello, claims, on: socket, at: now)
        if resumed { return }
        if claims == nil, settings.allowsAnonymous, let name = hello.name,
            !isFree(name, for: hello.device)
        {
            let details: JSONObject = ["reason": "name_taken"]
            let error = ErrorReply(.forbidden, "somebody has this name", details: details)
            return reply(.error(id: nil, error), on: socket)
        }
        guard let claims = claims ?? anonymousClaims(hello) else {
            let words = "a token is needed"
            refuseHello(nil, on: socket, .unauthorized, words, .unauthorized, at: now)
            return
        }
        begin(hello, claims, on: socket, failure: failure, at: now)
    }

    /// Told at once, closed at once for the first failures, later and later then.
    func refuseHello(
        _ token: String?, on socket: SocketID, _ code: ErrorCode, _ message: String,
        _ close: CloseCode,
        at now: Now
    ) {
        counters.failedHellos += 1
        reply(.error(id: nil, ErrorReply(code, message)), on: socket)
        let wait = failures.note(
            sockets[socket]?.info.source, token: signer.digest(Array((token ?? "").utf8)),
            settings, at: now.monotonic)
        guard wait > 0 else { return self.close(socket, close, message, at: now) }
        let due = MonotonicTime(nanoseconds: now.monotonic.nanoseconds + wait * 1_000_000)
        sockets[socket]?.state = .refused(close)
        sockets[socket]?.deadline = due
        deadlines.set(.socket(socket), to: due)
    }

    /// Whether the session of the hello goes on; if not, why.
    private func resume(
        _ hello: ClientMessage.Hello, _ claims: TokenClaims?, on socket: SocketID, at now: Now
    ) -> (Bool, Session.ResumeFailure?) {
        guard let asked = hello.resume else { return (false, nil) }
        let digest = signer.digest(Array(asked.secret.utf8))
        let failure: Session.ResumeFailure?
        if asked.epoch != epoch {
            failure = .epoch
        } else if let session = sessions[asked.session] {
            // An anonymous session is vouched for by its secret alone, where such are allowed.
            let isVouchedFor = session.isAnonymous && settings.allowsAnonymous
            let user = claims?.user ?? (isVouchedFor ? session.user : "")
            failure = session.judge(asked, digest: digest, by: user)
        } else {
            failure = expired.contains(asked.session) ? .expired : .unknown
        }
        if let failure {
            counters.resumeFailures[failure, default: 0] += 1
            // Nobody can use it any more, and its owner is here.
            if failure == .gap { remove(asked.session, at: now) }
            return (false, failure)
        }
        continueSession(asked, hello, claims, digest, on: socket, at: now)
        return (true, nil)
    }

    private func continueSession(
        _ asked: ClientMessage.Hello.Resume, _ hello: ClientMessage.Hello, _ claims: TokenClaims?,
        _ digest: [UInt8], on socket: SocketID, at now: Now
    ) {
        let id = asked.session
        if let old = sessions[id]?.socket {
            // The seats do not become absent: their session is here.
            takeOver(old)
        }
        let secret = name(bytes: 16)
        let wasOnline = sessions[id]?.isOnline == true
        // Before the welcome, so that its snapshots are true; what this causes is replayed.
        if !wasOnline {
            for call in calls(of: id) { tell(call, .returned(id), at: now) }
        }
        let phase = random.next()
        sessions[id]?.resume(
            on: socket, claims: claims, capabilities: hello.capabilities, digest: digest,
            newDigest: signer.digest(Array(secret.utf8)), acknowledged: asked.lastSequence,
            at: now, phase: phase)
        adopt(socket, for: id)
        counters.resumed += 1
        welcome(id, secret: secret, isResumed: true, failure: nil, at: now)
        for frame in sessions[id]?.requests.answers(after: asked.lastSequence) ?? [] {
            emit(.send(socket, frame))
        }
        replay(id, after: asked.lastSequence, on: socket)
        reschedule(id, at: now)
        if !wasOnline { announcePresence(of: sessions[id]?.user, at: now) }
    }

    /// Dead offers and candidates keep their number only.
    private func replay(_ id: SessionID, after sequence: UInt64, on socket: SocketID) {
        let frames =
            sessions[id]?.outbox.replay(after: sequence) { replay in
                switch replay {
                case .always: true
                case .never: false
                case .whileRinging(let call), .generation(let call, _):
                    store.call(call)?.isWorthReplaying(replay) ?? false
                }
            } ?? []
        for frame in frames { emit(.send(socket, frame)) }
    }

    /// The session's old socket hears that another one has it now.
    private func takeOver(_ socket: SocketID) {
        sockets[socket] = nil
        deadlines.set(.socket(socket), to: nil)
        deadlines.set(.drain(socket), to: nil)
        counters.closes[.takenOver, default: 0] += 1
        emit(
            .close(
                socket, code: CloseCode.takenOver.rawValue,
                reason: "the session goes on elsewhere"))
    }

    private func adopt(_ socket: SocketID, for session: SessionID) {
        guard let info = sockets[socket]?.info else { return }
        forgetNew(info)
        sockets[socket]?.state = .session(session)
        // Not kept: the token would only lie around.
        sockets[socket]?.info = SocketInfo()
        deadlines.set(.socket(socket), to: nil)
    }

    /// A new session; nil when there is no room for one. `seat` is that of a per-call socket.
    @discardableResult
    func begin(
        _ hello: ClientMessage.Hello, _ claims: TokenClaims, on socket: SocketID,
        seat: SeatToken? = nil, failure: Session.ResumeFailure?, at now: Now
    ) -> SessionID? {
        let user = claims.user
        let online = users[user]?.sessions.count { sessions[$0]?.isOnline == true } ?? 0
        guard online < settings.socketsPerUserMax || replace(user, hello.device, at: now) else {
            close(socket, .tooManySockets, "this user has too many sockets", at: now)
            return nil
        }
        guard makeRoom(for: user, at: now) else {
            close(socket, .rate, "5000", at: now)
            return nil
        }
        let secret = name(bytes: 16)
        let id = SessionID(shortName())
        let phase = random.next()
        let isAnonymous = seat.map { !$0.isAuthenticated } ?? (claims.expiresAt == .max)
        sessions[id] = Session(
            id: id, claims: claims, hello: hello, isAnonymous: isAnonymous, seatCall: seat?.call,
            socket: socket, keyDigest: signer.digest(Array(secret.utf8)), at: now, phase: phase)
        users[user, default: User()].sessions.append(id)
        if isAnonymous, seat == nil { hold(claims.name, user, hello.device) }
        adopt(socket, for: id)
        welcome(id, secret: secret, isResumed: false, failure: failure, at: now)
        reschedule(id, at: now)
        ring(id, at: now)
        announcePresence(of: user, at: now)
        return id
    }

    /// An app that comes back without its session replaces one that it has left behind: takeover
    /// beats refusal. A session in a call is nobody's to take.
    private func replace(_ user: UserID, _ device: DeviceID, at now: Now) -> Bool {
        let old = users[user]?.sessions.first { id in
            guard let session = sessions[id], session.isOnline else { return false }
            return session.device == device && callsBySession[id] == nil
        }
        guard let old, let socket = sessions[old]?.socket else { return false }
        remove(old, at: now)
        refuse(socket, .takenOver, "the device has a newer session")
        return true
    }

    /// Retained sessions of a user are bounded: the oldest without a socket and a seat goes.
    private func makeRoom(for user: UserID, at now: Now) -> Bool {
        let own = users[user]?.sessions ?? []
        if own.count >= settings.sessionsPerUserMax {
            let idle = own.filter { sessions[$0]?.isOnline == false }
            guard let victim = idle.first(where: { !isSeated($0) }) ?? idle.first else {
                return false
            }
            remove(victim, at: now)
        }
        return sessions.count < settings.sessionsMax
    }

    /// Calls that already ring the user ring the new session too (S3-12).
    private func ring(_ id: SessionID, at now: Now) {
        guard let session = sessions[id] else { return }
        let event = CallEvent.deviceAdded(party(session), isReachable: true)
        for call in store.calls(of: session.user).sorted(by: { $0.text < $1.text }) {
            guard let known = store.call(call), known.state == .ringing,
                known.callee == session.user, session.claims.allows(call)
            else { continue }
            tell(call, event, at: now)
        }
    }

    func party(_ session: Session) -> CallParty {
        CallParty(
            session: session.id, user: session.user, name: session.claims.name,
            device: session.device, isAuthenticated: !session.isAnonymous,
            reportsConnected: session.capabilities.contains("reports_connected"))
    }
}

// `welcome`.
extension Switchboard {
    func welcome(
        _ id: SessionID, secret: String, isResumed: Bool, failure: Session.ResumeFailure?,
        at now: Now
    ) {
        guard let session = sessions[id], let socket = session.socket else { return }
        var object: JSONObject = [
            "sid": .string(id.text), "rid": .string(secret), "epoch": .string(epoch),
            "user_id": .string(session.user.text), "resumed": .bool(isResumed),
            "last_client_id": .integer(session.requests.lastID),
            "ping_interval_ms": .integer(Int64(Heartbeat.intervalMilliseconds)),
            "ping_timeout_ms": .integer(Int64(Heartbeat.timeoutMilliseconds)),
            "session_ttl_ms": .integer(Int64(settings.sessionRetention.count) * 1000),
            "server_time_ms": .integer(Stamp(now).unixMilliseconds),
            "replay_to": .integer(Int64(clamping: session.outbox.lastSequence)),
            "limits": .object(limits), "config": .object(configuration),
            "calls": .array(snapshots(for: session, at: now)),
        ]
        if let failure { object["resume_fail"] = .string(failure.rawValue) }
        if let ice = iceServers(for: session, at: now) { object["ice"] = .object(ice.object) }
        reply(.welcome(object), on: socket)
    }

    private var limits: JSONObject {
        [
            "frame_bytes": .integer(Int64(settings.wire.frameBytesMax)),
            "frames_per_second": 30, "frames_burst": 100,
            "unanswered_requests": .integer(Int64(RequestLog.runningMax)),
            "candidates": .integer(Int64(settings.calls.candidatesMax)),
            "live_calls": .integer(Int64(settings.liveCallsPerUserMax)),
        ]
    }

    /// The live calls in which the user sits or is rung: always, so that a failed resumption still
    /// restores seats.
    private func snapshots(for session: Session, at now: Now) -> [JSONValue] {
        let calls = store.calls(of: session.user).compactMap { store.call($0) }
        return calls.filter { call in
            call.state != .ended && session.claims.allows(call.id)
                && (call.callee == session.user || call.seat(of: session.user) != nil)
        }
        .sorted { CallCursor($0) < CallCursor($1) }
        .map { call in
            let seat = call.seat(of: session.id) ?? call.seat(of: session.user)
            return .object(call.snapshot(for: seat?.peer, at: now).object)
        }
    }

    func iceServers(for session: Session, at now: Now) -> IceServers? {
        issuer.iceServers(for: session.user, isGuest: session.isGuest, at: now)
    }
}
