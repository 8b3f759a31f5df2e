import HTTP
import Primitives
import Signaling

// Credentials of the relay.
extension WebRouter {
    mutating func issue(_ visit: Visit) throws(WebRefusal) -> HTTPResponse {
        let key = try key(of: visit)
        let order = try order(visit)
        try order.checkUser(separator: settings.separator)
        if let wait = limits.take(key: key, user: order.user, at: visit.now.monotonic) {
            throw .tooManyRequests(retrySeconds: wait)
        }
        return try issue(order, visit, user: order.user, lifetime: order.lifetime(settings))
    }

    /// For whoever has a key, and for a user with a token, who gets a credential of their own.
    mutating func iceServers(_ visit: Visit) throws(WebRefusal) -> HTTPResponse {
        guard let claims = try bearer(visit) else { return try issue(visit) }
        let order = try order(visit)
        var lifetime = order.lifetime(settings)
        if let wait = limits.take(bearer: claims.user, at: visit.now.monotonic) {
            throw .tooManyRequests(retrySeconds: wait)
        }
        if let calls = claims.calls {
            if let wait = guestLimits.take(calls, at: visit.now.monotonic) {
                throw .tooManyRequests(retrySeconds: wait)
            }
            lifetime = min(lifetime, GuestLimits.lifetimeMax)
        }
        return try issue(order, visit, user: claims.user.text, lifetime: lifetime)
    }

    /// Who has shown a token; nil when it may be a key, or is nothing.
    private func bearer(_ visit: Visit) throws(WebRefusal) -> TokenClaims? {
        guard let calls = visit.calls, let shown = PresentedKey(bearer: visit.request),
            settings.keys.name(of: shown.key, signer: signer) == nil,
            // What has no three parts is no token: a wrong key, and refused like one.
            shown.key.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 2
        else { return nil }
        do throws(TokenRefusal) {
            return try calls.claims(of: shown.key, at: visit.now)
        } catch {
            throw .unauthorized(error)
        }
    }

    private func order(_ visit: Visit) throws(WebRefusal) -> IssueOrder {
        try IssueOrder(
            visit.request, to: visit.endpoint, account: visit.parameters.first ?? "")
    }

    private func issue(
        _ order: IssueOrder, _ visit: Visit, user: String?, lifetime: Seconds
    ) throws(WebRefusal) -> HTTPResponse {
        guard let servers = visit.issuer.issue(user: user, lifetime: lifetime, at: visit.now)
        else { throw .notFound }
        let answer = IssueAnswer(
            servers: servers, order: order, lifetime: lifetime, now: visit.now)
        return .json(IssueAnswer.status(of: visit.endpoint), answer.body(for: visit.endpoint))
    }

    /// The name of the key that was shown.
    private func key(of visit: Visit) throws(WebRefusal) -> String {
        let account = visit.parameters.first ?? ""
        guard let shown = IssueOrder.key(of: visit.request, to: visit.endpoint, account: account),
            let key = settings.keys.name(of: shown.key, signer: signer),
            shown.name == nil || shown.name == key
        else { throw .forbidden }
        return key
    }

    /// As Cloudflare has it: the user name is worth nothing from now on.
    mutating func revoke(_ visit: Visit) throws(WebRefusal) -> HTTPResponse {
        let key = try key(of: visit)
        if let wait = limits.take(key: key, user: nil, at: visit.now.monotonic) {
            throw .tooManyRequests(retrySeconds: wait)
        }
        guard visit.issuer.revoke(username: visit.parameters.last ?? "", at: visit.now) else {
            throw .notFound
        }
        return HTTPResponse(.noContent, fields: HTTPFields(HTTPResponse.webFields))
    }
}
