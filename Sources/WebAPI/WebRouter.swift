package import HTTP
import JSON
package import Primitives
package import Signaling

/// Answers the requests of applications.
package struct WebRouter: Sendable {
    package var settings: WebSettings
    /// Whether new work is welcome, for a load balancer that asks.
    package var isReady = true

    let signer: any SecretSigner
    var limits = IssueLimits()
    var guestLimits = GuestLimits()
    var callLimits = CallLimits()
    var idempotency = IdempotencyGuard()
    var counters = WebCounters()
    var reportLimits = ReportLimits()
    var adminGate = AdminGate()
    /// What people found when they tested their connection.
    package internal(set) var reports = ReportShelf()

    package init(_ settings: WebSettings, signer: any SecretSigner) {
        self.settings = settings
        self.signer = signer
    }

    /// A request whose path is one of ours, and what it takes to answer it.
    struct Visit {
        let request: HTTPRequest
        let endpoint: Endpoint
        /// What stands in the places of the path's braces.
        let parameters: [String]
        let issuer: any RelayAccessIssuer
        let calls: (any CallDesk)?
        let relay: (any MetricsSource)?
        /// Nil behind a proxy that does not say whom it speaks for.
        let client: IPAddress?
        let now: Now
    }

    /// Nil when the path is none of these. An answer may hold a credential: it is never cached.
    /// `relay` is asked for its numbers when somebody wants to know them.
    /// Without `calls` the paths of calls and tokens are not there.
    package mutating func answer(
        _ request: HTTPRequest, issuer: any RelayAccessIssuer, calls: (any CallDesk)?,
        relay: (any MetricsSource)? = nil, from client: IPAddress?, at now: Now
    ) -> HTTPResponse? {
        guard let (endpoint, parameters) = Endpoint.find(request.target.segments) else {
            return nil
        }
        if let preflight = settings.cors?.preflight(request) { return preflight }
        let visit = Visit(
            request: request, endpoint: endpoint, parameters: parameters, issuer: issuer,
            calls: calls, relay: relay, client: client, now: now)
        var response: HTTPResponse
        do throws(WebRefusal) {
            response = try perform(visit)
        } catch {
            response = .json(error.status, error.body(for: endpoint), error.fields)
        }
        counters.note(endpoint, response.status)
        settings.cors?.apply(to: &response, for: request)
        return response
    }

    private mutating func perform(_ visit: Visit) throws(WebRefusal) -> HTTPResponse {
        let (request, endpoint) = (visit.request, visit.endpoint)
        guard isThere(visit), endpoint.takes(visit.parameters) else { throw .notFound }
        if request.method == .options {
            let allow = WebRefusal.methodNotAllowed(endpoint.allowed).fields
            return HTTPResponse(.noContent, fields: HTTPFields(allow + HTTPResponse.webFields))
        }
        guard endpoint.allowed.contains(request.method) else {
            throw .methodNotAllowed(endpoint.allowed)
        }
        switch endpoint {
        case .health: return .json(.ok, ["status": "ok"])
        case .ready: return ready()
        case .description: return .json(.ok, OpenAPIDocument.value)
        case .metrics: return try metrics(visit)
        case .iceServers: return try iceServers(visit)
        case .cloudflareRevoke: return try revoke(visit)
        case .configuration, .calls, .currentCall, .call, .callJoin, .callEnd:
            return try call(visit)
        case .tokens: return try mint(visit)
        case .reports: return try report(visit)
        case .relay: return relayFacts(visit)
        default: return try issue(visit)
        }
    }

    /// Whoever configured no key has no such endpoint, not a locked one (rulings 13, 14).
    private func isThere(_ visit: Visit) -> Bool {
        switch visit.endpoint.family {
        case .always: true
        case .metrics: !settings.adminTokens.isEmpty
        case .credentials:
            visit.issuer.canIssue
                && (!settings.keys.isEmpty || visit.endpoint == .iceServers && visit.calls != nil)
        case .calls: visit.calls != nil
        case .tokens: visit.calls != nil && !settings.keys.isEmpty
        }
    }

    private func ready() -> HTTPResponse {
        // Sessions are told to come back within half a minute of a drain (calls.md 2.7).
        isReady
            ? .json(.ok, ["status": "ready"])
            : .json(.unavailable, ["status": "draining"], [HTTPField("retry-after", "30")])
    }

    /// To whom the operator gave no token the numbers do not exist (ruling 14).
    private mutating func metrics(_ visit: Visit) throws(WebRefusal) -> HTTPResponse {
        // Without a client it came through a proxy: it counts as whom that one named.
        let client = visit.client ?? Forwarded.client(visit.request)
        let verdict = judge(visit.request, from: client, at: visit.now.monotonic)
        guard verdict == .admitted else { throw .notFound }
        return .metrics(metrics(of: visit.calls, relay: visit.relay, at: visit.now))
    }

    /// The whole text, for whoever may read it.
    package func metrics(
        of calls: (any CallDesk)?, relay: (any MetricsSource)?, at now: Now
    ) -> [UInt8] {
        var text = MetricsText()
        relay?.add(to: &text, at: now)
        text.add(counters)
        text.add(adminGate)
        if let metrics = calls?.metrics(at: now) { text.add(metrics) }
        return text.bytes
    }
}

extension HTTPResponse {
    /// Of every answer: it may hold a credential.
    static let webFields = [
        HTTPField("cache-control", "no-store"),
        HTTPField("referrer-policy", "no-referrer"),
        HTTPField("x-content-type-options", "nosniff"),
    ]

    /// `text` as Prometheus takes it.
    package static func metrics(_ text: [UInt8]) -> HTTPResponse {
        HTTPResponse(
            .ok,
            fields: HTTPFields([HTTPField("content-type", MetricsText.contentType)] + webFields),
            body: text)
    }

    static func json(
        _ status: HTTPStatus, _ body: JSONValue, _ fields: [HTTPField] = []
    ) -> HTTPResponse {
        HTTPResponse(
            status,
            fields: HTTPFields(
                [HTTPField("content-type", "application/json")] + webFields + fields),
            body: body.bytes)
    }
}
