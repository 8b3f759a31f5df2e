package import HTTP
import JSON
package import Primitives
package import Signaling

/// Answers the requests of applications.
package struct WebRouter: Sendable {
    package var settings: WebSettings
    /// Whether new work is welcome, for a load balancer that asks.
    package var isReady = true

    private let signer: any SecretSigner
    private var limits = IssueLimits()

    package init(_ settings: WebSettings, signer: any SecretSigner) {
        self.settings = settings
        self.signer = signer
    }

    /// Nil when the path is none of these. An answer may hold a credential: it is never cached.
    /// Without `calls` the paths of calls and tokens are not there.
    package mutating func answer(
        _ request: HTTPRequest, issuer: any RelayAccessIssuer, calls: (any CallDesk)?, at now: Now
    ) -> HTTPResponse? {
        guard let (endpoint, parameter) = Endpoint.find(request.target.segments) else {
            return nil
        }
        if let preflight = settings.cors?.preflight(request) { return preflight }
        var response: HTTPResponse
        do throws(WebRefusal) {
            response = try perform(
                request, endpoint, parameter, issuer: issuer, at: now)
        } catch {
            response = Self.json(error.status, error.body(for: endpoint))
            response.fields.append(contentsOf: error.fields)
        }
        settings.cors?.apply(to: &response, for: request)
        return response
    }

    private mutating func perform(
        _ request: HTTPRequest, _ endpoint: Endpoint, _ parameter: String,
        issuer: any RelayAccessIssuer, at now: Now
    ) throws(WebRefusal) -> HTTPResponse {
        // Whoever configured no key has no such endpoint, not a locked one.
        if endpoint.issues, settings.keys.isEmpty || !issuer.canIssue { throw .notFound }
        if request.method == .options {
            let allow = WebRefusal.methodNotAllowed(endpoint.allowed).fields
            return HTTPResponse(.noContent, fields: HTTPFields(allow + Self.fields))
        }
        guard endpoint.allowed.contains(request.method) else {
            throw .methodNotAllowed(endpoint.allowed)
        }
        switch endpoint {
        case .health: return Self.json(.ok, ["status": "ok"])
        case .ready:
            return Self.json(
                isReady ? .ok : .unavailable, ["status": isReady ? "ready" : "draining"])
        case .description: return Self.json(.ok, OpenAPIDocument.value)
        default: return try issue(request, endpoint, parameter, issuer: issuer, at: now)
        }
    }

    private mutating func issue(
        _ request: HTTPRequest, _ endpoint: Endpoint, _ account: String,
        issuer: any RelayAccessIssuer, at now: Now
    ) throws(WebRefusal) -> HTTPResponse {
        guard let shown = IssueOrder.key(of: request, to: endpoint, account: account),
            let key = settings.keys.name(of: shown.key, signer: signer),
            shown.name == nil || shown.name == key
        else { throw .forbidden }
        let order = try IssueOrder(request, to: endpoint, account: account)
        try order.checkUser(separator: settings.separator)
        if let wait = limits.take(key: key, user: order.user, at: now.monotonic) {
            throw .tooManyRequests(retrySeconds: wait)
        }
        let lifetime = order.lifetime(settings)
        guard let servers = issuer.issue(user: order.user, lifetime: lifetime, at: now) else {
            throw .notFound
        }
        let answer = IssueAnswer(servers: servers, order: order, lifetime: lifetime, now: now)
        return Self.json(IssueAnswer.status(of: endpoint), answer.body(for: endpoint))
    }

    private static let fields = [
        HTTPField("cache-control", "no-store"),
        HTTPField("referrer-policy", "no-referrer"),
        HTTPField("x-content-type-options", "nosniff"),
    ]

    private static func json(_ status: HTTPStatus, _ body: JSONValue) -> HTTPResponse {
        HTTPResponse(
            status,
            fields: HTTPFields([HTTPField("content-type", "application/json")] + fields),
            body: body.bytes)
    }
}
