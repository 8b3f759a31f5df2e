import HTTP
import JSON
import Primitives
import Signaling
import WebAPI

/// Requests of applications: whatever comes, the answer is one that the API has, well formed,
/// without a fault of ours and without the caller's key.
final class WebRequestSubject: FuzzSubject {
    private static let key = "key-of-the-shop"
    private static let now = CallExchange.now(1_000_000)

    func run(_ input: Span<UInt8>) {
        var settings = WebSettings()
        settings.keys.add("shop", key: Self.key, signer: TestSigner(key: 1))
        settings.adminTokens.add("ops", key: "admin-token", signer: TestSigner(key: 1))
        try? settings.allow(origins: ["https://example.org"])
        var router = WebRouter(settings, signer: TestSigner(key: 1))
        let desk = Desk(CallExchange.makeBoard(at: Self.now))
        var start = 0
        var parser = HTTPRequestParser()
        while start < input.count {
            guard let used = try? parser.receive(input.extracting(start..<input.count)), used > 0
            else { return }
            start += used
            guard let request = parser.takeRequest() else { continue }
            let answered = router.answer(
                request, issuer: Access(), calls: desk, from: nil, at: Self.now)
            guard let answer = answered else { continue }
            check(answer, to: request)
            while desk.board.nextAction() != nil {}
            precondition(desk.board.liveCallCount <= 7, "too many calls")
        }
    }

    private func check(_ answer: HTTPResponse, to request: HTTPRequest) {
        let status = answer.status.rawValue
        precondition((200..<500).contains(status) || isFull(answer), "a fault of ours: \(status)")
        for field in answer.fields.all {
            precondition(
                field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a field of two lines")
        }
        let type = answer.fields["content-type"] ?? ""
        if type == "application/json" {
            let limits = JSONLimits(depthMax: 32, valuesMax: .max)
            precondition((try? JSONValue.parse(answer.body.span, limits: limits)) != nil)
        }
        let text = String(decoding: answer.body, as: UTF8.self)
        precondition(!text.contains(Self.key), "the key stands in the answer")
    }

    /// `unavailable` while there are as many calls as there may be.
    private func isFull(_ answer: HTTPResponse) -> Bool {
        answer.status.rawValue == 503
            && String(decoding: answer.body, as: UTF8.self).contains("too many calls")
    }
}

private struct Access: RelayAccessIssuer {
    var canIssue: Bool { true }

    var facts: RelayFacts {
        RelayFacts(
            addresses: ["192.0.2.1"], ports: 49_152...65_535,
            certificateNames: ["turn.example.org"])
    }

    func issue(user: String?, lifetime: Seconds, at now: Now) -> RelayAccess? {
        precondition(WebSettings.lifetimes.contains(lifetime.count), "a lifetime out of bounds")
        let expires = now.unixSeconds + UInt64(lifetime.count)
        return RelayAccess(
            uris: ["stun:192.0.2.1", "turn:192.0.2.1?transport=udp"],
            username: "\(expires):opaque", password: "secret", expiresAt: expires)
    }

    func revoke(username: String, at now: Now) -> Bool { username.contains(":") }
}

private final class Desk: CallDesk {
    let board: Switchboard

    init(_ board: Switchboard) { self.board = board }

    var takesAnonymous: Bool { true }

    func allowsOrigin(of request: HTTPRequest) -> Bool { true }

    func claims(of token: String, at now: Now) throws(TokenRefusal) -> TokenClaims {
        try board.claims(of: token, at: now)
    }

    func perform(_ command: APICommand, by caller: APICaller, at now: Now) -> APIResult {
        board.perform(command, by: caller, at: now)
    }

    func mint(_ order: TokenOrder, at now: Now) -> MintedToken? {
        precondition(order.scopes?.contains(.admin) != true, "a token for an administrator")
        let token = order.mint(issuer: nil, audience: "turnstone", keyName: nil, at: now) {
            TestSigner(key: 3).sign($0)
        }
        precondition((try? WebToken(token.text)) != nil, "a token that is none")
        return token
    }

    func metrics(at now: Now) -> SignalingMetrics {
        SignalingMetrics(
            counters: board.counters, sockets: board.socketCount, sessions: board.sessionCount,
            liveCalls: board.liveCallCount)
    }
}
