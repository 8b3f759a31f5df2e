import HTTP
import JSON

/// Why a request is not done.
enum WebRefusal: Error, Hashable, Sendable {
    /// Nothing is here, or nothing is configured.
    case notFound
    case methodNotAllowed([HTTPMethod])
    /// The key is missing or wrong; which of the two is not said.
    case forbidden
    /// In words for a developer; names no secret.
    case badRequest(String)
    case tooManyRequests(retrySeconds: Int)

    var status: HTTPStatus {
        switch self {
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .forbidden: .forbidden
        case .badRequest: .badRequest
        case .tooManyRequests: .tooManyRequests
        }
    }

    /// What programs tell refusals apart by.
    var code: String {
        switch self {
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .forbidden: "forbidden"
        case .badRequest: "bad_request"
        case .tooManyRequests: "rate_limited"
        }
    }

    var message: String {
        switch self {
        case .notFound: "There is nothing here."
        case .methodNotAllowed: "This path has other methods; the Allow field names them."
        case .forbidden: "The key is missing or not known."
        case .badRequest(let reason): reason
        case .tooManyRequests(let seconds): "Too many requests; try again in \(seconds) s."
        }
    }

    /// The codes of the Matrix client-server API, "Standard error response".
    var matrixCode: String {
        switch self {
        case .notFound, .methodNotAllowed: "M_UNRECOGNIZED"
        case .forbidden: "M_FORBIDDEN"
        case .badRequest: "M_INVALID_PARAM"
        case .tooManyRequests: "M_LIMIT_EXCEEDED"
        }
    }

    /// Fields beyond those of every answer.
    var fields: [HTTPField] {
        switch self {
        case .methodNotAllowed(let methods):
            [HTTPField("allow", methods.map(\.rawValue).joined(separator: ", "))]
        case .tooManyRequests(let seconds): [HTTPField("retry-after", String(seconds))]
        default: []
        }
    }

    /// The body in the form that clients of `endpoint` read.
    func body(for endpoint: Endpoint) -> JSONValue {
        switch endpoint {
        case .matrix: ["errcode": .string(matrixCode), "error": .string(message)]
        case .xirsys: ["v": .string(code), "s": "error"]
        default: ["error": ["code": .string(code), "message": .string(message)]]
        }
    }
}
