/// Why a WebSocket was closed, as its Close frame says (RFC 6455 §7.4).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    private init(_ rawValue: UInt16) { self.rawValue = rawValue }

    package static let normal = Self(1000)
    package static let goingAway = Self(1001)
    package static let protocolError = Self(1002)
    package static let unsupportedData = Self(1003)
    /// Text, or the reason of a Close frame, that is not UTF-8.
    package static let invalidPayload = Self(1007)
    package static let policyViolation = Self(1008)
    package static let messageTooBig = Self(1009)
    package static let internalError = Self(1011)
    /// From here on the registry that RFC 6455 §11.7 set up.
    package static let serviceRestart = Self(1012)
    package static let tryAgainLater = Self(1013)

    /// Whether a Close frame may carry it: RFC 6455 §7.4 and its registry. 1004 means nothing, and
    /// 1005, 1006 and 1015 are names for what no frame said.
    package var isAllowedOnTheWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014: true
        // §7.4.2: registered by libraries, and for private use.
        case 3000...4999: true
        default: false
        }
    }
}
