import JSON
import Primitives

// Offers, answers and candidates: the server is the referee (calls.md 2.5, rulings 1 and 2).
extension Call {
    /// `call:description`.
    mutating func describe(
        _ session: SessionID, _ number: UInt32?, _ description: SessionDescription, _ now: Now
    ) throws(CallRefusal) {
        let index = try needSeat(session)
        guard state.status == .active, otherIndex(than: index) != nil else {
            throw CallRefusal(.badState, "there is nobody to negotiate with")
        }
        switch description.kind {
        case .offer: try acceptOffer(index, number, description, now)
        case .answer: try acceptAnswer(index, number, description)
        }
        reply(["call_id": .string(id.text), "gen": .integer(Int64(generation))])
    }

    private mutating func acceptOffer(
        _ index: Int, _ number: UInt32?, _ offer: SessionDescription, _ now: Now
    ) throws(CallRefusal) {
        let peer = seats[index].peer
        let number = number ?? generation + 1
        let isOwnPending = pending?.peer == peer
        if number == generation, isOwnPending, pending?.description == offer { return }
        if let pending, !isOwnPending, number == generation || number == generation + 1 {
            refuse(offer, of: index, number)
            throw CallRefusal(
                .glare, "the other side has offered first: roll back and answer",
                details: [
                    "gen": .integer(Int64(generation)), "peer_id": .string(pending.peer.text),
                ]
            )
        }
        guard number > generation else { throw staleGeneration() }
        guard number == generation + 1, Int64(number) <= WireLimits.generationMax else {
            throw CallRefusal(.badRequest, "gen rises by one with each offer")
        }
        try judgeRestart(index, offer, isSuperseding: isOwnPending, now)
        generation = number
        version += 1
        statistics.offers += 1
        pending = PendingOffer(
            peer: peer, session: seats[index].session, description: offer)
        log(.offered, peer: peer)
        pass(offer, from: index)
    }

    /// One ICE restart in 5 s from each side. An offer that replaces one's own unanswered offer,
    /// and the first of a page, are none.
    private mutating func judgeRestart(
        _ index: Int, _ offer: SessionDescription, isSuperseding: Bool, _ now: Now
    ) throws(CallRefusal) {
        guard let before = seats[index].described, before.ufrags != offer.ufrags,
            !isSuperseding
        else { return }
        if let last = seats[index].restartedAt {
            let passed = last.milliseconds(until: now.monotonic)
            guard passed >= settings.restartMilliseconds else {
                throw CallRefusal(
                    .rateLimited, "one ICE restart at a time",
                    retryMilliseconds: settings.restartMilliseconds - passed)
            }
        }
        seats[index].restartedAt = Stamp(now)
        statistics.restarts += 1
        log(.restarted, peer: seats[index].peer)
    }

    private mutating func acceptAnswer(
        _ index: Int, _ number: UInt32?, _ answer: SessionDescription
    ) throws(CallRefusal) {
        let number = number ?? generation
        guard number >= generation else { throw staleGeneration() }
        guard number == generation, let pending, pending.peer != seats[index].peer else {
            throw CallRefusal(
                .badState, "no offer waits for this answer",
                details: ["gen": .integer(Int64(generation))])
        }
        self.pending = nil
        pass(answer, from: index)
    }

    /// The other side gets the description, and the candidates that came ahead of it.
    private mutating func pass(_ description: SessionDescription, from index: Int) {
        seats[index].described = .init(generation: generation, ufrags: description.ufrags)
        seats[index].kept = []
        guard let other = otherIndex(than: index) else { return }
        send(
            .description(id, generation: generation, from: seats[index].peer, description),
            to: seats[other])
        let early = takeEarly(index)
        if !early.isEmpty { hand(early, from: index, to: other) }
    }

    func staleGeneration() -> CallRefusal {
        CallRefusal(
            .staleGen, "the call is past this gen",
            details: ["gen": .integer(Int64(generation))])
    }

    /// Both sides build new connections: nothing of the old ones may reach them (ruling 8).
    mutating func startOver() {
        generation += 1
        version += 1
        pending = nil
        for index in seats.indices {
            seats[index].described = nil
            seats[index].held = []
            seats[index].kept = []
            seats[index].restartedAt = nil
            seats[index].hasConnected = false
        }
    }
}

// Candidates.
extension Call {
    private enum CandidateVerdict {
        case pass
        case hold
        case drop
        case stale
    }

