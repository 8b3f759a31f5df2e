import HTTP
import JSON
import Signaling

/// Why a request is not done.
enum WebRefusal: Error, Hashable, Sendable {
    /// Nothing is here, or nothing is configured.
    case notFound
    case methodNotAllowed([HTTPMethod])
    /// The key is missing or wrong; which of the two is not said.
    case forbidden
    /// Nobody is named; with a reason when a token was shown that is not accepted.
    case unauthorized(TokenRefusal?)
    /// In words for a developer; names no secret.
    case badRequest(String)
    case tooManyRequests(retrySeconds: Int)
    /// The content is no JSON.
    case unsupportedContent
    case contentTooLarge(_ bytesMax: Int = RequestBody.bytesMax)
    /// There was something here once; where to go instead.
    case gone(String)
    /// An `Idempotency-Key` came again with another request.
    case keyReused
    /// What signaling says.
    case refused(ErrorReply)

    var status: HTTPStatus {
        switch self {
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .forbidden: .forbidden
        case .unauthorized: .unauthorized
        case .badRequest: .badRequest
        case .tooManyRequests: .tooManyRequests
        case .unsupportedContent: .unsupportedMediaType
        case .contentTooLarge: .contentTooLarge
        case .gone: .gone
        case .keyReused: .unprocessableContent
        case .refused(let reply): HTTPStatus(rawValue: UInt16(clamping: reply.code.status))
        }
    }

    /// What programs tell refusals apart by.
    var code: String {
        switch self {
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .forbidden: ErrorCode.forbidden.rawValue
        case .unauthorized(let reason): (reason?.code ?? .unauthorized).rawValue
        case .badRequest: ErrorCode.badRequest.rawValue
        case .tooManyRequests: ErrorCode.rateLimited.rawValue
        case .unsupportedContent: "unsupported_media_type"
        case .contentTooLarge: ErrorCode.tooLarge.rawValue
        case .gone: "gone"
        case .keyReused: "idempotency_key_reused"
        case .refused(let reply): reply.code.rawValue
        }
    }

    var message: String {
        switch self {
        case .notFound: "There is nothing here."
        case .methodNotAllowed: "This path has other methods; the Allow field names them."
        case .forbidden: "The key is missing or not known."
        case .unauthorized(nil): "A token or an API key is needed, as Authorization: Bearer."
        case .unauthorized(let reason?): "The token is not accepted: \(reason.rawValue)."
        case .badRequest(let reason), .gone(let reason): reason
        case .tooManyRequests(let seconds): "Too many requests; try again in \(seconds) s."
        case .unsupportedContent: "The content is application/json."
        case .contentTooLarge(let bytes): "The content holds at most \(bytes) bytes."
        case .keyReused: "The Idempotency-Key was used for another request."
        case .refused(let reply): reply.message
        }
    }

    /// The codes of the Matrix client-server API, "Standard error response".
    var matrixCode: String {
        switch status {
        case .notFound, .methodNotAllowed: "M_UNRECOGNIZED"
        case .forbidden: "M_FORBIDDEN"
        case .tooManyRequests: "M_LIMIT_EXCEEDED"
        default: "M_INVALID_PARAM"
        }
    }

    /// Fields beyond those of every answer.
    var fields: [HTTPField] {
        switch self {
        case .methodNotAllowed(let methods):
            [HTTPField("allow", methods.map(\.rawValue).joined(separator: ", "))]
        // RFC 6750 §3: an error is named only when there was a token.
        case .unauthorized(let reason):
            [
                HTTPField(
                    "www-authenticate",
                    "Bearer realm=\"turnstone\""
                        + (reason == nil ? "" : ", error=\"invalid_token\"")
                )
            ]
        case .tooManyRequests(let seconds): [HTTPField("retry-after", String(seconds))]
        case .refused(let reply) where status == .tooManyRequests || status == .unavailable:
            [HTTPField("retry-after", String(Self.retrySeconds(reply)))]
        default: []
        }
    }

    /// Whole seconds, up; 10 where signaling does not know either.
    private static func retrySeconds(_ reply: ErrorReply) -> Int64 {
        guard let milliseconds = reply.retryMilliseconds else { return 10 }
        return max(1, (milliseconds + 999) / 1000)
    }

    /// The body in the form that clients of `endpoint` read.
    func body(for endpoint: Endpoint) -> JSONValue {
        switch (endpoint, self) {
        case (.matrix, _): ["errcode": .string(matrixCode), "error": .string(message)]
        case (.xirsys, _): ["v": .string(code), "s": "error"]
        case (_, .refused(let reply)): ["error": .object(reply.object)]
        default: ["error": ["code": .string(code), "message": .string(message)]]
        }
    }
}
