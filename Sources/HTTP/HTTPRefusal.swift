/// Why bytes were not taken as a message; the raw value is the metric label.
///
/// After any of these the position in the stream is unknown or unwanted: the connection closes.
package enum HTTPRefusal: String, Error, Hashable, Sendable, CaseIterable {
    case malformedStartLine = "malformed-start-line"
    case controlByte = "control-byte"
    case bareLineFeed = "bare-line-feed"
    case bareCarriageReturn = "bare-carriage-return"
    case foldedField = "folded-field"
    case malformedField = "malformed-field"
    case malformedTarget = "malformed-target"
    case missingHost = "missing-host"
    case duplicateHost = "duplicate-host"
    case malformedHost = "malformed-host"
    case malformedChunk = "malformed-chunk"
    case invalidContentLength = "invalid-content-length"
    case duplicateContentLength = "duplicate-content-length"
    case ambiguousBodyLength = "ambiguous-body-length"
    case truncated = "truncated"
    case requestTimeout = "request-timeout"
    case lengthRequired = "length-required"
    case bodyTooLarge = "body-too-large"
    case chunkOverheadTooLarge = "chunk-overhead-too-large"
    case startLineTooLong = "start-line-too-long"
    case unknownExpectation = "unknown-expectation"
    case fieldsTooLarge = "fields-too-large"
    case unknownMethod = "unknown-method"
    case transferCoding = "transfer-coding"
    case overloaded = "overloaded"
    case unsupportedVersion = "unsupported-version"

    /// What a client is told.
    package var status: HTTPStatus {
        switch self {
        case .malformedStartLine, .controlByte, .bareLineFeed, .bareCarriageReturn, .foldedField,
            .malformedField, .malformedTarget, .missingHost, .duplicateHost, .malformedHost,
            .malformedChunk, .invalidContentLength, .duplicateContentLength,
            .ambiguousBodyLength, .truncated:
            .badRequest
        case .requestTimeout: .requestTimeout
        case .lengthRequired: .lengthRequired
        case .bodyTooLarge, .chunkOverheadTooLarge: .contentTooLarge
        case .startLineTooLong: .uriTooLong
        case .unknownExpectation: .expectationFailed
        case .fieldsTooLarge: .fieldsTooLarge
        case .unknownMethod, .transferCoding: .notImplemented
        case .overloaded: .unavailable
        case .unsupportedVersion: .versionNotSupported
        }
    }
}
