import HTTP
import Primitives
import Signaling
import WebAPI

/// What REST needs of signaling.
extension SignalingDesk: CallDesk {
    func claims(of token: String, at now: Now) throws(TokenRefusal) -> TokenClaims {
        try switchboard.claims(of: token, at: now)
    }

    func perform(_ command: APICommand, by caller: APICaller, at now: Now) -> APIResult {
        switchboard.perform(command, by: caller, at: now)
    }

    func mint(_ order: TokenOrder, at now: Now) -> MintedToken? { mint?.token(order, at: now) }

    func allowsOrigin(of request: HTTPRequest) -> Bool { origins.allows(request) }

    var takesAnonymous: Bool { switchboard.settings.allowsAnonymous }

    func metrics(at now: Now) -> SignalingMetrics {
        SignalingMetrics(
            counters: switchboard.counters, sockets: switchboard.socketCount,
            sessions: switchboard.sessionCount, liveCalls: switchboard.liveCallCount)
    }
}
