package import Primitives

// What operators see and do.
extension Switchboard {
    /// A session and the calls that it has to do with.
    package struct Presence {
        package let session: Session
        package let calls: [CallID]
    }

    /// How much one user has.
    package struct Holdings: Hashable, Sendable {
        package var sessions = 0
        package var online = 0
        package var calls = 0
    }

    /// One call; nil when nobody remembers it.
    package func call(_ id: CallID) -> Call? { store.call(id) }

    /// The calls that pass `isShown`, the newest first.
    package func calls(of user: UserID?, where isShown: (Call) -> Bool) -> [Call] {
        store.list(CallFilter(user: user, limit: store.count)).filter(isShown)
    }

    /// The sessions of one user, or all, by user.
    package func presences(of user: UserID?) -> [Presence] {
        let found = user.map { users[$0]?.sessions.compactMap { sessions[$0] } ?? [] }
        return (found ?? Array(sessions.values))
            .sorted { ($0.user.text, $0.id.text) < ($1.user.text, $1.id.text) }
            .map { Presence(session: $0, calls: calls(of: $0.id)) }
    }

    /// What everybody has who has sessions.
    package var holdings: [UserID: Holdings] {
        var result: [UserID: Holdings] = [:]
        for session in sessions.values {
            result[session.user, default: Holdings()].sessions += 1
            if session.isOnline { result[session.user]?.online += 1 }
        }
        for user in result.keys { result[user]?.calls = liveCalls(of: user).count }
        return result
    }

    /// Takes callers in again after a drain that was called off; whoever was told goes and comes.
    package func resume(at now: Now) { isDraining = false }

    /// Ends a call for both sides. Returns why it has ended, which may be earlier; nil when there
    /// is none of that name.
    package func end(_ id: CallID, at now: Now) -> EndReason? {
        guard let call = store.call(id) else { return nil }
        if call.state != .ended { tell(id, .terminate(.deleted, by: nil), at: now) }
        return store.call(id)?.endReason
    }

    /// Ends a session and the calls it sits in (close 4506). Returns how many calls; nil when
    /// there is none of that name.
    package func kick(session id: SessionID, at now: Now) -> Int? {
        guard let session = sessions[id] else { return nil }
        let seated = calls(of: id).filter { store.call($0)?.seat(of: id) != nil }
        for call in seated { tell(call, .terminate(.kicked, by: nil), at: now) }
        let socket = session.socket
        remove(id, at: now)
        if let socket { refuse(socket, .kicked, "kicked") }
        return seated.count
    }

    /// Ends all sessions of a user and the calls they sit in.
    package func kick(user: UserID, at now: Now) -> (sessions: Int, calls: Int) {
        let sessions = users[user]?.sessions.count ?? 0
        let calls = liveCalls(of: user).count { $0.seat(of: user) != nil }
        kick(user, at: now)
        return (sessions, calls)
    }
}
