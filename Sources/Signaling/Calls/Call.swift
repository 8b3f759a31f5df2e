package import JSON
package import Primitives

/// One call: who sits in it, whom it rings, what was offered, and every timer. A value that knows
/// no other call; time and new ids are arguments, effects come back in order.
///
/// At most two seats, `devicesMax` ringing devices, and for each of them `candidatesMax`
/// candidates and one description are kept. A request that would go beyond is refused.
package struct Call: Hashable, Sendable, Codable {
    package let id: CallID
    package let kind: CallKind
    package let chat: String?
    /// What the caller's application wants the callee's to know.
    package let metadata: JSONObject?
    /// Who has opened a room: it counts as theirs, whoever sits in it.
    package let owner: UserID?
    package let createdAt: Stamp
    package let settings: CallSettings
    package internal(set) var state: CallState
    /// Rises with every change that a snapshot shows.
    package internal(set) var version: UInt64 = 1
    /// The number of the last accepted offer; 0 before the first.
    package internal(set) var generation: UInt32 = 0
    package internal(set) var seats: [Seat] = []
    package internal(set) var answeredAt: Stamp?
    package internal(set) var activeAt: Stamp?
    package internal(set) var endedAt: Stamp?
    package internal(set) var endReason: EndReason?
    /// The same in words for the operator, with names; nil before the end.
    package internal(set) var endCause: String?
    package internal(set) var statistics = CallStatistics()
    /// Whom a direct call is for.
    package internal(set) var callee: UserID?
    package internal(set) var wantedMedia = Media()

    /// What `reconnecting` goes back to.
    var resumeState = CallState.answered
    /// Talk of earlier guests of a room.
    var earlierMilliseconds: Int64 = 0
    /// How long the call waits for people; each arrival starts it anew (S2-13).
    var waitingMilliseconds: Int64
    /// Made from a seat token after a crash: the other seat may still be unknown.
    let isRecovered: Bool
    var deadlines = CallDeadlines()
    var pending: PendingOffer?
    var ringers: [Ringer] = []
    var formers: [FormerRinger] = []
    var push = PushState.none
    /// Why a device that spoke only for itself did not take the call.
    var lastRejection: RejectReason?
    var isBusy = false
    /// The effects of the event at hand; empty between events.
    var output: [CallEffect] = []

    /// An offer that nobody has answered yet.
    struct PendingOffer: Hashable, Sendable, Codable {
        var peer: PeerID
        /// The session that can use the answer: another one has no such offer.
        var session: SessionID?
        var description: SessionDescription
    }

    enum PushState: String, Hashable, Sendable, Codable {
        /// No hook, or its answer was no.
        case none
        case possible
        case pending
        case accepted
    }

    /// All but the effects at hand.
    private enum CodingKeys: String, CodingKey {
        case id, kind, chat, metadata, owner, createdAt, settings, state, version, generation, seats
        case answeredAt, activeAt, endedAt, endReason, endCause, statistics, callee, wantedMedia
        case resumeState, earlierMilliseconds, waitingMilliseconds, isRecovered, deadlines
        case pending, ringers, formers, push, lastRejection, isBusy
    }

    init(
        _ id: CallID, kind: CallKind, state: CallState, chat: String?, metadata: JSONObject?,
        owner: UserID? = nil, isRecovered: Bool = false, settings: CallSettings, at now: Now
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.chat = chat
        self.metadata = metadata
        self.owner = owner
        self.isRecovered = isRecovered
        self.settings = settings
        createdAt = Stamp(now)
        waitingMilliseconds = settings.waitingMilliseconds
    }

    /// Takes one event. A refused request changes nothing that anybody could see.
    package mutating func handle(
        _ event: CallEvent, at now: Now
    ) throws(CallRefusal) -> [CallEffect] {
        output = []
        do throws(CallRefusal) {
            try state == .ended ? receiveAfterEnd(event, now) : receive(event, now)
        } catch {
            output = []
            throw error
        }
        return takeOutput()
    }

    /// Fires every timer that is due; what one of them sets anew in the past waits for the next
    /// tick.
    package mutating func tick(at now: Now) -> [CallEffect] {
        output = []
        for _ in CallTimer.allCases {
            guard let timer = dueTimer(at: now) else { break }
            fire(timer, now)
        }
        return takeOutput()
    }

    mutating func takeOutput() -> [CallEffect] {
        let effects = output
        output = []
        return effects
    }

    private mutating func receive(_ event: CallEvent, _ now: Now) throws(CallRefusal) {
        switch event {
        case .join(let party, let claim, let peer, let isFresh):
            try join(party, claim, newPeer: peer, isFresh: isFresh, now)
        case .reserve(let reservation): try reserve(reservation, now)
        case .ringing(let session): try alert(session, now)
        case .answer(let party, let description, let peer):
            try answer(party, description, newPeer: peer, now)
        case .reject(let party, let reason, let scope): try reject(party, reason, scope, now)
        case .end(let party, let reason): try hangUp(party, reason, now)
        case .leave(let party): try leave(party, now)
        case .description(let session, let generation, let description):
            try describe(session, generation, description, now)
        case .candidates(let session, let generation, let candidates):
            try receiveCandidates(session, generation, candidates)
        case .connected(let session, let report): try connect(session, report, now)
        case .media(let session, let media): try setMedia(session, media)
        case .appMessage(let session, let payload): try relay(session, payload)
        case .glare(let party, let media): try yield(to: party, media, now)
        case .terminate(let reason, let peer): terminate(reason, by: peer, now)
        case .lost(let session, let cause, let lastHeard): lose(session, cause, lastHeard, now)
        case .returned(let session): comeBack(session, now)
        case .sessionEnded(let session): forget(session, now)
        case .bye(let session): sayGoodbye(session, now)
        case .deviceAdded(let party, let isReachable): addDevice(party, isReachable, now)
        case .pushSettled(let isAccepted): settlePush(isAccepted, now)
        }
    }
}

