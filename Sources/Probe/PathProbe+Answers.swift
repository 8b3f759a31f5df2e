import Primitives
import STUN

// What follows from each answer of the server.
extension PathProbe {
    mutating func answered(_ leg: ProbeLeg, _ answer: TurnAnswer, at now: MonotonicTime) {
        switch phase {
        case .binding: bindingAnswered(answer, at: now)
        case .challenge: challenged(answer, at: now)
        case .allocating: allocated(answer, at: now)
        case .secondChallenge: secondChallenged(answer, at: now)
        case .secondAllocating: secondAllocated(answer, at: now)
        case .permitting(let permit): permitted(permit, answer, at: now)
        case .bindingChannel(let leg): channelBound(leg, answer, at: now)
        case .closing: if !main.isWaiting, !other.isWaiting { finish() }
        case .idle, .opening, .echoing, .done: break
        }
        flush()
    }

    private mutating func finishStep(
        _ name: StepName, _ answer: TurnAnswer, at now: MonotonicTime
    ) {
        let outcome: StepOutcome =
            switch answer.outcome {
            case .success: .ok
            case .refused(let refusal): .refused(refusal)
            case .silence: .silence
            }
        let isSilent = answer.outcome == .silence
        finishStep(
            name, outcome, retransmissions: answer.retransmissions,
            roundTrip: isSilent ? nil : answer.roundTrip, at: now)
    }

    // MARK: - The first client

    private mutating func bindingAnswered(_ answer: TurnAnswer, at now: MonotonicTime) {
        finishStep(.binding, answer, at: now)
        switch answer.outcome {
        case .silence: return finish()
        case .success(let success):
            result.mapped = success.mapped
            result.software = success.software
        case .refused(let refusal): result.software = refusal.software
        }
        start(.main, .allocate(family: wish), entering: .challenge, at: now)
    }

    private mutating func challenged(_ answer: TurnAnswer, at now: MonotonicTime) {
        switch answer.outcome {
        case .success:
            finishStep(.challenge, answer, at: now)
            // A server that wants credentials for Binding has challenged already.
            result.isOpenRelay = !main.isAuthenticated
            allocated(answer, at: now)
        case .refused(let refusal) where refusal.code == 401:
            finishStep(.challenge, answer, at: now)
            result.realm = refusal.realm
            result.software = result.software ?? refusal.software
            guard canAuthenticate, refusal.realm != nil, refusal.hasNonce else { return finish() }
            start(.main, .allocate(family: wish), entering: .allocating, at: now)
        default:
            finishStep(.challenge, answer, at: now)
            finish()
        }
    }

    private mutating func allocated(_ answer: TurnAnswer, at now: MonotonicTime) {
        if answer.outcome.refusal?.code == 440, wish != nil {
            result.lacksFamily = true
            return start(.main, .allocate(family: nil), entering: .allocating, at: now)
        }
        finishStep(.allocate, answer, at: now)
        guard case .success(let success) = answer.outcome, let relayed = success.relayed else {
            return finish()
        }
        result.relayed = relayed
        result.mapped = success.mapped ?? result.mapped
        result.lifetimeSeconds = success.lifetimeSeconds
        result.software = result.software ?? success.software
        result.isUnproven = success.isProven == false
        open(.other, at: now)
    }

    // MARK: - The second client

    private mutating func secondChallenged(_ answer: TurnAnswer, at now: MonotonicTime) {
        guard answer.outcome.refusal?.code == 401, canAuthenticate else {
            return secondAllocated(answer, at: now)
        }
        start(.other, .allocate(family: wish), entering: .secondAllocating, at: now)
    }

    private mutating func secondAllocated(_ answer: TurnAnswer, at now: MonotonicTime) {
        finishStep(.allocateSecond, answer, at: now)
        if case .success(let success) = answer.outcome { otherRelayed = success.relayed }
        permit(at: now)
    }

    // MARK: - Permissions

    /// Asks for the permissions that are missing, then goes on to the packets.
    mutating func permit(after last: Permit? = nil, at now: MonotonicTime) {
        let all = Permit.allCases
        let rest = last.flatMap { all.firstIndex(of: $0) }.map { all[($0 + 1)...] } ?? all[...]
        for permit in rest {
            guard let (leg, peer) = subject(of: permit) else { continue }
            return start(leg, .permission(peer), entering: .permitting(permit), at: now)
        }
        guard granted.contains(.ownAtMain) else { return afterOwnEcho(at: now) }
        open(.own, at: now)
    }