    /// `call:ice-candidate`.
    mutating func receiveCandidates(
        _ session: SessionID, _ number: UInt32?, _ candidates: [Candidate]
    ) throws(CallRefusal) {
        if let ringer = ringers.firstIndex(where: { $0.party.session == session }) {
            try hold(candidates, number, forRinger: ringer)
            return
        }
        let index = try needSeat(session)
        guard state != .waiting else {
            throw CallRefusal(.badState, "there is nobody to connect to")
        }
        var (held, passed): ([Candidate], [Candidate]) = ([], [])
        var isStale = true
        for candidate in candidates {
            let verdict = judge(candidate, number, seats[index].described)
            if verdict == .hold { held.append(candidate) }
            if verdict == .pass { passed.append(candidate) }
            isStale = isStale && verdict == .stale
        }
        guard !isStale else {
            statistics.candidatesDropped += candidates.count
            throw staleGeneration()
        }
        try checkRoom(seats[index].held.count + held.count)
        let keeps = state == .ringing || otherSession(than: index) == nil
        if keeps { try checkRoom(seats[index].kept.count + passed.count) }
        seats[index].held += held.map { HeldCandidate(generation: number, candidate: $0) }
        statistics.candidatesDropped += candidates.count - held.count - passed.count
        reply()
        guard !passed.isEmpty else { return }
        if state == .ringing {
            share(passed, from: index)
        } else if let other = otherIndex(than: index) {
            hand(passed, from: index, to: other)
        } else {
            seats[index].kept += passed
        }
    }

    private func judge(
        _ candidate: Candidate, _ number: UInt32?, _ described: Seat.Described?
    ) -> CandidateVerdict {
        let isCurrent = described?.generation == generation
        guard let number else {
            // Without a gen the fragment decides, never "current" (ruling 2).
            guard let described, candidate.ufrag == nil || described.covers(candidate) else {
                return .hold
            }
            return isCurrent ? .pass : candidate.ufrag == nil ? .hold : .stale
        }
        guard number >= generation else { return .stale }
        guard let described, described.generation == number else { return .hold }
        return described.covers(candidate) ? .pass : .drop
    }

    private func checkRoom(_ count: Int) throws(CallRefusal) {
        guard count <= settings.candidatesMax else {
            throw CallRefusal(
                .tooManyCandidates, "at most \(settings.candidatesMax) candidates are kept")
        }
    }

    /// A device that has not answered: they travel with its answer, or not at all.
    private mutating func hold(
        _ candidates: [Candidate], _ number: UInt32?, forRinger index: Int
    ) throws(CallRefusal) {
        guard number ?? generation >= generation else { throw staleGeneration() }
        try checkRoom(ringers[index].held.count + candidates.count)
        ringers[index].held += candidates.map {
            HeldCandidate(generation: number, candidate: $0)
        }
        reply()
    }

    /// The caller's while it rings: to every device, and kept for those that come later.
    private mutating func share(_ candidates: [Candidate], from index: Int) {
        seats[index].kept += candidates
        statistics.candidatesPassed += candidates.count
        let message = ServerMessage.iceCandidates(
            id, generation: generation, from: seats[index].peer, candidates)
        for ringer in ringers { output.append(.notify(ringer.party.session, message)) }
    }

    /// To the other seat; kept while it has no session that could.
    private mutating func hand(_ candidates: [Candidate], from index: Int, to other: Int) {
        statistics.candidatesPassed += candidates.count
        guard seats[other].session != nil else {
            seats[index].kept += candidates.prefix(
                max(settings.candidatesMax - seats[index].kept.count, 0))
            return
        }
        send(
            .iceCandidates(
                id, generation: generation, from: seats[index].peer, candidates),
            to: seats[other])
    }

    private func otherSession(than index: Int) -> SessionID? {
        otherIndex(than: index).flatMap { seats[$0].session }
    }

    /// What was held for the description that has just been accepted. A candidate without a gen
    /// that is not of this one is of an earlier one: its side describes before it goes on.
    private mutating func takeEarly(_ index: Int) -> [Candidate] {
        guard let described = seats[index].described else { return [] }
        var taken: [Candidate] = []
        var stay: [HeldCandidate] = []
        for held in seats[index].held {
            let number = held.generation ?? described.generation
            if number > described.generation {
                stay.append(held)
            } else if number == described.generation, described.covers(held.candidate) {
                taken.append(held.candidate)
            } else {
                statistics.candidatesDropped += 1
            }
        }
        seats[index].held = stay
        return taken
    }

    /// Glare: what was held for the refused offer goes with it (ruling 2).
    private mutating func refuse(_ offer: SessionDescription, of index: Int, _ number: UInt32) {
        let refused = Seat.Described(generation: number, ufrags: offer.ufrags)
        let before = seats[index].held.count
        seats[index].held.removeAll { held in
            held.generation ?? number == number && refused.covers(held.candidate)
        }
        statistics.candidatesDropped += before - seats[index].held.count
        statistics.glares += 1
    }
}
