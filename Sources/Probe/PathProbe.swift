package import Primitives
package import STUN

/// The connections that a path needs.
package enum ProbeLeg: Int, Sendable, Hashable, CaseIterable {
    /// The client under test.
    case main
    /// A second client of the same server.
    case other
    /// A UDP socket of the probe, which sends to the relayed address.
    case own
}

/// What the owner of the sockets has to do.
package enum PathAction: Sendable, Hashable {
    /// To the server, over the transport of the path; `own` a UDP socket of the family.
    case open(ProbeLeg, AddressFamily)
    /// `to` is nil but for `own`. Streams get whole frames, one after the other.
    case send(ProbeLeg, [UInt8], to: TransportAddress?)
    case close(ProbeLeg)
}

/// One transport to one address of a server, from the first packet to the relayed ones.
///
/// What happens at the sockets goes in, actions come out; it ends by itself before `timeout`.
package struct PathProbe: Sendable {
    package internal(set) var result: PathResult
    package var isDone: Bool { phase == .done }

    enum Phase: Sendable, Hashable {
        case idle
        case opening(ProbeLeg)
        case binding
        case challenge
        case allocating
        case secondChallenge
        case secondAllocating
        case permitting(Permit)
        case echoing
        case bindingChannel(ProbeLeg)
        case closing
        case done
    }

    /// Who lets whom through.
    enum Permit: Sendable, Hashable, CaseIterable {
        case otherAtMain
        case mainAtOther
        case ownAtMain
    }

    var phase = Phase.idle
    var main: TurnClient
    var other: TurnClient
    var mainFrames = FrameBuffer()
    var otherFrames = FrameBuffer()
    var echo: EchoRun?
    var otherRelayed: TransportAddress?
    var granted: Set<Permit> = []
    var channels: Set<ProbeLeg> = []
    var random: ProbeRandom
    private var actions: [PathAction] = []
    private var taken = 0
    private var phaseBegan = MonotonicTime(nanoseconds: 0)
    private var phaseEnd = MonotonicTime.never
    private var end = MonotonicTime.never
    private var isConnected = false
    private let hasCredentials: Bool
    private let patience: UInt64
    private let timeout: Seconds

    /// A Refresh with lifetime 0 is a courtesy: a server that does not answer it ends the
    /// allocation by itself.
    private static let closingPatience: UInt64 = 500_000_000
    static let channelNumber: UInt16 = 0x4000

    package init(
        _ settings: ProbeSettings, transport: ProbeTransport, server: TransportAddress,
        seed: (UInt64, UInt64), hash: any MessageHash
    ) {
        result = PathResult(transport: transport, server: server)
        let credential = UserCredential(
            settings.credentials, unixSeconds: settings.unixSeconds, hash: hash)
        hasCredentials = credential != nil
        patience = settings.patience
        timeout = settings.timeout
        random = ProbeRandom(seed: seed)
        main = TurnClient(
            transport: transport, credential: credential, patience: patience,
            seed: (random.next(), random.next()), hash: hash)
        other = TurnClient(
            transport: transport, credential: credential, patience: patience,
            seed: (random.next(), random.next()), hash: hash)
    }

    // MARK: - Inputs

    package mutating func begin(at now: MonotonicTime) {
        end = now + timeout
        open(.main, at: now)
    }

    /// The TCP connection stands, or the socket is there; with TLS and DTLS `secured` follows.
    package mutating func connected(_ leg: ProbeLeg, at now: MonotonicTime) {
        guard phase == .opening(leg) else { return }
        if leg == .main, result.transport.isStream {
            finishStep(.connect, .ok, at: now)
            isConnected = true
        }
        guard leg != .own, result.transport.isSecure else { return opened(leg, at: now) }
        phaseBegan = now
        phaseEnd = MonotonicTime(nanoseconds: now.nanoseconds &+ patience)
    }

    package mutating func secured(
        _ leg: ProbeLeg, _ handshake: ProbeHandshake, at now: MonotonicTime
    ) {
        guard phase == .opening(leg) else { return }
        if leg == .main {
            finishStep(.handshake, .ok, at: now)
            result.handshake = handshake
        }
        opened(leg, at: now)
    }

    /// A leg is of no use any more.
    package mutating func failed(
        _ leg: ProbeLeg, _ failure: LegFailure, at now: MonotonicTime
    ) {
        switch (leg, phase) {
        case (_, .idle), (_, .closing), (_, .done): return
        case (.main, .opening(.main)):
            finishStep(openingStep, .failed(failure), at: now)
            finish()
        case (.main, _):
            if let name = stepName { finishStep(name, .failed(failure), at: now) }
            endEcho()
            finish()
        case (.other, .opening(.other)), (.other, .secondChallenge), (.other, .secondAllocating):
            finishStep(.allocateSecond, .failed(failure), at: now)
            permit(at: now)
        case (.other, _):
            otherRelayed = nil
            endEcho()
            afterEcho(at: now)
        case (.own, _):
            guard echo?.result.mode == .ownSocket || phase == .opening(.own) else { return }
            endEcho()
            afterOwnEcho(at: now)
        }
    }

    /// A datagram, or bytes of the stream.
    package mutating func receive(
        _ leg: ProbeLeg, _ bytes: Span<UInt8>, at now: MonotonicTime
    ) {
        guard leg != .own else {
            echo?.receive(TurnClient.array(bytes), at: now)
            return tick(at: now)
        }
        guard result.transport.isStream else { return receiveFrame(leg, bytes, at: now) }
        if leg == .main { mainFrames.append(bytes) } else { otherFrames.append(bytes) }
        while true {
            let frame: FrameBuffer.Frame
            if leg == .main { frame = mainFrames.next() } else { frame = otherFrames.next() }
            switch frame {
            case .incomplete: return
            case .invalid: return failed(leg, .local("what answers speaks no STUN"), at: now)
            case .whole(let bytes): receiveFrame(leg, bytes.span, at: now)
            }
        }
    }

    private mutating func receiveFrame(
        _ leg: ProbeLeg, _ bytes: Span<UInt8>, at now: MonotonicTime
    ) {
        let event = leg == .main ? main.receive(bytes, at: now) : other.receive(bytes, at: now)
        switch event {
        case nil: break
        case .answer(let answer): answered(leg, answer, at: now)
        case .data(let data, let peer, let channel):
            received(leg, data, from: peer, channel, at: now)
        }
        flush()
    }

    /// Sends what is due, gives up what takes too long.
    package mutating func tick(at now: MonotonicTime) {
        guard phase != .done else { return }
        if end <= now {
            if let name = stepName { finishStep(name, .silence, at: now) }
            endEcho()
            return finish()
        }
        if phaseEnd <= now { return phaseTimedOut(at: now) }
        if let answer = main.tick(at: now) { answered(.main, answer, at: now) }
        if let answer = other.tick(at: now) { answered(.other, answer, at: now) }
        tickEcho(at: now)
        flush()
    }

    package var nextDeadline: MonotonicTime {
        guard phase != .done else { return .never }
        let clients = min(main.nextDeadline, other.nextDeadline)
        return min(min(end, phaseEnd), min(clients, echo?.nextDeadline ?? .never))
    }

    package mutating func nextAction() -> PathAction? {
        guard taken < actions.count else {
            actions.removeAll(keepingCapacity: true)
            taken = 0
            return nil
        }
        defer { taken += 1 }
        return actions[taken]
    }

    // MARK: - Phases

    func isAt(_ other: Phase) -> Bool { phase == other }

    mutating func enter(_ next: Phase, at now: MonotonicTime, patience: UInt64? = nil) {
        phase = next
        phaseBegan = now
        phaseEnd = patience.map { MonotonicTime(nanoseconds: now.nanoseconds &+ $0) } ?? .never
    }

    mutating func open(_ leg: ProbeLeg, at now: MonotonicTime) {
        enter(.opening(leg), at: now, patience: patience)
        let family = leg == .own ? result.relayed?.ip.family : result.server.ip.family
        actions.append(.open(leg, family ?? .ipv4))
    }

    private mutating func opened(_ leg: ProbeLeg, at now: MonotonicTime) {
        switch leg {
        case .main: start(.main, .binding, entering: .binding, at: now)
        case .other: start(.other, .allocate(family: wish), entering: .secondChallenge, at: now)
        case .own: beginEcho(.ownSocket, at: now)
        }
        flush()
    }

    mutating func start(
        _ leg: ProbeLeg, _ request: TurnRequest, entering next: Phase, at now: MonotonicTime
    ) {
        enter(next, at: now)
        if leg == .main { main.start(request, at: now) } else { other.start(request, at: now) }
    }

    private mutating func phaseTimedOut(at now: MonotonicTime) {
        switch phase {
        case .opening(.main):
            finishStep(openingStep, .silence, at: now)
            finish()
        case .opening(.other):
            finishStep(.allocateSecond, .silence, at: now)
            permit(at: now)
        case .opening(.own): afterOwnEcho(at: now)
        default: finish()
        }
        flush()
    }

    private var openingStep: StepName {
        result.transport.isStream && !isConnected
            ? .connect : result.transport.isSecure ? .handshake : .connect
    }

    /// The step that the phase is part of; nil where nothing is lost with it.
    private var stepName: StepName? {
        switch phase {
        case .opening(.main): openingStep
        case .binding: .binding
        case .challenge: .challenge
        case .allocating: .allocate
        case .opening(.other), .secondChallenge, .secondAllocating: .allocateSecond
        case .permitting(.ownAtMain): .permitOwn
        case .permitting: .permitRelay
        case .bindingChannel: .channel
        case .idle, .opening(.own), .echoing, .closing, .done: nil
        }
    }

    mutating func finishStep(
        _ name: StepName, _ outcome: StepOutcome, retransmissions: Int = 0,
        roundTrip: UInt64? = nil, at now: MonotonicTime
    ) {
        guard result.step(name) == nil else { return }
        result.steps.append(
            ProbeStep(
                name: name, outcome: outcome,
                nanoseconds: roundTrip ?? now.nanoseconds(since: phaseBegan),
                retransmissions: retransmissions))
    }

    /// The family to ask for: none for IPv4, which every server gives unasked.
    var wish: AddressFamily? {
        result.server.ip.family == .ipv6 && !result.lacksFamily ? .ipv6 : nil
    }

    var canAuthenticate: Bool { hasCredentials }

    /// Gives the allocations back.
    mutating func close(at now: MonotonicTime) {
        enter(.closing, at: now, patience: Self.closingPatience)
        main.start(.refresh(lifetimeSeconds: 0), at: now)
        if otherRelayed != nil { other.start(.refresh(lifetimeSeconds: 0), at: now) }
    }

    mutating func finish() {
        guard phase != .done else { return }
        flush()
        phase = .done
        actions += ProbeLeg.allCases.map { .close($0) }
    }

    mutating func act(_ action: PathAction) { actions.append(action) }

    /// Moves what the clients wrote to the actions.
    mutating func flush() {
        guard phase != .done else { return }
        for bytes in main.takeOutput() { actions.append(.send(.main, bytes, to: nil)) }
        for bytes in other.takeOutput() { actions.append(.send(.other, bytes, to: nil)) }
    }
}
