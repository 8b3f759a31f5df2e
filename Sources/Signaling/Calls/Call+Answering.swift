import JSON
import Primitives

// Answering: one device wins, the others stop ringing (calls.md 2.6, rulings 9 to 12).
extension Call {
    /// `call:answer`: the first device wins, the others hear that it was not they (S4-5).
    mutating func answer(
        _ party: CallParty, _ description: SessionDescription, newPeer: PeerID, _ now: Now
    ) throws(CallRefusal) {
        guard state == .ringing else {
            try answerAgain(party, now)
            return
        }
        guard let index = ringers.firstIndex(where: { $0.party.session == party.session }) else {
            throw CallRefusal(.notParticipant, "this session is not rung by the call")
        }
        let winner = ringers[index]
        var seat = Seat(
            peer: newPeer, user: party.user, name: party.name, role: .guest,
            isAuthenticated: party.isAuthenticated)
        seat.sit(party)
        seat.media = wantedMedia
        seat.described = .init(generation: generation, ufrags: description.ufrags)
        let candidates = winner.held.compactMap { held in
            seat.described?.covers(held.candidate) == true ? held.candidate : nil
        }
        statistics.candidatesPassed += candidates.count
        statistics.candidatesDropped += winner.held.count - candidates.count
        seats.append(seat)
        deadlines.ring = nil
        deadlines.alert = nil
        deadlines.calleeOffline = nil
        push = .none
        becomeAnswered(now)
        reply(seatReply(1, isReconnect: false, at: now))
        let answer = ServerMessage.Answer(
            call: id, generation: generation, description: description, candidates: candidates,
            peer: newPeer)
        deliver(answer)
        dismissRingers(.answeredElsewhere(id, .answered), keeping: party.session)
        announceAnswer(now)
    }

    /// A resent answer of the device that won is no second one.
    private func isOwnSeat(_ party: CallParty) -> Int? {
        seats.firstIndex {
            $0.role == .guest && $0.user == party.user
                && ($0.session == party.session || $0.device == party.device)
        }
    }

    private mutating func answerAgain(_ party: CallParty, _ now: Now) throws(CallRefusal) {
        if kind == .direct, let own = isOwnSeat(party) {
            reply(seatReply(own, isReconnect: false, at: now))
        } else if party.user == callee {
            throw CallRefusal(.alreadyAnswered, "another device has answered")
        } else {
            throw CallRefusal(.notParticipant, "this session is not rung by the call")
        }
    }

    /// To the session that made the offer. Any other has no use for the answer and makes a new
    /// offer (ruling 11).
    private mutating func deliver(_ answer: ServerMessage.Answer) {
        if pending?.session == seats[0].session {
            send(.answer(answer), to: seats[0])
            pending = nil
            seats[0].kept = []
        } else {
            startOver()
            // Without anybody there, the callee hears it when somebody comes.
            guard seats[0].isOnline else { return }
            let back = ServerMessage.Return(
                call: id, peer: seats[0].peer, isResumed: false, isFresh: true,
                generation: generation, downtimeMilliseconds: 0, restartBy: seats[0].peer)
            send(.peerReconnected(back), to: seats[1])
        }
    }

    private mutating func announceAnswer(_ now: Now) {
        broadcastState(at: now)
        log(.answered, peer: seats[1].peer, user: seats[1].user)
        announce(.answered, at: now)
        // The caller lost its socket while it rang (2.6): the callee waits for it.
        if let away = seats[0].disconnectedAt {
            let absence = ServerMessage.Absence(
                call: id, peer: seats[0].peer, at: away.unixMilliseconds, cause: .socket,
                windowEndsAt: away.adding(milliseconds: settings.windowMilliseconds)
                    .unixMilliseconds)
            send(.peerDisconnected(absence), to: seats[1])
        }
    }

    /// All ringing devices but one stop, with `message` as their last word.
    mutating func dismissRingers(_ message: ServerMessage?, keeping winner: SessionID? = nil) {
        for ringer in ringers where ringer.party.session != winner {
            if let message { output.append(.notify(ringer.party.session, message)) }
            output.append(.detached(ringer.party.session))
            remember(ringer.party, hasRejected: false)
        }
        ringers = []
    }

    func formerIndex(_ party: CallParty) -> Int? {
        formers.firstIndex { $0.session == party.session }
            ?? formers.firstIndex { $0.device == party.device && $0.user == party.user }
    }

    mutating func remember(_ party: CallParty, hasRejected: Bool) {
        // Devices may come and go while it rings; the oldest of them is forgotten.
        if formers.count >= settings.devicesMax * 2 { formers.removeFirst() }
        formers.append(
            FormerRinger(
                session: party.session, user: party.user, device: party.device,
                hasRejected: hasRejected))
    }
}
