/// A status code (RFC 9110 §15) of those this program sends or expects.
package struct HTTPStatus: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    private init(_ rawValue: UInt16) { self.rawValue = rawValue }

    package static let `continue` = Self(100)
    package static let switchingProtocols = Self(101)
    package static let ok = Self(200)
    package static let created = Self(201)
    package static let noContent = Self(204)
    package static let notModified = Self(304)
    package static let badRequest = Self(400)
    package static let unauthorized = Self(401)
    package static let forbidden = Self(403)
    package static let notFound = Self(404)
    package static let methodNotAllowed = Self(405)
    package static let requestTimeout = Self(408)
    package static let conflict = Self(409)
    package static let gone = Self(410)
    package static let lengthRequired = Self(411)
    package static let preconditionFailed = Self(412)
    package static let contentTooLarge = Self(413)
    package static let uriTooLong = Self(414)
    package static let unsupportedMediaType = Self(415)
    package static let expectationFailed = Self(417)
    package static let unprocessableContent = Self(422)
    package static let upgradeRequired = Self(426)
    package static let tooManyRequests = Self(429)
    package static let fieldsTooLarge = Self(431)
    package static let internalError = Self(500)
    package static let notImplemented = Self(501)
    package static let unavailable = Self(503)
    package static let versionNotSupported = Self(505)

    /// Whether a response with this code never has content (RFC 9110 §6.4.1).
    package var hasNoContent: Bool {
        isInterim || self == .noContent || self == .notModified
    }

    /// Whether another response follows (1xx).
    var isInterim: Bool { rawValue < 200 }

    /// The reason phrase; empty for a code not named above, which RFC 9112 §4 allows.
    package var reason: String {
        Self.reasons[rawValue] ?? ""
    }

    private static let reasons: [UInt16: String] = [
        100: "Continue", 101: "Switching Protocols", 200: "OK", 201: "Created",
        204: "No Content", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
        403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
        409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed",
        413: "Content Too Large", 414: "URI Too Long", 415: "Unsupported Media Type",
        417: "Expectation Failed", 422: "Unprocessable Content", 426: "Upgrade Required",
        429: "Too Many Requests", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
        505: "HTTP Version Not Supported",
    ]
}
