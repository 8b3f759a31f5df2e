import JSON
import Primitives
import Testing

@testable import Signaling

/// Random histories of one call. Whatever happens, the laws of a call hold.
struct CallTests {
    @Test("Random histories keep every law", arguments: 0..<12)
    func histories(_ shard: UInt64) throws {
        for number in 0..<40 {
            let seed = shard * 1000 + UInt64(number)
            var history = CallHistory(seed: seed)
            for _ in 0..<120 where !history.stage.isForgotten {
                try history.step()
            }
            try history.finish()
            if let broken = history.broken {
                Issue.record("seed \(seed): \(broken)\n\(history.log.suffix(12))")
                return
            }
        }
    }

    @Test func `the histories reach every state and many endings`() throws {
        var states: Set<CallState> = []
        var endings: Set<EndReason> = []
        for seed in 0..<300 {
            var history = CallHistory(seed: UInt64(seed))
            for _ in 0..<120 where !history.stage.isForgotten {
                try history.step()
                states.insert(history.stage.call.state)
            }
            endings.formUnion(history.stage.ends)
        }
        #expect(states == Set(CallState.allCases))
        #expect(
            endings.isSuperset(of: [
                .hangup, .cancelled, .rejected, .noAnswer, .calleeOffline, .connectFailed,
                .reconnectTimeout, .deleted,
            ]))
    }

    @Test func `a history is decided by its seed`() throws {
        var calls: [Call] = []
        for _ in 0..<2 {
            var history = CallHistory(seed: 77)
            for _ in 0..<80 { try history.step() }
            calls.append(history.stage.call)
        }
        #expect(calls[0] == calls[1])
    }
}

/// A call, a source of events, and a judge.
private struct CallHistory {
    var stage: CallStage
    /// What was done, for the reader of a failure.
    private(set) var log: [String] = []
    /// The first law that did not hold.
    private(set) var broken: String?
    private var random: SplitMix
    private var known: Set<SessionID> = ["s-anna"]
    private var terminals: [SessionID: Int] = [:]
    /// Who ended the call by a request, and has its reply for an ending.
    private var actor: SessionID?
    private var wasAttached: Set<SessionID> = []
    private var peers = 0

    private static let parties: [CallParty] = {
        var parties: [CallParty] = []
        for (user, devices) in [("anna", 2), ("ben", 3), ("carl", 1)] {
            for device in 0..<devices {
                for page in 0..<2 {
                    parties.append(
                        CallParty(
                            session: SessionID("s-\(user)\(device)\(page)"), user: UserID(user),
                            device: DeviceID("d-\(user)\(device)"), isAuthenticated: user != "carl",
                            reportsConnected: user != "carl"))
                }
            }
        }
        return parties + [CallStage.anna, CallStage.ben]
    }()

