import JSON
import Primitives

// Taking seats, taking them back, giving them up (rulings 4, 7, 8 and 17).
extension Call {
    /// `call:join`.
    mutating func join(
        _ party: CallParty, _ claim: SeatClaim, newPeer: PeerID, isFresh: Bool?, _ now: Now
    ) throws(CallRefusal) {
        if let index = seatIndex(party.session) {
            // The session itself is the proof.
            let isReconnect = !seats[index].isOnline
            comeBack(party.session, now)
            reply(seatReply(index, isReconnect: isReconnect, at: now))
            return
        }
        if let index = try ownSeat(claim, party.user, party.isAuthenticated, party.device) {
            let isNewPage = isFresh ?? (seats[index].session != party.session)
            try takeBack(index, party, isFresh: isNewPage, now)
            return
        }
        var seat = try newSeat(
            claim, party.user, party.name, party.isAuthenticated, newPeer: newPeer, now)
        seat.sit(party)
        let index = place(seat)
        output.append(.attached(party.session))
        log(.joined, peer: seat.peer, user: seat.user)
        // Only a recovered call gives out a seat while it reconnects.
        let isReturn = state == .reconnecting
        if isReturn {
            seats[index].reconnectCount = 1
            welcomeBack(index, isResumed: false, isFresh: isFresh ?? true, downtime: 0, now)
        } else {
            meet(newcomer: index, isReconnect: false, now)
        }
        reply(seatReply(index, isReconnect: isReturn, at: now))
    }

    /// A REST join, or the host's seat when the call is created: without a socket (ruling 7).
    mutating func reserve(
        _ reservation: CallEvent.Reservation, _ now: Now
    ) throws(CallRefusal) {
        let user = reservation.user
        let known = try ownSeat(
            reservation.claim, user, reservation.isAuthenticated, nil, takesOnline: false)
        if let known {
            let isReconnect = seats[known].wasOnline
            // Asking again holds it for longer.
            if seats[known].reservedUntil != nil { holdReservation(known, now) }
            reply(seatReply(known, isReconnect: isReconnect, at: now))
            return
        }
        let isOpener = seats.isEmpty && answeredAt == nil
        let seat = try newSeat(
            reservation.claim, user, reservation.name, reservation.isAuthenticated,
            newPeer: reservation.newPeer, now)
        let index = place(seat)
        if !isOpener { holdReservation(index, now) }
        if state == .waiting { startWaiting(now) }
        log(.joined, peer: seat.peer, user: seat.user, reason: "reserved")
        reply(seatReply(index, isReconnect: false, at: now))
    }

    private mutating func holdReservation(_ index: Int, _ now: Now) {
        seats[index].reservedUntil =
            Stamp(now).adding(milliseconds: settings.reservationMilliseconds)
    }

    /// The seat that is the sender's already; nil when it needs a new one (ruling 8).
    private func ownSeat(
        _ claim: SeatClaim, _ user: UserID, _ isAuthenticated: Bool, _ device: DeviceID?,
        takesOnline: Bool = true
    ) throws(CallRefusal) -> Int? {
        if case .valid(let peer, _, _) = claim,
            let index = seats.firstIndex(where: { $0.peer == peer })
        {
            guard !seats[index].isAuthenticated || seats[index].user == user else {
                throw CallRefusal(.forbidden, "the seat belongs to somebody else")
            }
            return index
        }
        let own = seats.indices.filter {
            isAuthenticated && seats[$0].isAuthenticated && seats[$0].user == user
        }
        if let index = own.first(where: { !seats[$0].isOnline || !takesOnline }) { return index }
        if claim == .invalid {
            throw CallRefusal(.forbidden, "the peer_token is not valid for this call")
        }
        if own.contains(where: { seats[$0].device == device && device != nil }) {
            throw CallRefusal(
                .duplicateCall, "this device sits in the call; its peer_token takes the seat over")
        }
        return nil
    }

    /// A free seat for somebody new.
    private func newSeat(
        _ claim: SeatClaim, _ user: UserID, _ name: String?, _ isAuthenticated: Bool,
        newPeer: PeerID, _ now: Now
    ) throws(CallRefusal) -> Seat {
        guard seats.count < 2 else { throw CallRefusal(.callFull, "two people are in the call") }
        let hasHost = seats.contains { $0.role == .host }
        let freeRole = hasHost ? SeatRole.guest : .host
        if isRecovered, case .valid(let peer, let owner, let role) = claim {
            guard owner == nil || owner == user, !seats.contains(where: { $0.role == role }) else {
                throw CallRefusal(.forbidden, "the seat belongs to somebody else")
            }
            return Seat(
                peer: peer, user: user, name: name, role: role, isAuthenticated: owner != nil)
        }
        // A direct call is for two people by name; what a recovered one lacks may still come.
        guard kind == .room, state == .waiting else {
            if user == callee, state == .ringing {
                throw CallRefusal(.badState, "the call rings: it is answered, not joined")
            }
            throw user == callee
                ? CallRefusal(.alreadyAnswered, "another device has answered")
                : CallRefusal(.callFull, "two people are in the call")
        }
        return Seat(
            peer: newPeer, user: user, name: name, role: freeRole,
            isAuthenticated: isAuthenticated)
    }