// Looking around.
extension Call {
    package var caller: Seat? { seats.first { $0.role == .host } }

    package func seat(of session: SessionID) -> Seat? { seats.first { $0.session == session } }

    package func seat(of user: UserID) -> Seat? { seats.first { $0.user == user } }

    /// Whether the call is for this user and was not answered yet.
    package func rings(_ user: UserID) -> Bool { state == .ringing && callee == user }

    /// Whether the call takes one of the places that a user has for live calls.
    package func counts(for user: UserID) -> Bool {
        state != .ended && (owner == user || seat(of: user) != nil)
    }

    /// Whether a session of this call's callee is being rung, or may still answer.
    package func rings(_ session: SessionID) -> Bool {
        ringers.contains { $0.party.session == session }
    }

    /// Devices of the callee that the call was offered to and that are there.
    package var ringingDevices: Int { ringers.count { $0.isReachable } }

    /// The sessions that take part, as `attached` and `detached` have announced them.
    package var sessions: [SessionID] {
        seats.compactMap(\.session) + ringers.map(\.party.session)
    }

    /// Whether the user is occupied: seated in a direct call, and not away for longer than
    /// `milliseconds` (S2-9, ruling 10).
    package func occupies(_ user: UserID, graceMilliseconds: Int64, at now: Now) -> Bool {
        guard kind == .direct, state != .ended, let seat = seat(of: user) else { return false }
        guard let away = seat.disconnectedAt else { return true }
        return away.milliseconds(until: now.monotonic) <= graceMilliseconds
    }

    /// Whether a kept message still means something (calls.md 2.2).
    package func isWorthReplaying(_ replay: ServerMessage.Replay) -> Bool {
        switch replay {
        case .always: true
        case .never: false
        case .whileRinging: state == .ringing
        case .generation(_, let number): state != .ended && number >= generation
        }
    }

    func seatIndex(_ session: SessionID) -> Int? {
        seats.firstIndex { $0.session == session }
    }

    /// The seat that a request speaks for.
    func needSeat(_ session: SessionID) throws(CallRefusal) -> Int {
        guard let index = seatIndex(session) else {
            throw CallRefusal(.notParticipant, "this session has no seat in the call")
        }
        return index
    }

    func otherIndex(than index: Int) -> Int? {
        seats.indices.first { $0 != index }
    }

    var areBothOnline: Bool { seats.count == 2 && seats.allSatisfy(\.isOnline) }

    /// Time with media on both sides; with a client that does not report it, since the answer.
    package func durationMilliseconds(at now: Now) -> Int64 {
        let end = endedAt?.monotonic ?? now.monotonic
        let reporting = !seats.isEmpty && seats.allSatisfy(\.reportsConnected)
        let start = activeAt ?? (reporting ? nil : answeredAt)
        return earlierMilliseconds + (start.map { $0.milliseconds(until: end) } ?? 0)
    }
}

// Telling.
extension Call {
    /// Answers the request at hand, ahead of everything that it has caused so far.
    mutating func reply(_ data: JSONObject? = nil) {
        output.insert(.reply(data ?? ["call_id": .string(id.text)]), at: 0)
    }

    mutating func send(_ message: ServerMessage, to seat: Seat) {
        guard let session = seat.session else { return }
        output.append(.notify(session, message))
    }

    mutating func broadcastState(except session: SessionID? = nil, at now: Now) {
        for seat in seats where seat.session != session {
            send(.state(snapshot(for: seat.peer, at: now)), to: seat)
        }
    }

    mutating func log(
        _ name: CallLogEvent.Name, peer: PeerID? = nil, user: UserID? = nil,
        reason: String? = nil, milliseconds: Int64? = nil, cause: String? = nil
    ) {
        var event = CallLogEvent(
            name, peer: peer, user: user, reason: reason, milliseconds: milliseconds)
        event.cause = cause
        output.append(.log(event))
    }

    mutating func announce(_ webhook: CallWebhook, _ more: JSONObject = [:], at now: Now) {
        guard settings.wantsWebhooks else { return }
        var object = snapshot(for: nil, at: now).object
        object["you"] = nil
        object["polite"] = nil
        object["kind"] = .string(kind.rawValue)
        if let caller = caller?.user { object["caller_id"] = .string(caller.text) }
        if let callee { object["callee_id"] = .string(callee.text) }
        for field in more.fields { object[field.name] = field.value }
        output.append(.webhook(webhook, object))
    }
}
