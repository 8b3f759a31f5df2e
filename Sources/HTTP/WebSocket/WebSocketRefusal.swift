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
            // RFC 9110 §15.5.6: with what is allowed.
            HTTPResponse(.methodNotAllowed, fields: [HTTPField("allow", "GET")])
        case .missingUpgrade, .unsupportedVersion:
            // RFC 9110 §15.5.22: with the protocol to upgrade to; RFC 6455 §4.4: and its version.
            HTTPResponse(
                .upgradeRequired,
                fields: [HTTPField("upgrade", "websocket"), Self.version])
        default: HTTPResponse(.badRequest)
        }
    }

    private static let version = HTTPField("sec-websocket-version", "13")
}