    private func subject(of permit: Permit) -> (ProbeLeg, TransportAddress)? {
        switch permit {
        case .otherAtMain: return otherRelayed.map { (.main, $0) }
        case .mainAtOther:
            guard otherRelayed != nil else { return nil }
            return result.relayed.map { (.other, $0) }
        case .ownAtMain:
            // Only a socket of the relay's family can send to it.
            guard let mapped = result.mapped, mapped.ip.family == result.relayed?.ip.family else {
                return nil
            }
            return (.main, mapped)
        }
    }

    private mutating func permitted(
        _ permit: Permit, _ answer: TurnAnswer, at now: MonotonicTime
    ) {
        let isGranted = if case .success = answer.outcome { true } else { false }
        if isGranted { granted.insert(permit) }
        // Of the two for the relayed addresses the step tells the one that failed.
        if permit != .otherAtMain || !isGranted || otherRelayed == nil {
            finishStep(permit == .ownAtMain ? .permitOwn : .permitRelay, answer, at: now)
        }
        self.permit(after: permit, at: now)
    }

    // MARK: - Packets

    mutating func beginEcho(_ mode: EchoMode, at now: MonotonicTime) {
        enter(.echoing, at: now)
        echo = EchoRun(mode, token: random.next(), at: now)
        tickEcho(at: now)
    }

    mutating func tickEcho(at now: MonotonicTime) {
        guard var run = echo else { return }
        while let data = run.next(at: now) { send(data, run.result.mode) }
        echo = run
        guard run.isOver(at: now) else { return }
        endEcho()
        if run.result.mode == .ownSocket { afterOwnEcho(at: now) } else { afterEcho(at: now) }
    }

    private mutating func send(_ data: [UInt8], _ mode: EchoMode) {
        switch mode {
        case .ownSocket:
            guard let relayed = result.relayed else { return }
            act(.send(.own, data, to: relayed))
        case .indications:
            guard let otherRelayed else { return }
            main.sendIndication(data, to: otherRelayed)
        case .channels: main.sendChannelData(data, on: Self.channelNumber)
        }
    }

    /// A packet of a peer: one of ours goes back to where it came from, or has come back.
    mutating func received(
        _ leg: ProbeLeg, _ data: [UInt8], from peer: TransportAddress?, _ channel: UInt16?,
        at now: MonotonicTime
    ) {
        guard let run = echo, run.number(of: data) != nil else { return }
        let reflector: ProbeLeg = run.result.mode == .ownSocket ? .main : .other
        guard leg == reflector else {
            echo?.receive(data, at: now)
            return tickEcho(at: now)
        }
        echo?.reach(data)
        guard let peer else { return }
        switch (leg, channel) {
        case (.main, nil): main.sendIndication(data, to: peer)
        case (.main, let channel?): main.sendChannelData(data, on: channel)
        case (_, nil): other.sendIndication(data, to: peer)
        case (_, let channel?): other.sendChannelData(data, on: channel)
        }
    }

    mutating func endEcho() {
        guard let run = echo else { return }
        result.echoes.append(run.result)
        echo = nil
    }

    /// The own socket has done its part, or could not.
    mutating func afterOwnEcho(at now: MonotonicTime) {
        guard granted.isSuperset(of: [.otherAtMain, .mainAtOther]) else { return close(at: now) }
        beginEcho(.indications, at: now)
    }

    /// The two clients have exchanged packets.
    mutating func afterEcho(at now: MonotonicTime) {
        guard otherRelayed != nil, channels.isEmpty else { return close(at: now) }
        bindChannel(.main, at: now)
    }

    private mutating func bindChannel(_ leg: ProbeLeg, at now: MonotonicTime) {
        guard let peer = leg == .main ? otherRelayed : result.relayed else {
            return close(at: now)
        }
        start(leg, .channel(Self.channelNumber, peer), entering: .bindingChannel(leg), at: now)
    }

    private mutating func channelBound(
        _ leg: ProbeLeg, _ answer: TurnAnswer, at now: MonotonicTime
    ) {
        channels.insert(leg)
        guard case .success = answer.outcome else {
            finishStep(.channel, answer, at: now)
            return close(at: now)
        }
        if leg == .main { return bindChannel(.other, at: now) }
        finishStep(.channel, answer, at: now)
        beginEcho(.channels, at: now)
    }
}
