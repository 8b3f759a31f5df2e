import JSON
import Primitives

// Sessions between their sockets: absence, retention, heartbeat, tokens.
extension Switchboard {
    /// The session's socket is gone: its seats are absent, its messages wait (S0-6).
    func detach(_ id: SessionID, from socket: SocketID, cause: AbsenceCause, at now: Now) {
        guard sessions[id]?.detach(from: socket, at: now.monotonic) == true,
            let session = sessions[id]
        else { return }
        let lastHeard = Stamp(session.heartbeat.lastInbound)
        for call in calls(of: id) {
            tell(call, .lost(id, cause, lastHeard: lastHeard), at: now)
        }
        announcePresence(of: session.user, at: now)
        reschedule(id, at: now)
    }

    /// The session is over: nothing of it is kept but, for a while, that it existed.
    func remove(_ id: SessionID, isGoodbye: Bool = false, at now: Now) {
        guard let session = sessions[id] else { return }
        for call in calls(of: id) { tell(call, isGoodbye ? .bye(id) : .sessionEnded(id), at: now) }
        if let socket = session.socket {
            sockets[socket] = nil
            deadlines.set(.drain(socket), to: nil)
        }
        sessions[id] = nil
        callsBySession[id] = nil
        expired.insert(id)
        deadlines.set(.session(id), to: nil)
        for user in session.watched { unwatch(user, id) }
        if session.outbox.isGapped { counters.gappedSessions += 1 }
        users[session.user]?.sessions.removeAll { $0 == id }
        if session.isOnline { announcePresence(of: session.user, at: now) }
        forgetUser(session.user, at: now)
    }

    /// Whoever says goodbye and comes back has started as many calls as before.
    private func forgetUser(_ user: UserID, at now: Now) {
        guard let known = users[user], known.sessions.isEmpty else { return }
        if let name = known.guestName {
            guestNames[name] = nil
            users[user]?.guestName = nil
        }
        if known.initiates.isFull(at: now.monotonic) {
            users[user] = nil
        } else {
            deadlines.set(.user(user), to: now.monotonic + Seconds(10))
        }
    }

    /// The calls that have to hear about a session, always in the same order.
    func calls(of id: SessionID) -> [CallID] {
        callsBySession[id]?.sorted { $0.text < $1.text } ?? []
    }

    func isSeated(_ id: SessionID) -> Bool {
        callsBySession[id]?.contains { call in
            store.call(call).map { $0.state != .ended && $0.seat(of: id) != nil } ?? false
        } ?? false
    }

    /// When the session needs attention next.
    func reschedule(_ id: SessionID, at now: Now) {
        guard let session = sessions[id] else { return }
        if hasLostItsCall(session) { return deadlines.set(.session(id), to: now.monotonic) }
        if let until = session.keptUntil(isSeated: isSeated(id), settings) {
            deadlines.set(.session(id), to: until)
            return
        }
        deadlines.set(.session(id), to: min(session.heartbeat.nextDeadline, tokenDue(session, now)))
    }

    /// When the token wants a warning, or has run out; `never` when nothing is to be done before a
    /// call ends.
    private func tokenDue(_ session: Session, _ now: Now) -> MonotonicTime {
        let expiry = session.claims.expiresAt
        guard expiry < 1 << 40 else { return .never }
        if !session.hasBeenWarned {
            return moment(expiry, minus: UInt64(settings.tokenWarning.count), now)
        }
        let end = moment(expiry + UInt64(settings.tokenSkew.count), minus: 0, now)
        // A call is one from its first ring on: nobody is thrown out of it.
        return end <= now.monotonic && callsBySession[session.id] != nil ? .never : end
    }

    private func moment(_ unixSeconds: UInt64, minus: UInt64, _ now: Now) -> MonotonicTime {
        let target = unixSeconds > minus ? unixSeconds - minus : 0
        guard target > now.unixSeconds else { return now.monotonic }
        return now.monotonic + Seconds(UInt32(clamping: target - now.unixSeconds))
    }