    /// The host's seat stands first.
    private mutating func place(_ seat: Seat) -> Int {
        version += 1
        let index = seat.role == .host ? 0 : seats.count
        seats.insert(seat, at: index)
        return index
    }

    /// Somebody new or back in a room that waits: with two online it becomes a call.
    mutating func meet(newcomer index: Int, isReconnect: Bool, _ now: Now) {
        guard state == .waiting else { return }
        startWaiting(now)
        guard areBothOnline, let other = otherIndex(than: index) else { return }
        becomeAnswered(now)
        send(
            .join(id, seats[index].peer, isReconnect: isReconnect, isPeerOnline: true),
            to: seats[other])
        broadcastState(except: seats[index].session, at: now)
        log(.answered, peer: seats[index].peer, user: seats[index].user)
        announce(.answered, at: now)
    }

    /// Both sides have agreed to talk.
    mutating func becomeAnswered(_ now: Now) {
        version += 1
        answeredAt = Stamp(now)
        resumeState = .answered
        deadlines.waiting = nil
        deadlines.longest = settings.callMillisecondsMax.map {
            Stamp(now).adding(milliseconds: $0)
        }
        state = .reconnecting
        resume(now)
        if state == .reconnecting { waitForCaller(now) }
    }

    /// Its own seat, from another session (calls.md 2.2, ruling 8).
    private mutating func takeBack(
        _ index: Int, _ party: CallParty, isFresh: Bool, _ now: Now
    ) throws(CallRefusal) {
        let before = seats[index]
        if before.isOnline { try countTakeover(index, now) }
        if let old = before.session, old != party.session {
            // The old page must not go on as if the call were still its own.
            let message = farewell(.takenOver, by: before.peer, now)
            output.append(.notify(old, message))
            output.append(.detached(old))
        }
        seats[index].sit(party)
        version += 1
        output.append(.attached(party.session))
        log(
            before.isOnline ? .takenOver : before.wasOnline ? .peerReconnected : .joined,
            peer: before.peer, user: before.user)
        if before.wasOnline {
            seats[index].reconnectCount += 1
            statistics.reconnects += 1
        }
        let downtime = before.disconnectedAt?.milliseconds(until: now.monotonic) ?? 0
        switch state {
        case .waiting: meet(newcomer: index, isReconnect: before.wasOnline, now)
        case .ringing: if !isFresh { pending?.session = party.session }
        case .answered, .active, .reconnecting:
            welcomeBack(index, isResumed: false, isFresh: isFresh, downtime: downtime, now)
        case .ended: break
        }
        reply(seatReply(index, isReconnect: before.wasOnline, at: now))
    }

    private mutating func countTakeover(_ index: Int, _ now: Now) throws(CallRefusal) {
        let recent = seats[index].takeovers.filter {
            $0.milliseconds(until: now.monotonic) < 60_000
        }
        guard recent.count < settings.takeoversPerMinute else {
            let left = 60_000 - (recent.first?.milliseconds(until: now.monotonic) ?? 0)
            throw CallRefusal(
                .rateLimited, "the seat changes hands too often", retryMilliseconds: left)
        }
        seats[index].takeovers = recent + [Stamp(now)]
        statistics.takeovers += 1
    }

    /// `call:leave`: the seat is free, the room goes on (ruling 17).
    mutating func leave(_ party: CallParty, _ now: Now) throws(CallRefusal) {
        guard kind == .room else {
            try hangUp(party, .hangup, now)
            return
        }
        let index = try needSeat(party.session)
        let seat = seats.remove(at: index)
        output.append(.detached(party.session))
        backToWaiting(now)
        if let other = seats.first {
            send(.leave(id, seat.peer), to: other)
            broadcastState(at: now)
        }
        log(.left, peer: seat.peer, user: seat.user)
        reply()
    }

    private mutating func backToWaiting(_ now: Now) {
        earlierMilliseconds = durationMilliseconds(at: now)
        answeredAt = nil
        activeAt = nil
        state = .waiting
        version += 1
        deadlines = CallDeadlines()
        startWaiting(now)
        startOver()
    }

    /// T_wait starts anew: activity prolongs it (S2-13).
    mutating func startWaiting(_ now: Now) {
        deadlines.waiting = Stamp(now).adding(milliseconds: waitingMilliseconds)
    }

    /// Seats of a waiting room whose guest did not come, or stayed away (ruling 7).
    mutating func freeLapsedSeats(_ now: Now) {
        for seat in seats {
            guard let lapse = lapse(of: seat), lapse.monotonic <= now.monotonic else { continue }
            seats.removeAll { $0.peer == seat.peer }
            if let session = seat.session { output.append(.detached(session)) }
            log(.seatLapsed, peer: seat.peer, user: seat.user)
        }
        version += 1
        broadcastState(at: now)
    }

    func lapse(of seat: Seat) -> Stamp? {
        guard !seat.isOnline else { return nil }
        if let reserved = seat.reservedUntil { return reserved }
        guard seat.role == .guest else { return nil }
        return seat.disconnectedAt?.adding(milliseconds: settings.windowMilliseconds)
    }
}

extension Seat {
    /// Somebody with a socket is here.
    mutating func sit(_ party: CallParty) {
        session = party.session
        device = party.device
        name = party.name ?? name
        reportsConnected = party.reportsConnected
        isOnline = true
        wasOnline = true
        disconnectedAt = nil
        reservedUntil = nil
    }
}
