import JSON
import Primitives

// Who is there: sockets come and go, seats stay (S0, rulings 8, 11 and 17).
extension Call {
    /// A socket is gone. Nobody leaves by that (S0-6, S0-7).
    mutating func lose(
        _ session: SessionID, _ cause: AbsenceCause, _ lastHeard: Stamp, _ now: Now
    ) {
        if let index = ringers.firstIndex(where: { $0.party.session == session }) {
            ringers[index].isReachable = false
        }
        guard let index = seatIndex(session), seats[index].isOnline else { return }
        // Detection comes up to 45 s late; the window counts from the last sign of life.
        let away = lastHeard.monotonic <= now.monotonic ? lastHeard : Stamp(now)
        seats[index].isOnline = false
        seats[index].disconnectedAt = away
        version += 1
        log(.peerDisconnected, peer: seats[index].peer, reason: cause.rawValue)
        guard state.status == .active else { return }
        if state != .reconnecting {
            resumeState = state
            state = .reconnecting
            deadlines.connect = nil
        }
        waitForCaller(now)
        let absence = ServerMessage.Absence(
            call: id, peer: seats[index].peer, at: away.unixMilliseconds, cause: cause,
            windowEndsAt: away.adding(milliseconds: settings.windowMilliseconds).unixMilliseconds)
        if let other = otherIndex(than: index) {
            send(.peerDisconnected(absence), to: seats[other])
        }
        announce(
            .peerDisconnected,
            ["peer_id": .string(seats[index].peer.text), "cause": .string(cause.rawValue)], at: now)
    }

    /// An answered call that never connected does not wait the whole window for its caller.
    mutating func waitForCaller(_ now: Now) {
        guard kind == .direct, resumeState == .answered, deadlines.absentCaller == nil,
            caller?.isOnline == false
        else { return }
        deadlines.absentCaller =
            Stamp(now).adding(milliseconds: settings.absentCallerMilliseconds)
    }

    /// The same session has a socket again.
    mutating func comeBack(_ session: SessionID, _ now: Now) {
        if let index = ringers.firstIndex(where: { $0.party.session == session }) {
            reachAgain(index, now)
        }
        guard let index = seatIndex(session), !seats[index].isOnline else { return }
        let away = seats[index].disconnectedAt
        seats[index].isOnline = true
        seats[index].disconnectedAt = nil
        seats[index].reconnectCount += 1
        statistics.reconnects += 1
        version += 1
        log(.peerReconnected, peer: seats[index].peer, reason: "resumed")
        switch state {
        case .waiting:
            meet(newcomer: index, isReconnect: true, now)
            if state != .waiting, let other = otherIndex(than: index) {
                send(
                    .join(id, seats[other].peer, isReconnect: false, isPeerOnline: true),
                    to: seats[index])
                send(.state(snapshot(for: seats[index].peer, at: now)), to: seats[index])
            }
        case .answered, .active, .reconnecting:
            let downtime = away?.milliseconds(until: now.monotonic) ?? 0
            welcomeBack(index, isResumed: true, isFresh: false, downtime: downtime, now)
        case .ringing, .ended: break
        }
    }

    /// Somebody is back in a call that was answered; the other side hears it (S0-11).
    mutating func welcomeBack(
        _ index: Int, isResumed: Bool, isFresh: Bool, downtime: Int64, _ now: Now
    ) {
        if isFresh {
            startOver()
        } else if pending?.peer == seats[index].peer {
            pending?.session = seats[index].session
        }
        if seats[index].role == .host { deadlines.absentCaller = nil }
        resume(now)
        let peer = seats[index].peer
        if let other = otherIndex(than: index) {
            let back = ServerMessage.Return(
                call: id, peer: peer, isResumed: isResumed, isFresh: isFresh,
                generation: generation, downtimeMilliseconds: downtime,
                restartBy: caller?.peer ?? peer)
            send(.peerReconnected(back), to: seats[other])
            if !isResumed { repeatOffer(from: other, to: index) }
        }
        announce(
            .peerReconnected,
            [
                "peer_id": .string(peer.text), "downtime_ms": .integer(downtime),
                "resumed": .bool(isResumed),
            ], at: now)
    }

