package import Primitives

/// One client that is, or was a moment ago, connected: what outlives its sockets.
///
/// A class, since each frame looks at it several times and copies of what it holds would cost more
/// than the frame.
package final class Session {
    package enum Link: Hashable, Sendable {
        case attached(SocketID)
        /// Since when, and the moment of the last frame before.
        case detached(since: MonotonicTime, lastInbound: Now)
    }

    /// Whether a resumption succeeds (`welcome.resume_fail`).
    package enum ResumeFailure: String, Hashable, Sendable, CaseIterable {
        case expired
        case gap
        case epoch
        case unknown
        case taken
    }

    package let id: SessionID
    package let user: UserID
    package let device: DeviceID
    /// Nobody vouched for the user: it is a name made for this session.
    package let isAnonymous: Bool
    /// The only call of a session that its socket's address has made (S2-12).
    package let seatCall: CallID?
    /// Its client has sent no `hello`: it may know the names of old only (calls.md 2.8).
    var usesOldNames: Bool
    package private(set) var claims: TokenClaims
    package private(set) var capabilities: Set<String>
    package private(set) var link: Link
    package private(set) var key: ResumeKey
    package var outbox = Outbox()
    package var requests = RequestLog()
    package var heartbeat: Heartbeat
    package var rates = SessionRates()
    /// Whose presence this session is told.
    package var watched: Set<UserID> = []
    /// `token-expiring` has been said for the present token.
    package var hasBeenWarned = false
    package private(set) var resumeCount = 0

    /// A new session on `socket`.
    package init(
        id: SessionID, claims: TokenClaims, hello: ClientMessage.Hello, isAnonymous: Bool,
        seatCall: CallID? = nil, socket: SocketID, keyDigest: [UInt8], at now: Now, phase: UInt64
    ) {
        self.id = id
        user = claims.user
        device = hello.device
        self.isAnonymous = isAnonymous
        self.claims = claims
        self.seatCall = seatCall
        usesOldNames = seatCall != nil
        capabilities = Set(hello.capabilities)
        link = .attached(socket)
        key = ResumeKey(keyDigest)
        heartbeat = Heartbeat(at: now, phase: phase)
    }

    /// As saved: detached since `now`.
    package init(
        id: SessionID, device: DeviceID, isAnonymous: Bool, claims: TokenClaims,
        capabilities: Set<String>, key: ResumeKey, outbox: Outbox, requests: RequestLog,
        lastInbound: Now, at now: Now
    ) {
        self.id = id
        user = claims.user
        self.device = device
        self.isAnonymous = isAnonymous
        seatCall = nil
        usesOldNames = false
        self.claims = claims
        self.capabilities = capabilities
        link = .detached(since: now.monotonic, lastInbound: lastInbound)
        self.key = key
        self.outbox = outbox
        self.requests = requests
        heartbeat = Heartbeat(at: now, phase: 0)
    }

    package var socket: SocketID? {
        if case .attached(let socket) = link { socket } else { nil }
    }

    package var isOnline: Bool { socket != nil }

    /// How its frames are to be read; nil for those of the canonical protocol.
    var oldFrames: OldFrames? {
        guard usesOldNames, let seatCall else { return nil }
        return OldFrames(call: seatCall, nextID: requests.lastID + 1)
    }

    /// Whether the token allows its bearer to take part in `call` at all.
    package func allows(_ call: CallID) -> Bool { claims.calls?.contains(call) ?? true }

    /// Without a token, or with one for certain calls only: its credentials live shorter
    /// (ruling 13).
    package var isGuest: Bool { isAnonymous || claims.calls != nil }
}

// Sockets come and go.
extension Session {
    /// Judges a resumption without changing anything. The token was judged before, like any other.
    package func judge(
        _ resume: ClientMessage.Hello.Resume, digest: [UInt8], by user: UserID
    ) -> ResumeFailure? {
        switch key.match(digest) {
        case .foreign: return .unknown
        case .taken: return .taken
        case .valid: break
        }
        // A right secret with somebody else's token is a stolen secret.
        guard user == self.user else { return .unknown }
        return outbox.canReplay(after: resume.lastSequence) ? nil : .gap
    }

    /// Puts the session onto `socket`; the caller closes the one before. `claims` are those of the
    /// token that came with the resumption.
    package func resume(
        on socket: SocketID, claims: TokenClaims?, capabilities: [String], digest: [UInt8],
        newDigest: [UInt8], acknowledged: UInt64, at now: Now, phase: UInt64
    ) {
        link = .attached(socket)
        key.rotate(to: newDigest, from: digest)
        if let claims { renew(claims) }
        self.capabilities = Set(capabilities)
        _ = outbox.acknowledge(through: acknowledged)
        heartbeat = Heartbeat(at: now, phase: phase)
        resumeCount += 1
    }

    /// The socket is gone. False when it was another one, which changes nothing.
    package func detach(from socket: SocketID, at now: MonotonicTime) -> Bool {
        guard self.socket == socket else { return false }
        link = .detached(since: now, lastInbound: heartbeat.lastInbound)
        return true
    }

    /// A frame has come in on the session's socket.
    package func heard(at now: Now) {
        heartbeat.heard(at: now)
        key.confirm()
    }

    package func renew(_ claims: TokenClaims) {
        self.claims = claims
        hasBeenWarned = false
    }

    /// Until when a session without a socket is kept; nil while it has one.
    package func keptUntil(isSeated: Bool, _ settings: SignalingSettings) -> MonotonicTime? {
        guard case .detached(let since, let lastInbound) = link else { return nil }
        let retention = since + settings.sessionRetention
        guard isSeated else { return retention }
        return max(retention, lastInbound.monotonic + settings.seatWindow)
    }
}
