import HTTP
import JSON
import Signaling

/// What a request about calls asks for, read and within its bounds.
enum CallRequest {
    /// Of a list without `limit`.
    private static let pageDefault = 50
    /// draft-ietf-httpapi-idempotency-key-header leaves the bound to us: UUIDs are 36 characters,
    /// other schemes stay below this.
    private static let keyBytesMax = 255
    /// A year, in seconds; signaling bends it to what the operator allows.
    private static let lifetimes: ClosedRange<Int64> = 1...31_536_000

    static func command(
        _ request: HTTPRequest, to endpoint: Endpoint, _ parameters: [String]
    ) throws(WebRefusal) -> APICommand {
        let call = CallID(parameters.first ?? "")
        switch (endpoint, request.method) {
        case (.calls, .post): return .create(try creation(request))
        case (.calls, _): return try list(request)
        case (.call, .delete), (.callEnd, _): return .end(call)
        case (.call, _): return .show(call)
        case (.callJoin, _):
            let token = try RequestBody.read(request) { fields throws(FieldDefect) in
                try fields.text("peer_token", max: WireLimits.tokenBytesMax)
            }
            return .join(call, token: token)
        default: throw .notFound
        }
    }

    private static func creation(
        _ request: HTTPRequest
    ) throws(WebRefusal) -> APICommand.Creation {
        var creation = try RequestBody.read(request) { fields throws(FieldDefect) in
            APICommand.Creation(
                to: try fields.text("to", max: WireLimits.userIDBytesMax).map { UserID($0) },
                chat: try fields.text("chat_id", max: WireLimits.userIDBytesMax),
                media: try media(fields.reader("media")),
                lifetimeSeconds: try fields.integer("ttl_s", lifetimes),
                metadata: try metadata(fields))
        }
        creation.reusesLast = try flag("reuse_last", of: request)
        creation.key = try idempotencyKey(of: request)
        return creation
    }

    private static func media(_ fields: FieldReader?) throws(FieldDefect) -> Media? {
        guard let fields else { return nil }
        return Media(
            audio: try fields.bool("audio") ?? true, video: try fields.bool("video") ?? false)
    }

    private static func metadata(_ fields: FieldReader) throws(FieldDefect) -> JSONObject? {
        guard let object = try fields.reader("metadata")?.object else { return nil }
        let max = WireLimits.metadataBytesMax
        guard JSONValue.object(object).bytes.count <= max else {
            throw FieldDefect("metadata holds at most \(max) bytes")
        }
        return object
    }

    private static func list(_ request: HTTPRequest) throws(WebRefusal) -> APICommand {
        var statuses: Set<CallState.Status> = []
        for item in request.target.query where item.name == "status" {
            for word in item.value.split(separator: ",", omittingEmptySubsequences: false) {
                guard let status = CallState.Status(rawValue: String(word)) else {
                    let words = CallState.Status.allCases.map(\.rawValue).joined(separator: ", ")
                    throw .badRequest("status is a list of \(words).")
                }
                statuses.insert(status)
            }
        }
        // Calls that have ended are remembered for two minutes, for whoever asks for them (S2-5).
        if statuses.isEmpty { statuses = [.waiting, .active] }
        var limit = pageDefault
        if let text = try single("limit", of: request) {
            guard let number = Int(text) else { throw .badRequest("limit is a whole number.") }
            limit = number
        }
        return .list(
            statuses: statuses, limit: limit, cursor: try single("cursor", of: request))
    }

    /// A parameter of the query; twice the same one is a mistake.
    private static func single(
        _ name: String, of request: HTTPRequest
    ) throws(WebRefusal) -> String? {
        let values = request.target.query.filter { $0.name == name }.map(\.value)
        guard values.count <= 1 else { throw .badRequest("\(name) stands there twice.") }
        return values.first
    }

    private static func flag(_ name: String, of request: HTTPRequest) throws(WebRefusal) -> Bool {
        switch try single(name, of: request) {
        case nil, "false": return false
        case "true": return true
        default: throw .badRequest("\(name) is true or false.")
        }
    }

    private static func idempotencyKey(of request: HTTPRequest) throws(WebRefusal) -> String? {
        let values = request.fields.values("idempotency-key")
        guard let key = values.first else { return nil }
        guard values.count == 1, (1...keyBytesMax).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x20...0x7e).contains($0) })
        else {
            throw .badRequest(
                "Idempotency-Key is one text of 1 to \(keyBytesMax) printable ASCII characters.")
        }
        return key
    }
}
