import HTTP
import JSON
import Primitives
import Signaling

@testable import WebAPI

/// The real switchboard behind the seam, with tokens that say in words what they allow.
final class Desk: CallDesk {
    let board: Switchboard
    var hasTokenKey = true
    var takesAnonymous = false
    var allowedOrigin = "https://turn.example.org"
    var orders: [TokenOrder] = []
    var numbers: SignalingMetrics?

    init(settings: SignalingSettings = SignalingSettings(), at now: Now) {
        var settings = settings
        settings.clientConfiguration = ["ring_ms": 60_000]
        board = Switchboard(
            settings: settings, verifier: WordVerifier(), issuer: NoServers(),
            signer: PlainSigner(), random: CountingRandom(), at: now)
    }

    func claims(of token: String, at now: Now) throws(TokenRefusal) -> TokenClaims {
        try WordVerifier().claims(of: token, atUnixSeconds: now.unixSeconds)
    }

    func perform(_ command: APICommand, by caller: APICaller, at now: Now) -> APIResult {
        let result = board.perform(command, by: caller, at: now)
        while board.nextAction() != nil {}
        return result
    }

    func mint(_ order: TokenOrder, at now: Now) -> MintedToken? {
        guard hasTokenKey else { return nil }
        orders.append(order)
        return order.mint(issuer: "us", audience: "calls", keyName: nil, at: now) { $0.suffix(32) }
    }

    func allowsOrigin(of request: HTTPRequest) -> Bool {
        request.fields["origin"].map { $0 == allowedOrigin } ?? true
    }

    func metrics(at now: Now) -> SignalingMetrics {
        numbers
            ?? SignalingMetrics(
                counters: board.counters, sockets: board.socketCount,
                sessions: board.sessionCount, liveCalls: board.liveCallCount)
    }

    /// A head with the token of a user; `words` as `WordVerifier` reads them.
    static func token(_ user: String, _ words: String = "host") -> [HTTPField] {
        [HTTPField("authorization", "Bearer jwt.\(user).\(words)")]
    }
}

/// Takes `jwt.USER.WORDS` for a token: a scope, `expired`, or `guest:CALL` for a guest's.
struct WordVerifier: TokenVerifier {
    func claims(of token: String, atUnixSeconds now: UInt64) throws(TokenRefusal) -> TokenClaims {
        let parts = token.split(separator: ".").map(String.init)
        guard parts.count == 3, parts[0] == "jwt" else { throw .malformed }
        guard parts[2] != "expired" else { throw .expired }
        var claims = TokenClaims(user: UserID(parts[1]), expiresAt: now + 3600)
        if parts[2].hasPrefix("guest:") {
            claims.calls = [CallID(String(parts[2].dropFirst(6)))]
            claims.scopes = [.call]
        } else {
            claims.scopes = Set([.call] + [TokenScope(rawValue: parts[2])].compactMap(\.self))
        }
        return claims
    }
}

struct NoServers: IceServerIssuer {
    func iceServers(for user: UserID, isGuest: Bool, at now: Now) -> IceServers? {
        IceServers(servers: [["urls": ["stun:192.0.2.1"]]], lifetimeSeconds: 60, expiresAt: 0)
    }
}

/// Every number once.
struct CountingRandom: RandomNumberGenerator {
    var count: UInt64 = 0

    mutating func next() -> UInt64 {
        count += 1
        return count &* 0x9e37_79b9_7f4a_7c15
    }
}