    func tickSession(_ id: SessionID, at now: Now) {
        guard let session = sessions[id] else { return }
        if hasLostItsCall(session) { return closeSeat(id, at: now) }
        guard let socket = session.socket else {
            if let until = session.keptUntil(isSeated: isSeated(id), settings),
                until <= now.monotonic
            {
                remove(id, at: now)
            } else {
                reschedule(id, at: now)
            }
            return
        }
        if session.heartbeat.givesUpAt <= now.monotonic {
            close(socket, .heartbeat, "no sign of life", cause: .heartbeat, at: now)
            return
        }
        if session.heartbeat.pingDue <= now.monotonic { ping(id, on: socket, at: now) }
        judgeToken(id, on: socket, at: now)
        reschedule(id, at: now)
    }

    private func ping(_ id: SessionID, on socket: SocketID, at now: Now) {
        let phase = random.next()
        sessions[id]?.heartbeat.pinged(at: now.monotonic, phase: phase)
        reply(
            .ping(milliseconds: Int64(now.monotonic.nanoseconds / 1_000_000)), on: socket)
    }

    /// Warned once, closed when the token has run out, but never in the middle of a call.
    private func judgeToken(_ id: SessionID, on socket: SocketID, at now: Now) {
        guard let session = sessions[id] else { return }
        let due = tokenDue(session, now)
        guard due <= now.monotonic else { return }
        guard session.hasBeenWarned else {
            sessions[id]?.hasBeenWarned = true
            let expiry = Int64(clamping: session.claims.expiresAt).multipliedReportingOverflow(
                by: 1000)
            deliver(.tokenExpiring(expiresAt: expiry.partialValue), to: id)
            return
        }
        close(socket, .tokenExpired, "the token has expired", at: now)
    }

    /// To a session: at once when it has a socket, kept in any case.
    func deliver(_ message: ServerMessage, to id: SessionID) {
        guard let session = sessions[id] else { return }
        let isOld = session.usesOldNames
        for part in isOld ? message.oldParts : [message] {
            let frame = session.outbox.append(part, usesOldNames: isOld)
            if let socket = session.socket { emit(.send(socket, frame)) }
        }
    }

    /// Without number, to whoever is there.
    func reply(_ reply: ServerReply, on socket: SocketID) {
        var frame: [UInt8] = []
        reply.write(into: &frame)
        emit(.send(socket, frame))
    }
}

// Presence (ruling 15).
extension Switchboard {
    func watch(_ list: [UserID], _ request: Request, at now: Now) {
        guard let session = sessions[request.session] else { return }
        let wanted = Set(list)
        guard wanted.allSatisfy({ mayWatch($0, session) }) else {
            // The same for unknown and for known users: nobody is looked up here.
            return refuse(request, ErrorReply(.forbidden, "not all of them may be watched"))
        }
        for user in session.watched.subtracting(wanted) { unwatch(user, session.id) }
        for user in wanted { watchersByUser[user, default: []].insert(session.id) }
        sessions[session.id]?.watched = wanted
        accept(request, ["users": .integer(Int64(wanted.count))])
        for user in wanted.sorted(by: { $0.text < $1.text }) {
            deliver(presence(of: user), to: session.id)
        }
    }

    private func mayWatch(_ user: UserID, _ session: Session) -> Bool {
        let claims = session.claims
        if user == session.user { return true }
        return (claims.mayWatch ?? claims.mayCall)?.includes(user) ?? settings.isDirectoryOpen
    }

    func unwatch(_ user: UserID, _ session: SessionID) {
        watchersByUser[user]?.remove(session)
        if watchersByUser[user]?.isEmpty == true { watchersByUser[user] = nil }
    }

    func announcePresence(of user: UserID?, at now: Now) {
        guard let user, let watchers = watchersByUser[user] else { return }
        let message = presence(of: user)
        for watcher in watchers.sorted(by: { $0.text < $1.text }) { deliver(message, to: watcher) }
    }

    private func presence(of user: UserID) -> ServerMessage {
        let own = users[user]?.sessions.compactMap { sessions[$0] } ?? []
        let devices = own.count(where: \.isOnline)
        let last = own.map { Stamp($0.heartbeat.lastInbound).unixMilliseconds }.max()
        return .presence(
            user, isOnline: devices > 0, devices: devices, lastSeen: devices > 0 ? nil : last)
    }
}
