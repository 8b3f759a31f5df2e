import JSON
import Signaling

/// The shapes of answers (JSON Schema 2020-12, as OpenAPI 3.1 has it).
enum WebSchema {
    static let components: JSONValue = [
        "Status": object(["status": ["type": "string", "enum": ["ok", "ready", "draining"]]]),
        "Document": object(["openapi": text, "info": plain, "paths": plain]),
        "Error": object(["error": error]),
        "MatrixError": object(["errcode": text, "error": text]),
        "XirsysError": object(["v": text, "s": ["type": "string", "enum": ["error"]]]),
        "Server": server,
        "Shared": object([
            "username": text, "password": text, "ttl": number, "uris": texts,
        ]),
        "List": object(["iceServers": list("Server")]),
        "Single": object(["iceServers": reference("Server")]),
        "IceServers": object([
            "iceServers": list("Server"), "ttl": number, "expires_at": number,
        ]),
        "Twilio": object([
            "account_sid": text, "date_created": text, "date_updated": text,
            "ice_servers": list("Server"), "username": text, "password": text, "ttl": text,
        ]),
        "Xirsys": object([
            "v": object(["iceServers": ["oneOf": [reference("Server"), list("Server")]]]),
            "s": ["type": "string", "enum": ["ok"]],
        ]),
        "Configuration": plain,
        "Token": object(["token": text, "expires_at": number, "user_id": text]),
        "Report": object(["report_id": number]),
        "Relay": object([
            "addresses": texts, "ports": object(["first": number, "last": number]),
            "certificate_names": texts, "server_time_ms": number,
        ]),
        "Participant": participant,
        "Call": call,
        "OpenedCall": openedCall,
        "JoinedCall": joinedCall,
        "EndedCall": object(
            ["call_id": text, "status": ["type": "string", "enum": ["ended"]]],
            optional: ["reason": endReason]),
        "CallList": object(["items": list("Call"), "next_cursor": textOrNull]),
    ]

    /// RTCIceServer of WebRTC: STUN servers have no credential.
    private static let server = object(
        ["urls": ["oneOf": [text, texts]]],
        optional: ["url": text, "username": text, "credential": text])

    private static let error = object(
        ["code": words(errorCodes), "message": text],
        optional: ["retry_ms": number, "details": plain])

    /// Those of this room, and those of signaling.
    private static let errorCodes =
        [
            "not_found", "method_not_allowed", "unsupported_media_type", "gone",
            "idempotency_key_reused",
        ] + ErrorCode.allCases.map(\.rawValue)

    /// Texts without control characters.
    static let plainPattern: JSONValue = #"^[^\x00-\x1f\x7f]+$"#

    static let text: JSONValue = ["type": "string"]
    static let textOrNull: JSONValue = ["type": ["string", "null"]]
    static let number: JSONValue = ["type": "integer"]
    static let flag: JSONValue = ["type": "boolean"]
    private static let plain: JSONValue = ["type": "object"]
    private static let texts: JSONValue = ["type": "array", "items": text]

    static func words(_ words: [String]) -> JSONValue {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }

    private static func reference(_ name: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    static func list(_ name: String) -> JSONValue {
        ["type": "array", "items": reference(name)]
    }

    /// All of `properties` are always there.
    static func object(_ properties: JSONObject, optional: JSONObject = [:]) -> JSONValue {
        var all = properties
        for field in optional.fields { all[field.name] = field.value }
        return [
            "type": "object",
            "required": .array(properties.fields.map { .string($0.name) }),
            "properties": .object(all),
        ]
    }
}
