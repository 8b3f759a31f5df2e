import Admin
import LinuxIO
import Primitives
import Signaling

// Callers, as the admin socket shows and ends them.
extension ControlRoom {
    func calls(_ query: CallQuery) throws(AdminRefusal) -> CallList {
        let now = Clock.now()
        let found = try signaling().switchboard.calls(of: query.user.map { UserID($0) }) { call in
            query.state.map { $0 == call.state.rawValue } ?? (call.state != .ended)
        }
        return CallList(
            matched: found.count,
            calls: found.prefix(query.limit).map { CallReport($0, at: now) })
    }

    func call(_ id: String) throws(AdminRefusal) -> CallReport {
        guard let call = try signaling().switchboard.call(CallID(id)) else {
            throw Self.missing(call: id)
        }
        return CallReport(call, at: Clock.now())
    }

    func endCall(_ id: String) throws(AdminRefusal) -> CallEndReply {
        let now = Clock.now()
        let signaling = try signaling()
        guard let reason = signaling.switchboard.end(CallID(id), at: now) else {
            throw Self.missing(call: id)
        }
        signaling.carryOut(at: now)
        return CallEndReply(id: id, reason: reason.rawValue)
    }

    func sessions(_ query: SessionQuery) throws(AdminRefusal) -> SessionList {
        let now = Clock.now()
        let signaling = try signaling()
        let found = signaling.switchboard.presences(of: query.user.map { UserID($0) })
        return SessionList(
            matched: found.count,
            sessions: found.prefix(query.limit).map { presence in
                var report = SessionReport(presence, at: now)
                report.client = presence.session.socket.flatMap { signaling.client(of: $0) }
                return report
            })
    }

    func kick(_ order: KickOrder) throws(AdminRefusal) -> KickReply {
        let now = Clock.now()
        let signaling = try signaling()
        defer { signaling.carryOut(at: now) }
        switch order {
        case .user(let name):
            let ended = signaling.switchboard.kick(user: UserID(name), at: now)
            return KickReply(kicked: ended.sessions, calls: ended.calls)
        case .session(let id):
            guard let calls = signaling.switchboard.kick(session: SessionID(id), at: now) else {
                throw AdminRefusal(
                    .noSuchSession, "no session \(id.printable); it may have ended meanwhile")
            }
            return KickReply(kicked: 1, calls: calls)
        }
    }

    private func signaling() throws(AdminRefusal) -> SignalingDesk {
        if let signaling = applications?.signaling { return signaling }
        throw AdminRefusal(.notConfigured, "this daemon takes no calls; see docs/calls.md")
    }

    private static func missing(call id: String) -> AdminRefusal {
        AdminRefusal(
            .noSuchCall, "no call \(id.printable); ended ones are remembered for two minutes")
    }
}

extension CallReport {
    init(_ call: Call, at now: Now) {
        let snapshot = call.snapshot(for: nil, at: now)
        self.init(
            id: call.id.text, kind: call.kind.rawValue, state: call.state.rawValue,
            ageSeconds: Self.seconds(since: call.createdAt, now),
            participants: call.seats.map { Participant($0, at: now) }, counts: Counts(call))
        chat = call.chat
        owner = call.owner?.text
        callee = call.callee?.text
        activeSeconds = call.activeAt.map { Self.seconds(since: $0, now) }
        expiresInSeconds = snapshot.expiresAt.map {
            UInt64(max($0 / 1000 - Int64(clamping: now.unixSeconds), 0))
        }
        ringing = call.state == .ringing ? call.ringingDevices : 0
        generation = call.generation
        path = call.mediaPath?.rawValue
        endReason = call.endReason?.rawValue
        endCause = call.endCause
    }

    static func seconds(since stamp: Stamp, _ now: Now) -> UInt64 {
        UInt64(stamp.milliseconds(until: now.monotonic) / 1000)
    }
}

extension CallReport.Participant {
    fileprivate init(_ seat: Seat, at now: Now) {
        self.init(
            peer: seat.peer.text, user: seat.user.text, name: seat.name,
            device: seat.device?.text, session: seat.session?.text, role: seat.role.rawValue,
            online: seat.isOnline,
            awaySeconds: seat.disconnectedAt.map { CallReport.seconds(since: $0, now) },
            reconnects: seat.reconnectCount, audio: seat.media.audio, video: seat.media.video)
        local = seat.report?.local
        remote = seat.report?.remote
        transport = seat.report?.transport
        relayed = seat.report?.isRelayed
    }
}

extension CallReport.Counts {
    fileprivate init(_ call: Call) {
        self.init()
        let seen = call.statistics
        offers = seen.offers
        restarts = seen.restarts
        glares = seen.glares
        candidates = seen.candidatesPassed
        candidatesDropped = seen.candidatesDropped
        reconnects = seen.reconnects
        takeovers = seen.takeovers
        connectMilliseconds = seen.connectMilliseconds
    }
}

extension SessionReport {
    fileprivate init(_ presence: Switchboard.Presence, at now: Now) {
        let session = presence.session
        var away: UInt64?
        var lastInbound = session.heartbeat.lastInbound
        if case .detached(let since, let heard) = session.link {
            away = now.monotonic.nanoseconds(since: since) / 1_000_000_000
            lastInbound = heard
        }
        // Guests without a token have claims without an end.
        let expiry = session.claims.expiresAt
        self.init(
            id: session.id.text, user: session.user.text, name: session.claims.name,
            device: session.device.text, online: session.isOnline, guest: session.isGuest,
            idleSeconds: now.monotonic.nanoseconds(since: lastInbound.monotonic) / 1_000_000_000,
            awaySeconds: away,
            tokenExpiresInSeconds: expiry == .max
                ? nil : Int64(clamping: expiry) - Int64(clamping: now.unixSeconds),
            resumes: session.resumeCount, unconfirmed: session.outbox.count,
            calls: presence.calls.map(\.text))
    }
}
