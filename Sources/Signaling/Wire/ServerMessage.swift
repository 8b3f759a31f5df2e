package import JSON

/// What the server says on its own account. Each is reliable: the session numbers it with `seq`
/// and keeps it until it is acknowledged.
package enum ServerMessage: Hashable, Sendable {
    case offer(Offer)
    /// How many devices alert the callee; 0 means that none has said so in time.
    case ringing(CallID, devices: Int)
    case answer(Answer)
    case description(CallID, generation: UInt32, from: PeerID, SessionDescription)
    case iceCandidates(CallID, generation: UInt32, from: PeerID, [Candidate])
    case rejected(CallID, RejectReason)
    /// Both sides hear that nobody answered; for the callee it is a missed call.
    case noAnswer(CallID, SeatRole)
    case answeredElsewhere(CallID, ElsewhereAction)
    case end(End)
    case state(CallSnapshot)
    case join(CallID, PeerID, isReconnect: Bool, isPeerOnline: Bool)
    case leave(CallID, PeerID)
    case peerDisconnected(Absence)
    case peerReconnected(Return)
    case media(CallID, from: PeerID, Media)
    case appMessage(CallID, from: PeerID, JSONValue)
    case presence(UserID, isOnline: Bool, devices: Int, lastSeen: Int64?)
    case draining(deadlineMilliseconds: Int64, reconnectAfterMilliseconds: Int64)
    case tokenExpiring(expiresAt: Int64)
    /// Keeps the place of a message that has lost its meaning before it could be replayed.
    case skip
}

extension ServerMessage {
    package enum ElsewhereAction: String, Hashable, Sendable {
        case answered
        case rejected
    }

    package struct Offer: Hashable, Sendable {
        package var call: CallID
        package var chat: String?
        package var caller: UserID
        package var callerName: String?
        package var callerPeer: PeerID
        package var media: Media
        package var generation: UInt32
        package var description: SessionDescription
        package var candidates: [Candidate]
        package var ringLeftMilliseconds: Int64
        /// Milliseconds since 1970.
        package var expiresAt: Int64
        package var metadata: JSONObject?
        /// The callee called at the same moment and wants this call already.
        package var isAutoAnswer: Bool
        /// The callee already sits in another call.
        package var isBusy: Bool
    }

    package struct Answer: Hashable, Sendable {
        package var call: CallID
        package var generation: UInt32
        package var description: SessionDescription
        package var candidates: [Candidate]
        package var peer: PeerID
    }

    package struct End: Hashable, Sendable {
        package var call: CallID
        package var reason: EndReason
        /// Nil for the server.
        package var by: PeerID?
        package var durationMilliseconds: Int64
    }

    package struct Absence: Hashable, Sendable {
        package var call: CallID
        package var peer: PeerID
        /// When its last frame came in, in milliseconds since 1970.
        package var at: Int64
        package var cause: AbsenceCause
        package var windowEndsAt: Int64
    }

    package struct Return: Hashable, Sendable {
        package var call: CallID
        package var peer: PeerID
        /// Whether its session goes on, with everything it missed.
        package var isResumed: Bool
        /// Whether its page has no peer connection any more.
        package var isFresh: Bool
        package var generation: UInt32
        package var downtimeMilliseconds: Int64
        /// Who offers next, if media has to be restarted.
        package var restartBy: PeerID
    }

    /// The call that the message belongs to.
    package var call: CallID? {
        switch self {
        case .offer(let offer): offer.call
        case .answer(let answer): answer.call
        case .end(let end): end.call
        case .state(let snapshot): snapshot.call
        case .peerDisconnected(let absence): absence.call
        case .peerReconnected(let back): back.call
        case .ringing(let call, _), .description(let call, _, _, _),
            .iceCandidates(let call, _, _, _), .rejected(let call, _), .noAnswer(let call, _),
            .answeredElsewhere(let call, _), .join(let call, _, _, _), .leave(let call, _),
            .media(let call, _, _), .appMessage(let call, _, _):
            call
        case .presence, .draining, .tokenExpiring, .skip: nil
        }
    }

    /// When a message that was kept for a session is still worth sending (calls.md 2.2).
    package enum Replay: Hashable, Sendable, Codable {
        case always
        /// While the call rings.
        case whileRinging(CallID)
        /// While `gen` is the current one of the call.
        case generation(CallID, UInt32)
        case never
    }

    package var replay: Replay {
        switch self {
        case .offer(let offer): offer.isAutoAnswer ? .never : .whileRinging(offer.call)
        case .iceCandidates(let call, let generation, _, _): .generation(call, generation)
        case .description(let call, let generation, _, _): .generation(call, generation)
        case .skip, .draining: .never
        default: .always
        }
    }
}
