/// What ended a WebSocket against the rules; the raw value is the metric label.
package enum WebSocketFailure: String, Error, Hashable, Sendable, CaseIterable {
    case reservedBits = "reserved-bits"
    case reservedOpcode = "reserved-opcode"
    case unmasked = "unmasked"
    case masked = "masked"
    case lengthEncoding = "length-encoding"
    case fragmentedControl = "fragmented-control"
    case longControl = "long-control"
    case nothingToContinue = "nothing-to-continue"
    case unfinishedMessage = "unfinished-message"
    case malformedClose = "malformed-close"
    case invalidCloseCode = "invalid-close-code"
    case invalidText = "invalid-text"
    case invalidCloseReason = "invalid-close-reason"
    case messageTooBig = "message-too-big"
    case tooManyFrames = "too-many-frames"

    /// What the peer is told (RFC 6455 §7.4.1).
    package var closeCode: WebSocketCloseCode {
        switch self {
        case .reservedBits, .reservedOpcode, .unmasked, .masked, .lengthEncoding,
            .fragmentedControl, .longControl, .nothingToContinue, .unfinishedMessage,
            .malformedClose, .invalidCloseCode:
            .protocolError
        case .invalidText, .invalidCloseReason: .invalidPayload
        case .messageTooBig: .messageTooBig
        case .tooManyFrames: .policyViolation
        }
    }
}
