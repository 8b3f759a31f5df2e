import FoundationEssentials
package import HTTP

/// Turns an HTTP request into a request to the daemon, or says what is wrong with it.
package enum AdminRouter {
    package static func route(_ request: HTTPRequest) throws(AdminRefusal) -> AdminRequest {
        let resource = try AdminResource(request.target.segments)
        guard resource.methods.contains(request.method) else {
            let allowed = resource.methods.map(\.rawValue).joined(separator: ", ")
            throw AdminRefusal(.methodNotAllowed, "this path takes \(allowed)")
        }
        var query = try QueryParameters(request.target.query)
        let result: AdminRequest
        switch (resource, request.method) {
        case (.status, _): result = .status
        case (.allocations, .delete): result = .kill(try userKill(&query))
        case (.allocations, _): result = .allocations(try filter(&query))
        case (.allocation(let id), .delete):
            result = .kill(KillOrder(.allocation(id), banSeconds: try ban(&query)))
        case (.allocation(let id), _): result = .allocation(id)
        case (.reports, _): result = .reports
        case (.report(let id), _): result = .report(id)
        case (.credentials, _): result = .issueCredential(try credential(request.body))
        case (.calls, _): result = .calls(try calls(&query))
        case (.call(let id), .delete): result = .endCall(id)
        case (.call(let id), _): result = .call(id)
        case (.sessions, .delete): result = .kick(.user(try user(&query, "whose sessions to end")))
        case (.sessions, _): result = .sessions(try sessions(&query))
        case (.session(let id), _): result = .kick(.session(id))
        case (.users, _): result = .users(try users(&query))
        default: result = try control(resource, request, &query)
        }
        try query.finish()
        return result
    }

    private static func control(
        _ resource: AdminResource, _ request: HTTPRequest, _ query: inout QueryParameters
    ) throws(AdminRefusal) -> AdminRequest {
        switch (resource, request.method) {
        case (.refusals, _): return .refusals(try refusals(&query))
        case (.metrics, _): return .metrics
        case (.logLevel, .put): return .setLogLevel(try logLevel(request.body))
        case (.logLevel, _): return .logLevel
        case (.drain, .delete): return .drain(DrainOrder(isOn: false))
        case (.drain, _):
            var body = try BodyParameters(request.body)
            let stops = try body.flag("stop")
            try body.finish()
            return .drain(DrainOrder(stops: stops))
        case (.reload, _): return .reload(isRehearsal: try flag("dry-run", &query))
        case (.configuration, _):
            return .configuration(withDefaults: try flag("defaults", &query))
        case (.explanation, _): return .explainCredential(try question(request.body))
        default:
            var body = try BodyParameters(request.body)
            let name = try username(&body)
            try body.finish()
            return .revokeCredential(name)
        }
    }

    private static func flag(
        _ name: String, _ query: inout QueryParameters
    ) throws(AdminRefusal) -> Bool {
        try query.take(name, as: "true or false") { Bool($0) } ?? false
    }

    private static func username(_ body: inout BodyParameters) throws(AdminRefusal) -> String {
        guard let name = try body.text("username"), !name.isEmpty, name.utf8.count <= 1_024 else {
            throw AdminRefusal(.badParameter, "\"username\" is missing, empty or too long")
        }
        return name
    }

    private static func question(_ bytes: [UInt8]) throws(AdminRefusal) -> CredentialQuestion {
        var body = try BodyParameters(bytes)
        let question = CredentialQuestion(
            username: try username(&body), password: try body.text("password"),
            realm: try body.text("realm"))
        try body.finish()
        return question
    }

    private static func logLevel(_ bytes: [UInt8]) throws(AdminRefusal) -> String {
        var body = try BodyParameters(bytes)
        let level = try body.text("level")
        try body.finish()
        guard let level, LogLevelReply.levels.contains(level) else {
            let levels = LogLevelReply.levels.joined(separator: ", ")
            throw AdminRefusal(.badParameter, "\"level\" must be one of \(levels)")
        }
        return level
    }

    private static func refusals(
        _ query: inout QueryParameters
    ) throws(AdminRefusal) -> RefusalQuery {
        var refusals = RefusalQuery(user: query.take("user"))
        refusals.client = try query.take("client", as: "ADDRESS or ADDRESS:PORT") {
            EndpointPattern($0)
        }
        refusals.code = try query.number("code", in: 300...699).map { UInt16($0) }
        let limits = 1...RefusalQuery.limitMax
        if let limit = try query.number("limit", in: limits) { refusals.limit = limit }
        return refusals
    }

    /// What a request is answered that was not carried out.
    package static func response(
        to refusal: AdminRefusal, of request: HTTPRequest
    ) -> HTTPResponse {
        var response = AdminJSON.response(to: .refused(refusal))
        // RFC 9110 §15.5.6: a 405 names the methods that there are.
        if refusal.code == .methodNotAllowed,
            let resource = try? AdminResource(request.target.segments)
        {
            let allowed = resource.methods.map(\.rawValue).joined(separator: ", ")
            response.fields.append(HTTPField("allow", allowed))
        }
        return response
    }

    private static func filter(
        _ query: inout QueryParameters
    ) throws(AdminRefusal) -> AllocationFilter {
        var filter = AllocationFilter()
        filter.user = query.take("user")
        filter.id = try query.take("id", as: "an id such as 0-17-3") { AllocationName($0) }
        filter.client = try query.take("client", as: "ADDRESS or ADDRESS:PORT") {
            EndpointPattern($0)
        }
        filter.peer = try query.take("peer", as: "ADDRESS or ADDRESS:PORT") { EndpointPattern($0) }
        let ages = 0...Int(UInt32.max)
        filter.olderThan = try query.number("older-than", in: ages).map { UInt64($0) }
        filter.youngerThan = try query.number("younger-than", in: ages).map { UInt64($0) }
        let orders = AllocationFilter.Order.allCases.map(\.rawValue).joined(separator: ", ")
        filter.order = try query.take("sort", as: "one of \(orders)") {
            AllocationFilter.Order(rawValue: $0)
        }
        let limits = 1...AllocationFilter.limitMax
        if let limit = try query.number("limit", in: limits) { filter.limit = limit }
        return filter
    }

    private static func userKill(_ query: inout QueryParameters) throws(AdminRefusal) -> KillOrder {
        let ban = try ban(&query)
        let filter = try filter(&query)
        guard filter.order == nil, filter.limit == AllocationFilter.limitDefault else {
            throw AdminRefusal(.badParameter, "'sort' and 'limit' are for lists")
        }
        guard !filter.isOpen, filter.user != "" else {
            throw AdminRefusal(
                .badParameter, "name whose allocations to end with ?user=NAME, or another filter")
        }
        if filter == AllocationFilter(user: filter.user), let user = filter.user {
            return KillOrder(.user(user), banSeconds: ban)
        }
        guard ban == 0 else {
            throw AdminRefusal(.badParameter, "'ban' goes with an id, or with 'user' alone")
        }
        return KillOrder(.matching(filter))
    }

    private static func user(
        _ query: inout QueryParameters, _ what: String
    ) throws(AdminRefusal) -> String {
        guard let user = query.take("user"), !user.isEmpty else {
            throw AdminRefusal(.badParameter, "name \(what) with ?user=NAME")
        }
        return user
    }

    private static func calls(_ query: inout QueryParameters) throws(AdminRefusal) -> CallQuery {
        var calls = CallQuery(user: query.take("user"))
        let states = CallQuery.states
        calls.state = try query.take("state", as: "one of \(states.joined(separator: ", "))") {
            states.contains($0) ? $0 : nil
        }
        if let limit = try query.number("limit", in: 1...CallQuery.limitMax) { calls.limit = limit }
        return calls
    }

    private static func sessions(
        _ query: inout QueryParameters
    ) throws(AdminRefusal) -> SessionQuery {
        var sessions = SessionQuery(user: query.take("user"))
        let limits = 1...SessionQuery.limitMax
        if let limit = try query.number("limit", in: limits) { sessions.limit = limit }
        return sessions
    }

    private static func users(_ query: inout QueryParameters) throws(AdminRefusal) -> UserQuery {
        var users = UserQuery()
        let orders = UserQuery.Order.allCases.map(\.rawValue).joined(separator: ", ")
        if let order = try query.take(
            "by", as: "one of \(orders)", { UserQuery.Order(rawValue: $0) })
        {
            users.order = order
        }
        if let limit = try query.number("limit", in: 1...UserQuery.limitMax) { users.limit = limit }
        return users
    }

    private static func ban(_ query: inout QueryParameters) throws(AdminRefusal) -> UInt32 {
        UInt32(try query.number("ban", in: 0...Int(KillOrder.banSecondsMax)) ?? 0)
    }

    private static func credential(_ body: [UInt8]) throws(AdminRefusal) -> CredentialOrder {
        guard !body.isEmpty else { return CredentialOrder() }
        let order: CredentialBody
        do {
            order = try JSONDecoder().decode(CredentialBody.self, from: Data(body))
        } catch {
            throw AdminRefusal(
                .badParameter,
                "the body must be a JSON object with at most \"user\" (text) and "
                    + "\"ttlSeconds\" (a number)")
        }
        let ttls = 1...CredentialOrder.ttlSecondsMax
        let ttl = order.ttlSeconds ?? CredentialOrder.ttlSecondsDefault
        guard ttls.contains(ttl) else {
            throw AdminRefusal(
                .badParameter, "ttlSeconds must be \(ttls.lowerBound) to \(ttls.upperBound)")
        }
        if let user = order.user, !CredentialOrder.accepts(user: user) {
            throw AdminRefusal(
                .badParameter,
                "user must be 1 to \(CredentialOrder.userBytesMax) bytes, no control characters")
        }
        return CredentialOrder(user: order.user, ttlSeconds: ttl)
    }
}

/// The body of `POST /v1/credentials`; an unknown member is an error, since a misspelt `ttlSeconds`
/// would otherwise issue a credential for another time than meant.
private struct CredentialBody: Decodable {
    var user: String?
    var ttlSeconds: UInt32?

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys {
            switch key.stringValue {
            case "user": user = try container.decodeIfPresent(String.self, forKey: key)
            case "ttlSeconds": ttlSeconds = try container.decodeIfPresent(UInt32.self, forKey: key)
            default: throw decoder.unreadable(key.stringValue)
            }
        }
    }
}
