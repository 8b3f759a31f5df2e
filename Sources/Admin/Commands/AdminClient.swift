package import HTTP

/// The command line's side of the admin socket: a question as bytes, an answer as text.
package enum AdminClient {
    /// Where the daemon listens unless configured otherwise (`admin-socket`).
    package static let socketDefault = "/run/turnstone/admin.sock"

    /// Overrides `socketDefault`; `--socket` overrides both.
    package static let socketVariable = "TURNSTONE_ADMIN_SOCKET"

    /// How long to wait for the daemon: it answers within a second or says that it cannot.
    package static let answerSecondsMax = 5

    /// The bytes to send for a request; the daemon closes after its answer.
    package static func bytes(for request: AdminRequest) -> [UInt8] {
        httpRequest(request).serialized(host: "turnstone")
    }

    /// A parser for the answer: 10,000 allocations with many channels stay under 64 MB.
    package static func parser() -> HTTPResponseParser {
        var limits = HTTPLimits()
        limits.bodyBytesMax = 64 << 20
        return HTTPResponseParser(limits: limits)
    }

    /// The inverse of `AdminRouter.route`.
    static func httpRequest(_ request: AdminRequest) -> HTTPRequest {
        switch request {
        case .status: return HTTPRequest(.get, HTTPTarget(segments: ["v1", "status"]))
        case .allocations(let filter):
            return HTTPRequest(
                .get, HTTPTarget(segments: ["v1", "allocations"], query: query(filter)))
        case .allocation(let id):
            return HTTPRequest(
                .get, HTTPTarget(segments: ["v1", "allocations", id.description]))
        case .kill(let order):
            let ban =
                order.banSeconds > 0 ? [HTTPQueryItem("ban", String(order.banSeconds))] : []
            switch order.target {
            case .allocation(let id):
                return HTTPRequest(
                    .delete,
                    HTTPTarget(segments: ["v1", "allocations", id.description], query: ban))
            case .user(let name):
                return HTTPRequest(
                    .delete,
                    HTTPTarget(
                        segments: ["v1", "allocations"],
                        query: [HTTPQueryItem("user", name)] + ban))
            case .matching(let filter):
                return HTTPRequest(
                    .delete,
                    HTTPTarget(segments: ["v1", "allocations"], query: query(filter)))
            }
        case .reports: return HTTPRequest(.get, HTTPTarget(segments: ["v1", "reports"]))
        case .report(let id):
            return HTTPRequest(.get, HTTPTarget(segments: ["v1", "reports", String(id)]))
        case .issueCredential(let order):
            return HTTPRequest(
                .post, HTTPTarget(segments: ["v1", "credentials"]),
                fields: [HTTPField("content-type", "application/json")],
                body: AdminJSON.encode(order))
        case .calls(let query): return get("calls", items(query))
        case .call(let id): return HTTPRequest(.get, HTTPTarget(segments: ["v1", "calls", id]))
        case .endCall(let id):
            return HTTPRequest(.delete, HTTPTarget(segments: ["v1", "calls", id]))
        case .sessions(let query): return get("sessions", items(query))
        case .kick(.session(let id)):
            return HTTPRequest(.delete, HTTPTarget(segments: ["v1", "sessions", id]))
        case .kick(.user(let name)):
            return HTTPRequest(
                .delete,
                HTTPTarget(segments: ["v1", "sessions"], query: [HTTPQueryItem("user", name)]))
        case .users(let query): return get("users", items(query))
        default: return controlRequest(request)
        }
    }

    private static func controlRequest(_ request: AdminRequest) -> HTTPRequest {
        switch request {
        case .refusals(let query): get("refusals", items(query))
        case .metrics: get("metrics", [])
        case .logLevel: get("log-level", [])
        case .setLogLevel(let level): send(.put, ["log-level"], AdminJSON.encode(["level": level]))
        case .drain(let order):
            order.isOn
                ? send(.post, ["drain"], AdminJSON.encode([:], flags: ["stop": order.stops]))
                : HTTPRequest(.delete, HTTPTarget(segments: ["v1", "drain"]))
        case .reload(let isRehearsal):
            HTTPRequest(
                .post,
                HTTPTarget(
                    segments: ["v1", "reload"],
                    query: isRehearsal ? [HTTPQueryItem("dry-run", "true")] : []))
        case .configuration(let withDefaults):
            get("configuration", withDefaults ? [HTTPQueryItem("defaults", "true")] : [])
        case .explainCredential(let question):
            send(.post, ["credentials", "explain"], AdminJSON.encode(members(question)))
        case .revokeCredential(let name):
            send(.post, ["credentials", "revoke"], AdminJSON.encode(["username": name]))
        default: preconditionFailure("every other request is written above")
        }
    }

    private static func send(
        _ method: HTTPMethod, _ path: [String], _ body: [UInt8]
    ) -> HTTPRequest {
        HTTPRequest(
            method, HTTPTarget(segments: ["v1"] + path),
            fields: [HTTPField("content-type", "application/json")], body: body)
    }

    private static func members(_ question: CredentialQuestion) -> [String: String] {
        var members = ["username": question.username]
        if let password = question.password { members["password"] = password }
        if let realm = question.realm { members["realm"] = realm }
        return members
    }

    private static func items(_ query: RefusalQuery) -> [HTTPQueryItem] {
        items(
            [
                "user": query.user, "client": query.client?.description,
                "code": query.code.map { String($0) },
            ], query.limit, RefusalQuery.limitDefault)
    }

    private static func get(_ name: String, _ query: [HTTPQueryItem]) -> HTTPRequest {
        HTTPRequest(.get, HTTPTarget(segments: ["v1", name], query: query))
    }

    private static func items(_ query: CallQuery) -> [HTTPQueryItem] {
        items(["user": query.user, "state": query.state], query.limit, CallQuery.limitDefault)
    }

    private static func items(_ query: SessionQuery) -> [HTTPQueryItem] {
        items(["user": query.user], query.limit, SessionQuery.limitDefault)
    }

    private static func items(_ query: UserQuery) -> [HTTPQueryItem] {
        let order = query.order == .traffic ? nil : query.order.rawValue
        return items(["by": order], query.limit, UserQuery.limitDefault)
    }

    private static func items(
        _ values: KeyValuePairs<String, String?>, _ limit: Int, _ usual: Int
    ) -> [HTTPQueryItem] {
        var items = values.compactMap { name, value in value.map { HTTPQueryItem(name, $0) } }
        if limit != usual { items.append(HTTPQueryItem("limit", String(limit))) }
        return items
    }

    private static func query(_ filter: AllocationFilter) -> [HTTPQueryItem] {
        var query: [HTTPQueryItem] = []
        if let id = filter.id { query.append(HTTPQueryItem("id", id.description)) }
        if let user = filter.user { query.append(HTTPQueryItem("user", user)) }
        if let client = filter.client {
            query.append(HTTPQueryItem("client", client.description))
        }
        if let peer = filter.peer { query.append(HTTPQueryItem("peer", peer.description)) }
        if let age = filter.olderThan { query.append(HTTPQueryItem("older-than", String(age))) }
        if let age = filter.youngerThan {
            query.append(HTTPQueryItem("younger-than", String(age)))
        }
        if let order = filter.order { query.append(HTTPQueryItem("sort", order.rawValue)) }
        if filter.limit != AllocationFilter.limitDefault {
            query.append(HTTPQueryItem("limit", String(filter.limit)))
        }
        return query
    }
}