    /// What an absent side without a session has missed and can still use (ruling 11).
    private mutating func repeatOffer(from other: Int, to index: Int) {
        guard let pending, pending.peer == seats[other].peer else { return }
        send(
            .description(id, generation: generation, from: pending.peer, pending.description),
            to: seats[index])
        guard !seats[other].kept.isEmpty else { return }
        send(
            .iceCandidates(
                id, generation: generation, from: pending.peer, seats[other].kept),
            to: seats[index])
        seats[other].kept = []
    }

    /// Out of `reconnecting` once both are there; T_connect starts in full (ruling 11).
    mutating func resume(_ now: Now) {
        guard state == .reconnecting, areBothOnline else { return }
        state = resumeState
        version += 1
        guard state == .answered else { return }
        deadlines.connect = Stamp(now).adding(milliseconds: settings.connectMilliseconds)
        becomeActiveIfConnected(now)
    }

    /// The session is gone for good; its seat stays, without anybody to tell.
    mutating func forget(_ session: SessionID, _ now: Now) {
        if let index = ringers.firstIndex(where: { $0.party.session == session }) {
            ringers.remove(at: index)
            output.append(.detached(session))
        }
        guard let index = seatIndex(session) else { return }
        lose(session, .socket, Stamp(now), now)
        seats[index].session = nil
        output.append(.detached(session))
    }

    /// `bye` ends only calls that this session is seated in (ruling 17).
    mutating func sayGoodbye(_ session: SessionID, _ now: Now) {
        guard let index = seatIndex(session) else {
            forget(session, now)
            return
        }
        let reason: EndReason = state == .ringing ? .cancelled : .hangup
        end(reason, by: seats[index].peer, from: session, now)
    }
}

// Media, as the clients tell it.
extension Call {
    /// `call:connected`: ICE is up on one side.
    mutating func connect(
        _ session: SessionID, _ report: ClientMessage.ConnectionReport, _ now: Now
    ) throws(CallRefusal) {
        let index = try needSeat(session)
        guard state.status == .active else {
            throw CallRefusal(.badState, "the call was not answered yet")
        }
        seats[index].hasConnected = true
        seats[index].report = report
        reply()
        becomeActiveIfConnected(now)
    }

    /// Whoever can report has, and somebody did: a client that never reports holds nobody up.
    private mutating func becomeActiveIfConnected(_ now: Now) {
        guard state == .answered, seats.contains(where: \.hasConnected),
            seats.allSatisfy({ $0.hasConnected || !$0.reportsConnected })
        else { return }
        state = .active
        resumeState = .active
        version += 1
        deadlines.connect = nil
        activeAt = Stamp(now)
        statistics.connectMilliseconds = answeredAt?.milliseconds(until: now.monotonic)
        broadcastState(at: now)
        log(.active, milliseconds: statistics.connectMilliseconds)
        announce(.active, at: now)
    }

    /// `call:media`: what the other side shows as muted.
    mutating func setMedia(_ session: SessionID, _ media: Media) throws(CallRefusal) {
        let index = try needSeat(session)
        reply()
        guard seats[index].media != media else { return }
        seats[index].media = media
        version += 1
        if let other = otherIndex(than: index) {
            send(.media(id, from: seats[index].peer, media), to: seats[other])
        }
    }

    /// `app:message`: the application's own words, from seat to seat.
    mutating func relay(_ session: SessionID, _ payload: JSONValue) throws(CallRefusal) {
        let index = try needSeat(session)
        guard let other = otherIndex(than: index), seats[other].session != nil else {
            throw CallRefusal(.badState, "there is nobody to tell")
        }
        reply()
        send(.appMessage(id, from: seats[index].peer, payload), to: seats[other])
    }
}
