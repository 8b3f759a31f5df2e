/// Why bytes from a client are no frame. The socket stays open in each case; what it costs the
/// sender is for the session to say.
package enum FrameDefect: Error, Hashable, Sendable {
    case tooLarge(max: Int)
    /// No JSON object with a `type`.
    case malformed(String)
    /// A type that is not ours: other events may share the socket (S3-13).
    case unsupportedType(id: Int64?)
    /// A type of ours with data that breaks its rules; the text names the field.
    case badRequest(id: Int64?, String)
    /// The chat that stands for a call has none that goes on.
    case noCall(id: Int64?)

    /// The request that the answer belongs to.
    package var id: Int64? {
        switch self {
        case .tooLarge, .malformed: nil
        case .unsupportedType(let id), .badRequest(let id, _), .noCall(let id): id
        }
    }

    package var code: ErrorCode {
        switch self {
        case .tooLarge: .tooLarge
        case .malformed, .badRequest: .badRequest
        case .unsupportedType: .unsupportedType
        case .noCall: .callNotFound
        }
    }

    /// Words for the `error` frame. They quote at most names of fields.
    package var message: String {
        switch self {
        case .tooLarge(let max): "a frame holds at most \(max) bytes"
        case .malformed(let reason), .badRequest(_, let reason): reason
        case .unsupportedType: "this type of frame is not known here"
        case .noCall: "this chat has no call"
        }
    }
}
