import HTTP
import JSON
import Primitives
import Signaling

// Calls and the tokens of their users (calls.md 2.7).
extension WebRouter {
    mutating func call(_ visit: Visit) throws(WebRefusal) -> HTTPResponse {
        guard let calls = visit.calls else { throw .notFound }
        switch visit.endpoint {
        case .currentCall:
            // S2-3: several calls at once have no current one.
            throw .gone("There is no current call: use the call_id of a link or of the list.")
        case .configuration:
            // The same for everybody, and read by clients before they have a token (S3-8).
            return try response(
                to: calls.perform(.configuration, by: .server(""), at: visit.now))
        default: break
        }
        let caller = try caller(of: visit, calls)
        let command = try CallRequest.command(
            visit.request, to: visit.endpoint, visit.parameters)
        if case .create(let creation) = command {
            return try create(creation, by: caller, visit, calls)
        }
        if case .join = command { try count(.join, caller, visit) }
        return try response(to: calls.perform(command, by: caller, at: visit.now))
    }

    func caller(
        of visit: Visit, _ calls: any CallDesk
    ) throws(WebRefusal) -> APICaller {
        guard let shown = PresentedKey(bearer: visit.request) else { throw .unauthorized(nil) }
        if let name = settings.keys.name(of: shown.key, signer: signer) { return .server(name) }
        do throws(TokenRefusal) {
            return .user(try calls.claims(of: shown.key, at: visit.now))
        } catch {
            throw .unauthorized(error)
        }
    }

    private mutating func count(
        _ kind: CallLimits.Kind, _ caller: APICaller, _ visit: Visit
    ) throws(WebRefusal) {
        if let wait = callLimits.take(kind, by: CallerName(caller), at: visit.now.monotonic) {
            throw .tooManyRequests(retrySeconds: wait)
        }
    }

    private mutating func create(
        _ creation: APICommand.Creation, by caller: APICaller, _ visit: Visit,
        _ calls: any CallDesk
    ) throws(WebRefusal) -> HTTPResponse {
        let name = CallerName(caller)
        // What tells one request from another: its content, and the one parameter there is.
        let digest = signer.digest([creation.reusesLast ? 1 : 0] + visit.request.body)
        if let key = creation.key, !idempotency.allows(key, by: name, for: digest) {
            throw .keyReused
        }
        try count(.create, caller, visit)
        let result = calls.perform(.create(creation), by: caller, at: visit.now)
        var response = try response(to: result)
        if let key = creation.key { idempotency.insert(key, by: name, for: digest) }
        if response.status == .created, case .success(_, let call) = result,
            let id = call["call_id"]?.string
        {
            // Names that are made here hold nothing that a path would have to escape.
            response.fields.append(HTTPField("location", "/apiv2/calls/" + id))
        }
        return response
    }

    private func response(to result: APIResult) throws(WebRefusal) -> HTTPResponse {
        switch result {
        case .success(let status, let data):
            return .json(HTTPStatus(rawValue: UInt16(clamping: status)), .object(data))
        case .failure(_, let reply): throw .refused(reply)
        }
    }

    mutating func mint(_ visit: Visit) throws(WebRefusal) -> HTTPResponse {
        guard let calls = visit.calls else { throw .notFound }
        let caller = try caller(of: visit, calls)
        guard case .server = caller else {
            throw .refused(ErrorReply(.forbidden, "tokens are made for whoever has an API key"))
        }
        let order = try TokenRequest.order(visit.request)
        try count(.mint, caller, visit)
        guard let minted = calls.mint(order, at: visit.now) else { throw .notFound }
        // A longer one would be refused where it is shown.
        guard minted.text.utf8.count <= WireLimits.tokenBytesMax else {
            throw .badRequest("The token would hold more than \(WireLimits.tokenBytesMax) bytes.")
        }
        return .json(
            .created,
            [
                "token": .string(minted.text),
                "expires_at": .integer(Int64(clamping: minted.expiresAt) * 1_000),
                "user_id": .string(order.user.text),
            ])
    }
}
