package import JSON

/// What happens to a call. Requests come first; each of them is answered by `CallEffect.reply` or
/// by a refusal.
package enum CallEvent: Hashable, Sendable {
    /// Takes a seat, or takes one back. `newPeer` is used when a seat is new. `isFresh` tells
    /// whether the page has lost its peer connection; nil means that a new session has.
    case join(CallParty, SeatClaim, newPeer: PeerID, isFresh: Bool?)
    /// The same over REST: a seat without a socket.
    case reserve(Reservation)
    case ringing(SessionID)
    case answer(CallParty, SessionDescription, newPeer: PeerID)
    case reject(CallParty, RejectReason, RejectScope)
    case end(CallParty, HangupReason)
    case leave(CallParty)
    case description(SessionID, generation: UInt32?, SessionDescription)
    case candidates(SessionID, generation: UInt32?, [Candidate])
    case connected(SessionID, ClientMessage.ConnectionReport)
    case media(SessionID, Media)
    case appMessage(SessionID, JSONValue)
    /// The callee calls the caller at the same moment, from this device with this media.
    case glare(CallParty, Media)
    /// Whoever may end any call does: REST, an operator, a kick. Always answered.
    case terminate(EndReason, by: PeerID?)

    /// The socket of a session is gone, the session is kept.
    case lost(SessionID, AbsenceCause, lastHeard: Stamp)
    /// The same session has a socket again.
    case returned(SessionID)
    /// The session is gone for good.
    case sessionEnded(SessionID)
    /// The session says goodbye: its seat ends the call.
    case bye(SessionID)
    /// A session of the callee that the call does not know yet.
    case deviceAdded(CallParty, isReachable: Bool)
    /// What became of `push.requested`.
    case pushSettled(isAccepted: Bool)

    package struct Reservation: Hashable, Sendable {
        package var user: UserID
        package var name: String?
        package var isAuthenticated: Bool
        package var claim: SeatClaim
        package var newPeer: PeerID

        package init(
            user: UserID, name: String? = nil, isAuthenticated: Bool = true,
            claim: SeatClaim = .none, newPeer: PeerID
        ) {
            self.user = user
            self.name = name
            self.isAuthenticated = isAuthenticated
            self.claim = claim
            self.newPeer = newPeer
        }
    }
}

/// Why a request is refused. A refusal tells nobody else anything.
package struct CallRefusal: Error, Hashable, Sendable {
    package var reply: ErrorReply

    init(
        _ code: ErrorCode, _ message: String, retryMilliseconds: Int64? = nil,
        details: JSONObject? = nil
    ) {
        reply = ErrorReply(
            code, message, retryMilliseconds: retryMilliseconds, details: details)
    }

    package var code: ErrorCode { reply.code }
}
