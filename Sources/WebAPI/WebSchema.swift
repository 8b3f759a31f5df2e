import JSON

/// The shapes of answers (JSON Schema 2020-12, as OpenAPI 3.1 has it).
enum WebSchema {
    static let components: JSONValue = [
        "Status": object(["status": ["type": "string", "enum": ["ok", "ready", "draining"]]]),
        "Document": object(["openapi": text, "info": plain, "paths": plain]),
        "Error": object(["error": object(["code": text, "message": text])]),
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
    ]

    /// RTCIceServer of WebRTC: STUN servers have no credential.
    private static let server: JSONValue = [
        "type": "object", "required": ["urls"],
        "properties": [
            "urls": ["oneOf": [text, texts]], "url": text, "username": text, "credential": text,
        ],
    ]

    private static let text: JSONValue = ["type": "string"]
    private static let number: JSONValue = ["type": "integer"]
    private static let plain: JSONValue = ["type": "object"]
    private static let texts: JSONValue = ["type": "array", "items": text]

    private static func reference(_ name: String) -> JSONValue {
        ["$ref": .string("#/components/schemas/\(name)")]
    }

    private static func list(_ name: String) -> JSONValue {
        ["type": "array", "items": reference(name)]
    }

    /// Every property is always there.
    private static func object(_ properties: JSONObject) -> JSONValue {
        [
            "type": "object",
            "required": .array(properties.fields.map { .string($0.name) }),
            "properties": .object(properties),
        ]
    }
}
