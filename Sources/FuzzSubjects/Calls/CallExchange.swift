import JSON
import Primitives
import Signaling

/// A switchboard with its clock and its wires, for subjects that talk to it.
///
/// Everything it says has to be well formed, and for a socket that it has not closed.
final class CallExchange {
    private(set) var board: Switchboard
    private(set) var milliseconds: UInt64 = 1_000_000
    private(set) var frames: [SocketID: [JSONValue]] = [:]
    private(set) var open: Set<SocketID> = []
    private(set) var resolutions: [ResolutionID] = []
    private var sockets: UInt64 = 0

    /// Small, so that a short conversation gets to every bound.
    static let settings: SignalingSettings = {
        var settings = SignalingSettings()
        settings.socketsMax = 12
        settings.sessionsMax = 16
        settings.socketsPerUserMax = 3
        settings.sessionsPerUserMax = 4
        settings.liveCallsPerUserMax = 4
        settings.callsMax = 7
        settings.hasChatResolver = true
        settings.hasPushHook = true
        return settings
    }()

    init() { board = Self.makeBoard(at: Self.now(1_000_000)) }

    static func makeBoard(at now: Now) -> Switchboard {
        Switchboard(
            settings: settings, verifier: NameTokens(), issuer: FixedServers(),
            signer: TestSigner(key: 1), random: CountingWords(), at: now)
    }

    static func now(_ milliseconds: UInt64) -> Now {
        Now(
            monotonic: MonotonicTime(nanoseconds: milliseconds * 1_000_000),
            unixSeconds: 1_800_000_000 + milliseconds / 1000)
    }

    var now: Now { Self.now(milliseconds) }

    /// Lets time pass without a tick, as on a machine that is busy.
    func skip(milliseconds: UInt64) { self.milliseconds += milliseconds }

    func tick() {
        board.tick(at: now)
        pump()
    }

    func connect() -> SocketID {
        sockets += 1
        let socket = SocketID(sockets)
        open.insert(socket)
        board.opened(socket, SocketInfo(source: IPAddress(192, 0, 2, 7)), at: now)
        pump()
        return socket
    }

    func drop(_ socket: SocketID) {
        open.remove(socket)
        board.closed(socket, at: now)
        pump()
    }

    func send(_ bytes: [UInt8], on socket: SocketID) {
        board.received(bytes.span, on: socket, at: now)
        pump()
    }

    /// What has come on a socket since the last time.
    func take(_ socket: SocketID) -> [JSONValue] {
        frames.removeValue(forKey: socket) ?? []
    }

    func takeResolution() -> ResolutionID? { resolutions.popLast() }

    func pump() {
        while let action = board.nextAction() {
            switch action {
            case .send(let socket, let bytes):
                precondition(open.contains(socket), "a frame for a closed socket")
                let limits = JSONLimits(depthMax: 32, valuesMax: .max)
                guard let frame = try? JSONValue.parse(bytes.span, limits: limits) else {
                    preconditionFailure("a broken frame")
                }
                precondition(frame["type"]?.string != nil, "a frame of no type")
                frames[socket, default: []].append(frame)
            case .close(let socket, let code, let reason):
                precondition(open.remove(socket) != nil, "closed twice")
                // RFC 6455 §5.5: 125 bytes with the code.
                precondition(reason.utf8.count <= 123, "a long goodbye")
                precondition(code == 1000 || code == 1003 || CloseCode(rawValue: code) != nil)
            case .resolveChat(let id, _, _): resolutions.append(id)
            case .webhook(_, let data):
                precondition((try? JSONValue.parse(JSONValue.object(data).bytes.span)) != nil)
            case .log: break
            }
        }
        precondition(board.socketCount <= Self.settings.socketsMax, "too many sockets")
        precondition(board.sessionCount <= Self.settings.sessionsMax, "too many sessions")
        precondition(board.liveCallCount <= Self.settings.callsMax, "too many calls")
    }

    /// Everybody goes, and nobody comes back: nothing may stay behind.
    func finish() {
        for socket in open.sorted(by: { $0.number < $1.number }) { drop(socket) }
        for resolution in resolutions { board.resolved(resolution, nil, at: now) }
        pump()
        var steps = 0
        while let next = board.nextDeadline {
            steps += 1
            precondition(steps < 10_000, "it never comes to rest")
            precondition(next != .never, "a deadline that never comes")
            let due = min(next.nanoseconds / 1_000_000 + 1, UInt64.max / 2_000_000)
            milliseconds = max(milliseconds, due)
            tick()
        }
        precondition(board.socketCount == 0, "a socket was left behind")
        precondition(board.sessionCount == 0, "a session was left behind")
        precondition(board.callCount == 0, "a call was left behind")
    }
}

/// Tokens are names of four users, who may call everybody.
struct NameTokens: TokenVerifier {
    func claims(of token: String, atUnixSeconds now: UInt64) throws(TokenRefusal) -> TokenClaims {
        guard ["ann", "bob", "mallory", "mallet"].contains(token) else { throw .badSignature }
        return TokenClaims(
            user: UserID(token), expiresAt: now + 80_000, mayCall: .everybody,
            chats: ["twos": token == "mallory" ? "mallet" : "mallory"])
    }
}

struct FixedServers: IceServerIssuer {
    func iceServers(for user: UserID, isGuest: Bool, at now: Now) -> IceServers? {
        IceServers(servers: [["urls": "stun:192.0.2.1"]], lifetimeSeconds: 600, expiresAt: 1)
    }
}

/// The same words in each run.
struct CountingWords: RandomNumberGenerator {
    private var state: UInt64 = 0

    mutating func next() -> UInt64 {
        state &+= 1
        return state &* 0x9e37_79b9_7f4a_7c15
    }
}
