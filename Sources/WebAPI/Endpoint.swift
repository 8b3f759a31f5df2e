import HTTP

/// The paths that are answered here, one case for each.
enum Endpoint: CaseIterable, Sendable {
    case health, ready, description
    case turn, turnCredentials
    case cloudflareList, cloudflareSingle
    case twilio, xirsys, matrix, iceServers

    /// The path; a segment in braces stands for any text of 1 to 128 bytes.
    var template: [String] {
        switch self {
        case .health: ["healthz"]
        case .ready: ["readyz"]
        case .description: ["apiv2", "openapi.json"]
        case .turn: ["turn"]
        case .turnCredentials: ["turn", "credentials"]
        case .cloudflareList:
            ["v1", "turn", "keys", "{id}", "credentials", "generate-ice-servers"]
        case .cloudflareSingle: ["v1", "turn", "keys", "{id}", "credentials", "generate"]
        case .twilio: ["2010-04-01", "Accounts", "{sid}", "Tokens.json"]
        case .xirsys: ["_turn", "{channel}"]
        case .matrix: ["_matrix", "client", "v3", "voip", "turnServer"]
        case .iceServers: ["apiv2", "ice-servers"]
        }
    }

    /// HEAD goes with GET (RFC 9110 §9.3.2) and is not listed.
    var methods: [HTTPMethod] {
        switch self {
        case .turn, .turnCredentials: [.get, .post]
        case .cloudflareList, .cloudflareSingle, .twilio: [.post]
        case .xirsys: [.put]
        default: [.get]
        }
    }

    /// All that a client may send, for Allow (RFC 9110 §10.2.1).
    var allowed: [HTTPMethod] {
        (methods.contains(.get) ? [.get, .head] : []) + methods.filter { $0 != .get } + [.options]
    }

    /// Whether a credential is the answer, which needs a key.
    var issues: Bool {
        switch self {
        case .health, .ready, .description: false
        default: true
        }
    }

    /// The endpoint of a path, and what stands in the place of its braces.
    static func find(_ segments: [String]) -> (endpoint: Endpoint, parameter: String)? {
        for endpoint in allCases where endpoint.template.count == segments.count {
            var parameter = ""
            let fits = zip(endpoint.template, segments).allSatisfy { part, segment in
                guard part.hasPrefix("{") else { return part == segment }
                parameter = segment
                return (1...128).contains(segment.utf8.count)
            }
            if fits { return (endpoint, parameter) }
        }
        return nil
    }
}
