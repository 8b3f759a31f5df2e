package import JSON

/// What the server says in answer to one frame, or to keep the socket alive: without `seq`, never
/// replayed from the message queue.
package enum ServerReply: Hashable, Sendable {
    case ok(id: Int64, JSONObject)
    case error(id: Int64?, ErrorReply)
    case welcome(JSONObject)
    case ping(milliseconds: Int64)

    /// The frame as JSON text at the end of `output`.
    package func write(into output: inout [UInt8]) {
        let taken = consume output
        output = []
        var writer: FrameWriter
        switch self {
        case .ok(let id, let data):
            writer = FrameWriter("ok", id: id, behind: consume taken)
            writer.fields(of: data)
        case .error(let id, let error):
            writer = FrameWriter("error", id: id, behind: consume taken)
            writer.fields(of: error.object)
        case .welcome(let data):
            writer = FrameWriter("welcome", behind: consume taken)
            writer.fields(of: data)
        case .ping(let milliseconds):
            writer = FrameWriter("ping", behind: consume taken)
            writer.whole("t", milliseconds)
        }
        writer.end()
        output = writer.output
    }
}

/// The data of an `error` frame.
package struct ErrorReply: Hashable, Sendable {
    package var code: ErrorCode
    /// For people; never holds secrets or text of other clients.
    package var message: String
    package var retryMilliseconds: Int64?
    package var details: JSONObject?

    package init(
        _ code: ErrorCode, _ message: String, retryMilliseconds: Int64? = nil,
        details: JSONObject? = nil
    ) {
        self.code = code
        self.message = message
        self.retryMilliseconds = retryMilliseconds
        self.details = details
    }

    package var object: JSONObject {
        var object: JSONObject = ["code": .string(code.rawValue), "message": .string(message)]
        if let retryMilliseconds { object.append("retry_ms", .integer(retryMilliseconds)) }
        if let details { object.append("details", .object(details)) }
        return object
    }
}