    private static let moves: [CallState: Set<CallState>] = [
        .waiting: [.waiting, .answered, .ended],
        .ringing: [.ringing, .answered, .reconnecting, .ended],
        .answered: [.answered, .active, .reconnecting, .waiting, .ended],
        .active: [.active, .reconnecting, .waiting, .ended],
        .reconnecting: [.reconnecting, .answered, .active, .waiting, .ended],
        .ended: [.ended],
    ]

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        var settings = CallSettings()
        settings.reconnectPolicy = seed % 3 == 0 ? .any : .both
        settings.candidatesMax = 8
        settings.devicesMax = 3
        if seed % 7 == 0 { settings.callMillisecondsMax = 4_000_000 }
        if seed % 2 == 0 {
            stage = CallStage(room: settings)
        } else {
            let devices = Self.parties.filter { $0.user == "ben" }.prefix(Int(seed % 3))
            stage = CallStage(
                ringing: devices.map { ($0, seed % 5 != 0) }, hasPush: seed % 4 == 1,
                settings: settings)
            known.formUnion(devices.map(\.session))
        }
        wasAttached = stage.attached
        for (session, messages) in stage.inbox { count(messages, for: session) }
        stage.clearEars()
    }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    private mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }

    mutating func step() throws {
        if below(4) == 0 {
            let wait = UInt64(pick([1, 1, 900, 900, 5_000, 20_000, 61_000, 1_900_000]))
            let before = stage.call
            log.append("wait \(wait)")
            // One deadline at a time, so that each move is judged by itself.
            stage.wait(wait)
            judge(before, nil, isRefused: false, hasWaited: true)
            return
        }
        let party = somebody()
        let event = event(from: party)
        log.append("\(event)")
        known.insert(party.session)
        let before = stage.call
        let refusal = stage.refusal(event)
        if refusal == nil, stage.call.state == .ended, before.state != .ended {
            actor = sender(of: event)
        }
        judge(before, event, isRefused: refusal != nil, hasWaited: false)
    }

    mutating func finish() throws {
        if stage.call.state != .ended {
            let before = stage.call
            try stage.handle(.terminate(.deleted, by: nil))
            judge(before, .terminate(.deleted, by: nil), isRefused: false, hasWaited: false)
        }
        stage.wait(120_000)
        check(stage.isForgotten, "not forgotten")
        check(stage.call.nextDeadline == nil, "timers after the end")
        check(stage.ends.count == 1, "ended \(stage.ends.count) times")
        check(stage.attached.isEmpty, "still attached: \(stage.attached)")
    }

    /// Mostly somebody who is in the call already.
    private mutating func somebody() -> CallParty {
        let inside = Self.parties.filter { stage.call.sessions.contains($0.session) }
        return inside.isEmpty || below(3) == 0 ? pick(Self.parties) : pick(inside)
    }

    private mutating func newPeer() -> PeerID {
        peers += 1
        return PeerID("peer\(peers)")
    }

    private mutating func claim() -> SeatClaim {
        guard below(2) == 0, !stage.call.seats.isEmpty else {
            return below(9) == 0 ? .invalid : .none
        }
        let seat = pick(stage.call.seats)
        return .valid(seat.peer, seat.user, seat.role)
    }

    private mutating func event(from party: CallParty) -> CallEvent {
        let session = party.session
        let gen = pick([nil, stage.call.generation, stage.call.generation + 1, 1, 9] as [UInt32?])
        let number = gen.flatMap { $0 == 0 ? nil : $0 }
        let ufrag = "u\(below(4))"
        // Otherwise few of them would ever talk.
        if stage.call.state == .answered, below(3) == 0 { return .connected(session, .init()) }
        switch below(24) {
        case 0, 1, 2:
            return .join(party, claim(), newPeer: newPeer(), isFresh: pick([nil, true, false]))
        case 3: return .reserve(.init(user: party.user, claim: claim(), newPeer: newPeer()))
        case 4: return .ringing(session)
        case 5, 6: return .answer(party, CallStage.sdp(.answer, ufrag), newPeer: newPeer())
        case 7: return .reject(party, pick(RejectReason.allCases), pick(RejectScope.allCases))
        case 8: return below(3) == 0 ? .end(party, pick(HangupReason.allCases)) : .ringing(session)
        case 9: return .leave(party)
        case 10, 11: return .description(session, generation: number, CallStage.sdp(.offer, ufrag))
        case 12: return .description(session, generation: number, CallStage.sdp(.answer, ufrag))
        case 13, 14, 15:
            let count = below(4) + 1
            return .candidates(
                session, generation: number, (0..<count).map { CallStage.candidate(ufrag, $0) })
        case 16: return .connected(session, .init())
        case 17:
            return below(2) == 0 ? .media(session, Media(video: true)) : .appMessage(session, 1)
        case 18, 19: return .lost(session, .socket, lastHeard: Stamp(stage.now))
        case 20, 21: return .returned(session)
        case 22:
            switch below(8) {
            case 0: return .terminate(.deleted, by: nil)
            case 1: return .bye(session)
            case 2: return .glare(party, Media())
            case 3: return .pushSettled(isAccepted: below(2) == 0)
            default: return .sessionEnded(session)
            }
        default: return .deviceAdded(party, isReachable: below(3) > 0)
        }
    }

    private func sender(of event: CallEvent) -> SessionID? {
        switch event {
        case .end(let party, _), .reject(let party, _, _), .leave(let party): party.session
        case .bye(let session): session
        default: nil
        }
    }
}

// The laws.
extension CallHistory {
    private mutating func check(_ holds: Bool, _ law: String) {
        if !holds, broken == nil { broken = law }
    }

