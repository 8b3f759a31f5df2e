import JSON
package import Primitives

/// Puts sockets, sessions, users and calls together: frames and commands in, actions out.
///
/// One thread at a time. Every table is bounded by the settings, and everything in it has an owner
/// that goes away: a socket closes, a session expires, a call ends and is forgotten.
package final class Switchboard {
    /// What a socket is to us.
    struct Socket {
        enum State {
            case new
            /// The hello was wrong: told and closed a little later, to slow down guessing.
            case refused(CloseCode)
            case session(SessionID)
        }

        var info: SocketInfo
        var state = State.new

        var session: SessionID? { if case .session(let session) = state { session } else { nil } }

        /// When it has to have become a session, or is closed.
        var deadline: MonotonicTime
    }

    /// Somebody who has sessions.
    struct User {
        /// The oldest first.
        var sessions: [SessionID] = []
        /// 5 per 10 s (calls.md 2.4), in half units.
        var initiates = TokenBucket(TokenRate(perSecond: 1, burst: 10))
        /// What a guest is called by (`guestNames`).
        var guestName: String?
    }

    /// Everything that has a deadline.
    enum Timer: Hashable, Sendable {
        case socket(SocketID)
        case session(SessionID)
        case call(CallID)
        case drain(SocketID)
        case resolution(ResolutionID)
        /// A user without sessions, until what they may start is as much as ever.
        case user(UserID)
    }

    /// A request that is being done.
    struct Request {
        var session: SessionID
        var id: Int64
        /// Whether the answer carries the seat's token, and ICE servers.
        var wantsSeat = false
        var wantsIce = false
    }

    package internal(set) var settings: SignalingSettings {
        didSet { configuration = settings.sharedConfiguration }
    }
    /// Made once: every `welcome` carries it.
    var configuration: JSONObject
    package internal(set) var epoch: String
    package internal(set) var counters = SignalingCounters()
    var verifier: any TokenVerifier
    var issuer: any IceServerIssuer
    let signer: any SecretSigner
    var random: any RandomNumberGenerator
    var store: any CallStore
    var sockets: [SocketID: Socket] = [:]
    var newSocketsBySource: [IPAddress: Int] = [:]
    var failures = FailedHellos()
    var sessions: [SessionID: Session] = [:]
    /// The calls that have to hear about a session.
    var callsBySession: [SessionID: Set<CallID>] = [:]
    var users: [UserID: User] = [:]
    /// Who goes by a name without a token, by the name in small letters.
    var guestNames: [String: GuestName] = [:]
    var watchersByUser: [UserID: Set<SessionID>] = [:]
    /// Sessions that expired lately, so that a client learns that it was merely late.
    var expired = RecentNames(max: 1024)
    var idempotent = IdempotencyTable()
    var resolutions: [ResolutionID: (Request, ClientMessage.Initiate)] = [:]
    var resolutionCount: UInt64 = 0
    var deadlines = DeadlineQueue<Timer>()
    var actions: [SwitchboardAction] = []
    var actionHead = 0
    /// Until when calls may be made again from seat tokens; nil when state was restored.
    var recoversUntil: MonotonicTime?
    package internal(set) var isDraining = false

    /// `random` must be fit for secrets: it makes session secrets and names of calls.
    package init(
        settings: SignalingSettings = SignalingSettings(), verifier: any TokenVerifier,
        issuer: any IceServerIssuer, signer: any SecretSigner,
        random: any RandomNumberGenerator, store: any CallStore = MemoryCallStore(), at now: Now
    ) {
        self.settings = settings
        configuration = settings.sharedConfiguration
        self.verifier = verifier
        self.issuer = issuer
        self.signer = signer
        self.random = random
        self.store = store
        epoch = ""
        recoversUntil = now.monotonic + settings.crashRecovery
        epoch = name(bytes: 8)
    }

    /// The next thing to do; nil when all is done.
    package func nextAction() -> SwitchboardAction? {
        guard actionHead < actions.count else {
            actions.removeAll(keepingCapacity: actions.count < 1024)
            actionHead = 0
            return nil
        }
        defer { actionHead += 1 }
        return actions[actionHead]
    }

    package var nextDeadline: MonotonicTime? { deadlines.next() }
    package var socketCount: Int { sockets.count }
    package var sessionCount: Int { sessions.count }
    package var callCount: Int { store.count }
    package var liveCallCount: Int { store.liveCount }

    /// Whether one more socket may be opened.
    package var hasRoom: Bool { sockets.count < settings.socketsMax }

    /// Who shows a token.
    package func claims(of token: String, at now: Now) throws(TokenRefusal) -> TokenClaims {
        try verifier.claims(of: token, atUnixSeconds: now.unixSeconds)
    }

    /// What a reload changes. Calls keep the timers that they began with.
    package func apply(
        _ settings: SignalingSettings, verifier: any TokenVerifier, issuer: any IceServerIssuer
    ) {
        self.settings = settings
        self.verifier = verifier
        self.issuer = issuer
    }

    func emit(_ action: SwitchboardAction) { actions.append(action) }

    /// A new name for what is named in every frame. Eleven bytes make fifteen letters, the most
    /// that a string holds without memory of its own, which copies would count.
    func shortName() -> String { name(bytes: 11) }

    /// A new name of so many random bytes.
    func name(bytes count: Int) -> String {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var word = random.next()
            for _ in 0..<min(8, count - bytes.count) {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return Base64URL.encode(bytes)
    }
}

// Sockets.
extension Switchboard {
    /// A WebSocket is open; its first frame has to be a `hello`.
    package func opened(_ socket: SocketID, _ info: SocketInfo, at now: Now) {
        if isDraining { return refuse(socket, .draining, "the server is going down") }
        guard sockets.count < settings.socketsMax else { return refuse(socket, .rate, "5000") }
        if let source = info.source {
            let others = newSocketsBySource[source, default: 0]
            guard others < settings.unauthenticatedSocketsPerAddressMax else {
                return refuse(socket, .rate, "5000")
            }
            newSocketsBySource[source] = others + 1
        }
        let deadline = now.monotonic + settings.helloTimeout
        sockets[socket] = Socket(info: info, deadline: deadline)
        deadlines.set(.socket(socket), to: deadline)
        if let seat = info.seat { openSeat(seat, on: socket, at: now) }
    }

    func refuse(_ socket: SocketID, _ code: CloseCode, _ reason: String) {
        counters.closes[code, default: 0] += 1
        emit(.close(socket, code: code.rawValue, reason: reason))
    }

    /// The socket is gone, however that came.
    package func closed(_ socket: SocketID, at now: Now) {
        forget(socket, cause: .socket, at: now)
    }

    /// The socket takes less than is sent to it (calls.md 2.6).
    package func overflowed(_ socket: SocketID, at now: Now) {
        close(socket, .slowConsumer, "too much is waiting for this client", at: now)
    }

    /// Frames are text (calls.md 2.1); RFC 6455 §7.4.1 has a code for this.
    package func receivedBinary(on socket: SocketID, at now: Now) {
        guard sockets[socket] != nil else { return }
        emit(.close(socket, code: 1003, reason: "frames are text"))
        forget(socket, cause: .socket, at: now)
    }

    func close(
        _ socket: SocketID, _ code: CloseCode, _ reason: String, cause: AbsenceCause = .socket,
        at now: Now
    ) {
        guard sockets[socket] != nil else { return }
        refuse(socket, code, reason)
        forget(socket, cause: cause, at: now)
    }

    /// Takes the socket out of the tables; a session on it is absent from now on.
    func forget(_ socket: SocketID, cause: AbsenceCause, at now: Now) {
        guard let known = sockets.removeValue(forKey: socket) else { return }
        deadlines.set(.socket(socket), to: nil)
        deadlines.set(.drain(socket), to: nil)
        if case .session(let session) = known.state {
            detach(session, from: socket, cause: cause, at: now)
        } else {
            forgetNew(known.info)
        }
    }

    /// The socket has authenticated, or is gone: it no longer counts for its address (ruling 16).
    func forgetNew(_ info: SocketInfo) {
        guard let source = info.source, let count = newSocketsBySource[source] else { return }
        newSocketsBySource[source] = count > 1 ? count - 1 : nil
    }
}
