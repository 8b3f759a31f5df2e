/// Why a request did not become a WebSocket; the raw value is the metric label.
package enum WebSocketRefusal: String, Error, Hashable, Sendable, CaseIterable {
    case notGet = "not-get"
    case oldVersion = "old-version"
    case body = "body"
    case missingHost = "missing-host"
    case missingUpgrade = "missing-upgrade"
    case missingConnection = "missing-connection"
    case unsupportedVersion = "unsupported-version"
    case malformedKey = "malformed-key"
    case malformedSubprotocol = "malformed-subprotocol"

    /// What a client is told.
    package var response: HTTPResponse {
        switch self {
        case .notGet:
            HTTPResponse(HTTPStatus(rawValue: 405), fields: [HTTPField("allow", "GET")])
        case .unsupportedVersion:
            // RFC 6455 §4.4: with the version that would be taken. RFC 9110 §15.5.22: 426 names
            // the protocol to upgrade to, and §7.8 lists the field in Connection.
            HTTPResponse(
                HTTPStatus(rawValue: 426),
                fields: [
                    HTTPField("sec-websocket-version", "13"), HTTPField("upgrade", "websocket"),
                    HTTPField("connection", "Upgrade"),
                ])
        default: HTTPResponse(.badRequest)
        }
    }
}