    private mutating func judge(
        _ before: Call, _ event: CallEvent?, isRefused: Bool, hasWaited: Bool
    ) {
        let call = stage.call
        judgeShape(call)
        judgeState(call)
        // Waiting may pass through several states.
        if !hasWaited {
            check(
                Self.moves[before.state]?.contains(call.state) == true,
                "\(before.state) to \(call.state)")
        }
        let then = before.snapshot(for: nil, at: stage.now)
        var now = call.snapshot(for: nil, at: stage.now)
        check(call.version >= before.version, "version fell")
        now.version = then.version
        // An expiry that arrives with the first breath of a room is prolonged without a version.
        now.expiresAt = then.expiresAt
        if now != then { check(call.version > before.version, "changed without a version") }
        if isRefused {
            check(call.version == before.version, "a refusal changed the call")
        } else if let event {
            judgeEffects(event)
        }
        judgeMessages()
        if call.state == .ended, before.state != .ended { judgeEnd() }
        check(
            call.nextDeadline.map { $0 > stage.now.monotonic } ?? true || !hasWaited,
            "a timer was left behind")
        wasAttached = stage.attached
        stage.clearEars()
    }

    private mutating func judgeShape(_ call: Call) {
        check(call.seats.count <= 2, "three seats")
        check(Set(call.seats.map(\.peer)).count == call.seats.count, "one peer twice")
        check(Set(call.seats.map(\.role)).count == call.seats.count, "one role twice")
        check(call.ringers.count <= 3 && call.formers.count <= 6, "too many devices")
        let bound = call.settings.candidatesMax
        check(
            call.seats.allSatisfy {
                $0.held.count <= bound && $0.kept.count <= bound && $0.takeovers.count <= 3
            } && call.ringers.allSatisfy { $0.held.count <= bound }, "too many candidates")
        check(call.output.isEmpty, "effects were left")
        check(
            call.seats.allSatisfy { $0.isOnline || !$0.wasOnline || $0.disconnectedAt != nil },
            "no stamp")
        check(Set(call.sessions).count == call.sessions.count, "one session twice")
        if call.state != .ended {
            check(
                Set(call.sessions) == stage.attached,
                "attached \(stage.attached), in it \(call.sessions)")
        }
    }

    private mutating func judgeState(_ call: Call) {
        let bothOnline = call.seats.count == 2 && call.seats.allSatisfy(\.isOnline)
        switch call.state {
        case .waiting: check(call.kind == .room && !bothOnline, "waits with two")
        case .ringing:
            check(call.kind == .direct && call.seats.count == 1, "rings without a caller")
        case .answered, .active: check(bothOnline, "\(call.state) without both")
        case .reconnecting: check(call.seats.count == 2 && !bothOnline, "reconnects with both")
        case .ended:
            check(call.ringers.isEmpty && call.pending == nil, "keeps things after the end")
        }
        if call.state != .ringing { check(call.ringers.isEmpty, "rings while \(call.state)") }
        let left = CallTimer.allCases.filter { call.deadline(of: $0) != nil }
        if call.state == .ended {
            check(left == [.tomb] || left == [], "timers after the end: \(left)")
        }
    }

    /// A request has one reply, ahead of everything; an event has none.
    private mutating func judgeEffects(_ event: CallEvent) {
        let replies = stage.effects.indices.filter {
            if case .reply = stage.effects[$0] { true } else { false }
        }
        switch event {
        case .lost, .returned, .sessionEnded, .bye, .deviceAdded, .pushSettled, .glare:
            check(replies.isEmpty, "an event was answered")
        default: check(replies == [0], "replies at \(replies)")
        }
    }

    private mutating func judgeMessages() {
        for (session, messages) in stage.inbox {
            check(
                known.contains(session) || wasAttached.contains(session), "\(session) is a stranger"
            )
            check(messages.allSatisfy { $0.call == stage.call.id }, "a message of another call")
            count(messages, for: session)
            check(terminals[session, default: 0] <= 1, "\(session) heard two endings")
        }
    }

    /// Everybody who took part has heard one ending, or asked for it.
    private mutating func judgeEnd() {
        check(stage.ends.count == 1, "ended \(stage.ends.count) times")
        let wait = actor == nil
        for session in wasAttached where session != actor {
            check(terminals[session, default: 0] == 1, "\(session) heard no ending")
        }
        if !wait, let actor { check(terminals[actor, default: 0] == 0, "the actor heard its own") }
    }

    private mutating func count(_ messages: [ServerMessage], for session: SessionID) {
        for message in messages {
            switch message {
            // The same session may come back to a seat that was taken from it.
            case .end(let end): if end.reason != .takenOver { terminals[session, default: 0] += 1 }
            case .rejected, .noAnswer, .answeredElsewhere: terminals[session, default: 0] += 1
            default: break
            }
        }
    }
}
