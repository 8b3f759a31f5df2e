import HTTP

/// The paths that are answered here, one case for each. A path of fixed words stands before one
/// with braces that would take it.
enum Endpoint: CaseIterable, Sendable {
    case health, ready, description, metrics
    case turn, turnCredentials
    case cloudflareList, cloudflareSingle, cloudflareRevoke
    case twilio, xirsys, matrix, iceServers
    case configuration
    case calls, currentCall, call, callJoin, callEnd
    case tokens
    case reports, relay

    /// What has to be configured for a path to be there.
    enum Family: Sendable {
        case always, metrics, credentials, calls, tokens
    }

    var family: Family {
        switch self {
        case .health, .ready, .description: .always
        case .metrics: .metrics
        case .turn, .turnCredentials, .cloudflareList, .cloudflareSingle, .cloudflareRevoke,
            .twilio, .xirsys, .matrix, .iceServers:
            .credentials
        case .configuration, .calls, .currentCall, .call, .callJoin, .callEnd, .reports, .relay:
            .calls
        case .tokens: .tokens
        }
    }

    /// The path; a segment in braces stands for any text. Nothing is found under one that is not
    /// within `lengths`.
    var template: [String] {
        switch self {
        case .health: ["healthz"]
        case .ready: ["readyz"]
        case .metrics: ["metrics"]
        case .description: ["apiv2", "openapi.json"]
        case .turn: ["turn"]
        case .turnCredentials: ["turn", "credentials"]
        case .cloudflareList:
            ["v1", "turn", "keys", "{id}", "credentials", "generate-ice-servers"]
        case .cloudflareSingle: ["v1", "turn", "keys", "{id}", "credentials", "generate"]
        case .cloudflareRevoke:
            ["v1", "turn", "keys", "{id}", "credentials", "{username}", "revoke"]
        case .twilio: ["2010-04-01", "Accounts", "{sid}", "Tokens.json"]
        case .xirsys: ["_turn", "{channel}"]
        case .matrix: ["_matrix", "client", "v3", "voip", "turnServer"]
        case .iceServers: ["apiv2", "ice-servers"]
        case .configuration: ["apiv2", "config"]
        case .calls: ["apiv2", "calls"]
        case .currentCall: ["apiv2", "calls", "current"]
        case .call: ["apiv2", "calls", "{call_id}"]
        case .callJoin: ["apiv2", "calls", "{call_id}", "join"]
        case .callEnd: ["apiv2", "calls", "{call_id}", "end"]
        case .tokens: ["apiv2", "tokens"]
        case .reports: ["apiv2", "reports"]
        case .relay: ["apiv2", "relay"]
        }
    }

    /// Bytes that may stand in the place of a brace: a user name as STUN has it (RFC 8489 §14.3),
    /// or a name.
    static func lengths(of part: String) -> ClosedRange<Int> {
        part == "{username}" ? 1...508 : 1...128
    }

    /// HEAD goes with GET (RFC 9110 §9.3.2) and is not listed.
    var methods: [HTTPMethod] {
        switch self {
        case .turn, .turnCredentials, .calls: [.get, .post]
        case .cloudflareList, .cloudflareSingle, .cloudflareRevoke, .twilio: [.post]
        case .callJoin, .callEnd, .tokens, .reports: [.post]
        case .call: [.get, .delete]
        case .xirsys: [.put]
        default: [.get]
        }
    }

    /// All that a client may send, for Allow (RFC 9110 §10.2.1).
    var allowed: [HTTPMethod] {
        (methods.contains(.get) ? [.get, .head] : []) + methods.filter { $0 != .get } + [.options]
    }

    /// The endpoint of a path, and what stands in the places of its braces.
    static func find(_ segments: [String]) -> (endpoint: Endpoint, parameters: [String])? {
        for endpoint in allCases where endpoint.template.count == segments.count {
            var parameters: [String] = []
            let fits = zip(endpoint.template, segments).allSatisfy { part, segment in
                guard part.hasPrefix("{") else { return part == segment }
                parameters.append(segment)
                return !segment.isEmpty
            }
            if fits { return (endpoint, parameters) }
        }
        return nil
    }

    /// Whether what stands in the places of the braces is as short as the names of things are.
    func takes(_ parameters: [String]) -> Bool {
        zip(template.filter { $0.hasPrefix("{") }, parameters).allSatisfy {
            Self.lengths(of: $0).contains($1.utf8.count)
        }
    }
}
