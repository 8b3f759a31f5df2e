import HTTP
import JSON

// What the OpenAPI document says of answers.
extension Endpoint {
    /// The content of an answer.
    enum Content {
        case none
        case text
        /// The name of a schema in `WebSchema.components`.
        case json(String)
    }

    /// Every status that `method` may be answered with here.
    func answers(_ method: HTTPMethod) -> [(status: HTTPStatus, content: Content)] {
        successes(method) + refusals(method).map { ($0, .json(refusalSchema)) }
    }

    private func successes(_ method: HTTPMethod) -> [(HTTPStatus, Content)] {
        switch self {
        case .calls where method == .post:
            [(.created, .json("OpenedCall")), (.ok, .json("OpenedCall"))]
        case .calls: [(.ok, .json("CallList"))]
        case .call where method == .delete: [(.ok, .json("EndedCall"))]
        case .call: [(.ok, .json("Call"))]
        case .callJoin: [(.ok, .json("JoinedCall"))]
        case .callEnd: [(.ok, .json("EndedCall"))]
        case .configuration: [(.ok, .json("Configuration"))]
        case .tokens: [(.created, .json("Token"))]
        case .reports: [(.created, .json("Report"))]
        case .relay: [(.ok, .json("Relay"))]
        case .currentCall: []
        case .cloudflareRevoke: [(.noContent, .none)]
        case .metrics: [(.ok, .text)]
        case .health: [(.ok, .json("Status"))]
        case .ready: [(.ok, .json("Status")), (.unavailable, .json("Status"))]
        case .description: [(.ok, .json("Document"))]
        default: [(IssueAnswer.status(of: self), .json(credentialSchema))]
        }
    }

    private var credentialSchema: String {
        switch self {
        case .cloudflareList: "List"
        case .cloudflareSingle: "Single"
        case .twilio: "Twilio"
        case .xirsys: "Xirsys"
        case .iceServers: "IceServers"
        default: "Shared"
        }
    }

    private func refusals(_ method: HTTPMethod) -> [HTTPStatus] {
        [.methodNotAllowed] + (family == .always ? [] : [.notFound]) + ownRefusals(method)
    }

    private func ownRefusals(_ method: HTTPMethod) -> [HTTPStatus] {
        let content: [HTTPStatus] = [.badRequest, .contentTooLarge, .unsupportedMediaType]
        switch self {
        case .health, .ready, .description, .metrics, .configuration, .relay: return []
        case .currentCall: return [.gone]
        case .calls where method == .post:
            return content + [
                .unauthorized, .forbidden, .unprocessableContent, .tooManyRequests, .unavailable,
            ]
        case .calls: return [.badRequest, .unauthorized]
        case .call where method == .delete: return [.unauthorized, .forbidden]
        case .call: return [.unauthorized, .gone]
        case .callJoin:
            return content + [.unauthorized, .forbidden, .conflict, .gone, .tooManyRequests]
        case .callEnd: return [.unauthorized, .forbidden]
        case .tokens, .reports: return content + [.unauthorized, .forbidden, .tooManyRequests]
        case .cloudflareRevoke: return [.forbidden, .tooManyRequests]
        case .iceServers: return [.badRequest, .unauthorized, .forbidden, .tooManyRequests]
        default: return [.badRequest, .forbidden, .tooManyRequests]
        }
    }

    private var refusalSchema: String {
        switch self {
        case .matrix: "MatrixError"
        case .xirsys: "XirsysError"
        default: "Error"
        }
    }

    /// Fields of the head that an answer with this status always has.
    static func headers(_ status: HTTPStatus) -> [String] {
        switch status {
        case .methodNotAllowed: ["Allow"]
        case .unauthorized: ["WWW-Authenticate"]
        case .tooManyRequests, .unavailable: ["Retry-After"]
        default: []
        }
    }
}
