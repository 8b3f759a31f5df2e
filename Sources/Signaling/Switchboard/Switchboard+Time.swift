package import Primitives

// Time, and the end.
extension Switchboard {
    /// Does all that is due.
    package func tick(at now: Now) {
        while let timer = deadlines.popDue(at: now.monotonic) {
            switch timer {
            case .socket(let socket): tickSocket(socket, at: now)
            case .session(let session): tickSession(session, at: now)
            case .drain(let socket):
                close(socket, .draining, "the server is going down", cause: .drain, at: now)
            case .resolution(let question): giveUp(question)
            case .user(let user):
                if users[user]?.sessions.isEmpty == true { users[user] = nil }
            case .call(let call):
                let effects = store.update(call) { $0.tick(at: now) }
                apply(effects ?? [], of: call, nil, at: now)
            }
        }
    }

    private func tickSocket(_ socket: SocketID, at now: Now) {
        guard let known = sockets[socket] else { return }
        switch known.state {
        case .new: close(socket, .helloTimeout, "no hello in time", at: now)
        case .refused(let code): close(socket, code, "the hello was refused", at: now)
        case .session: break
        }
    }

    /// Says goodbye to everybody, each at a moment of their own before the deadline, and takes in
    /// nobody new (calls.md 2.7). The calls go on; `Saved` carries them over.
    package func drain(at now: Now, deadline: MonotonicTime) {
        guard !isDraining else { return }
        isDraining = true
        let left = deadline.nanoseconds(since: now.monotonic) / 1_000_000
        let spread = min(left, UInt64(settings.drainSpread.count) * 1000)
        for (socket, known) in sockets.sorted(by: { $0.key.number < $1.key.number }) {
            guard case .session(let session) = known.state else {
                close(socket, .draining, "the server is going down", at: now)
                continue
            }
            let delay = spread == 0 ? 0 : random.next() % spread
            deliver(
                .draining(
                    deadlineMilliseconds: Int64(clamping: left),
                    reconnectAfterMilliseconds: Int64(delay)),
                to: session)
            let due = MonotonicTime(
                nanoseconds: now.monotonic.nanoseconds + delay * 1_000_000)
            deadlines.set(.drain(socket), to: due)
        }
    }

    /// Ends a user's sessions and calls, as an operator asks (close 4506).
    package func kick(_ user: UserID, at now: Now) {
        for call in liveCalls(of: user) where call.seat(of: user) != nil {
            tell(call.id, .terminate(.kicked, by: nil), at: now)
        }
        for session in users[user]?.sessions ?? [] {
            let socket = sessions[session]?.socket
            remove(session, at: now)
            if let socket {
                counters.closes[.kicked, default: 0] += 1
                emit(.close(socket, code: CloseCode.kicked.rawValue, reason: "kicked"))
            }
        }
    }
}
