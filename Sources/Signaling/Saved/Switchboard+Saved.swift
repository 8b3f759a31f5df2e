import JSON
package import Primitives

// A restart of the daemon costs the callers one resumption and no call (ruling 4).
extension Switchboard {
    /// Everything that has to outlive this process. Sockets do not: sessions come back absent.
    package func savedState(at now: Now) -> [UInt8] {
        let state = SavedState(
            epoch: epoch, savedAtUnixSeconds: now.unixSeconds,
            // Those of per-call sockets are never resumed: their seats are, by the token.
            sessions: sessions.values.filter { $0.seatCall == nil }
                .sorted { $0.id.text < $1.id.text }.map(saved),
            calls: store.all.sorted { $0.id.text < $1.id.text })
        // Nothing in the state can fail to be encoded; an empty one would be refused at the start.
        let json = (try? StateEncoder.json(state)) ?? .null
        return SavedFormat.wrap(json.bytes)
    }

    private func saved(_ session: Session) -> SavedState.SavedSession {
        var lastInbound = session.heartbeat.lastInbound
        if case .detached(_, let last) = session.link { lastInbound = last }
        return SavedState.SavedSession(
            id: session.id, device: session.device, isAnonymous: session.isAnonymous,
            claims: session.claims, capabilities: session.capabilities, key: session.key,
            lastSequence: session.outbox.lastSequence, acknowledged: session.outbox.acknowledged,
            lostThrough: session.outbox.lostThrough,
            entries: session.outbox.entries.map {
                .init(
                    sequence: $0.sequence, replay: $0.replay,
                    frame: String(decoding: $0.frame, as: UTF8.self))
            },
            lastID: session.requests.lastID,
            answers: session.requests.answers.map {
                .init(
                    id: $0.id, nextSequence: $0.nextSequence,
                    frame: String(decoding: $0.frame, as: UTF8.self))
            },
            watched: session.watched, lastInbound: Stamp(lastInbound),
            calls: callsBySession[session.id] ?? [])
    }

    /// Takes over what another run has saved. Changes nothing when it throws. Only for a
    /// switchboard that has not seen a socket yet.
    package func restore(_ bytes: [UInt8], at now: Now) throws(SavedStateDefect) {
        let body = try SavedFormat.unwrap(bytes)
        let state: SavedState
        do {
            // Depth: a call, its seats, their candidates; values: as many as the file holds.
            let limits = JSONLimits(depthMax: 32, valuesMax: .max)
            let json = try JSONValue.parse(body.span, limits: limits)
            state = try StateDecoder.decode(SavedState.self, from: json, at: now)
        } catch {
            throw .unreadable
        }
        guard state.isSound else { throw .unreadable }
        let age = now.unixSeconds - min(state.savedAtUnixSeconds, now.unixSeconds)
        guard age < UInt64(settings.seatWindow.count) else { throw .tooOld(seconds: age) }
        var restored: [(Session, SavedState.SavedSession)] = []
        for saved in state.sessions {
            guard let session = session(saved, at: now) else { throw .unreadable }
            restored.append((session, saved))
        }
        epoch = state.epoch
        recoversUntil = nil
        for call in state.calls { store.insert(call) }
        for (session, saved) in restored { install(session, saved) }
        settle(restored.map(\.0), at: now)
    }

    private func session(_ saved: SavedState.SavedSession, at now: Now) -> Session? {
        let entries = saved.entries.map {
            Outbox.Entry(sequence: $0.sequence, replay: $0.replay, frame: Array($0.frame.utf8))
        }
        guard
            let outbox = Outbox(
                lastSequence: saved.lastSequence, acknowledged: saved.acknowledged,
                lostThrough: saved.lostThrough, entries: entries)
        else { return nil }
        let answers = saved.answers.map {
            RequestLog.Answer(
                id: $0.id, nextSequence: $0.nextSequence, frame: Array($0.frame.utf8))
        }
        let lastInbound = Now(
            monotonic: saved.lastInbound.monotonic,
            unixSeconds: UInt64(max(saved.lastInbound.unixMilliseconds, 0)) / 1000)
        return Session(
            id: saved.id, device: saved.device, isAnonymous: saved.isAnonymous,
            claims: saved.claims, capabilities: saved.capabilities, key: saved.key, outbox: outbox,
            requests: RequestLog(lastID: saved.lastID, answers: answers), lastInbound: lastInbound,
            at: now)
    }

    private func install(_ session: Session, _ saved: SavedState.SavedSession) {
        sessions[session.id] = session
        sessions[session.id]?.watched = saved.watched
        users[session.user, default: User()].sessions.append(session.id)
        if session.isAnonymous { hold(session.claims.name, session.user, session.device) }
        for user in saved.watched { watchersByUser[user, default: []].insert(session.id) }
        let calls = saved.calls.filter { store.call($0) != nil }
        if !calls.isEmpty { callsBySession[session.id] = calls }
    }

    /// Sessions that were connected when the state was saved are absent now, and what a call knows
    /// of sessions that were not saved is forgotten.
    private func settle(_ restored: [Session], at now: Now) {
        for call in store.all where call.state != .ended {
            for session in call.sessions where sessions[session] != nil {
                callsBySession[session, default: []].insert(call.id)
            }
        }
        for session in restored {
            guard case .detached(_, let last) = session.link else { continue }
            for call in calls(of: session.id) {
                tell(call, .lost(session.id, .drain, lastHeard: Stamp(last)), at: now)
            }
            reschedule(session.id, at: now)
        }
        for call in store.all {
            for session in Set(call.sessions) where sessions[session] == nil {
                tell(call.id, .sessionEnded(session), at: now)
            }
            let next = store.nextDeadline(of: call.id) ?? .never
            if next == .never { discard(call) } else { deadlines.set(.call(call.id), to: next) }
        }
    }

    /// What no timer would ever end; no call of ours is like that.
    private func discard(_ call: Call) {
        store.remove(call.id)
        deadlines.set(.call(call.id), to: nil)
        for session in call.sessions {
            callsBySession[session]?.remove(call.id)
            if callsBySession[session]?.isEmpty == true { callsBySession[session] = nil }
        }
    }
}
