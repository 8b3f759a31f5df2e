import HTTP
import JSON
import Signaling

// What the OpenAPI document says of requests.
extension Endpoint {
    /// Parameters of the query and, of one method, of the head.
    func parameters(_ method: HTTPMethod) -> [JSONValue] {
        switch (self, method) {
        case (.turn, _), (.turnCredentials, _):
            [
                Self.query("service", ["type": "string", "enum": ["turn"]]),
                Self.query("username", Self.user), Self.query("ttl", Self.seconds),
            ]
        case (.iceServers, _):
            [Self.query("user", Self.user), Self.query("ttl", Self.seconds)]
        case (.calls, .post): Self.creationParameters
        case (.calls, _): Self.listParameters
        default: []
        }
    }

    /// Nil where no body is read.
    func requestBody(_ method: HTTPMethod) -> JSONValue? {
        switch (self, method) {
        case (.turn, .post), (.turnCredentials, .post):
            Self.form([
                "service": ["type": "string", "enum": ["turn"]], "username": Self.user,
                "ttl": Self.seconds, "key": ["type": "string"], "api": ["type": "string"],
            ])
        case (.twilio, _): Self.form(["Ttl": Self.seconds])
        case (.cloudflareList, _), (.cloudflareSingle, _):
            Self.body([
                "ttl": ["type": ["integer", "null"]],
                "customIdentifier": ["type": ["string", "null"]],
            ])
        case (.xirsys, _):
            Self.body(["format": ["type": "string"], "expire": ["type": ["integer", "null"]]])
        case (.calls, .post): Self.body(Self.creation, example: Self.creationExample)
        case (.callJoin, _):
            Self.body(["peer_token": Self.text(WireLimits.tokenBytesMax)], example: [:])
        case (.tokens, _):
            Self.body(Self.order, required: ["user"], example: Self.orderExample)
        case (.reports, _): Self.reportBody
        default: nil
        }
    }

    private static let creationParameters: [JSONValue] = [
        query(
            "reuse_last",
            [
                "type": "string", "enum": ["true", "false"],
                "description": "Give the caller's newest waiting call instead, with 200.",
            ]),
        [
            "name": "Idempotency-Key", "in": "header",
            "description": "The same key with the same request gives the same call, with 200.",
            "schema": ["type": "string", "minLength": 1, "maxLength": 255],
        ],
    ]

    private static let listParameters: [JSONValue] = [
        [
            "name": "status", "in": "query", "style": "form", "explode": false,
            "schema": [
                "type": "array", "minItems": 1,
                "items": ["type": "string", "enum": WebSchema.statuses],
            ],
        ],
        query("limit", ["type": "integer", "minimum": 1, "maximum": 200, "default": 50]),
        query("cursor", ["type": "string", "description": "next_cursor of the page before."]),
    ]

    private static let creation: JSONObject = [
        "to": text(WireLimits.userIDBytesMax), "chat_id": text(WireLimits.userIDBytesMax),
        "media": [
            "type": ["object", "null"],
            "properties": [
                "audio": ["type": ["boolean", "null"]], "video": ["type": ["boolean", "null"]],
            ],
        ],
        "ttl_s": [
            "type": ["integer", "null"], "minimum": 1, "maximum": 31_536_000,
            "description": "How long the call waits for its second side, bent to what is allowed.",
        ],
        "metadata": ["type": ["object", "null"], "description": "At most 4096 bytes of JSON."],
    ]

    private static let creationExample: JSONValue = [
        "media": ["audio": true, "video": true], "ttl_s": 3600, "metadata": ["topic": "support"],
    ]

    private static let order: JSONObject = [
        "user": [
            "type": "string", "minLength": 1, "maxLength": 256, "pattern": WebSchema.plainPattern,
        ],
        "name": text(WireLimits.nameBytesMax), "device": text(WireLimits.deviceIDBytesMax),
        "ttl": [
            "type": ["integer", "null"], "default": 3600,
            "description": "Lifetime in seconds, bent into 60 to 86400.",
        ],
        "scope": ["oneOf": [["type": ["string", "null"]], scopes]],
        "calls": users, "to": reach, "watch": reach,
        "chats": [
            "type": ["object", "null"], "additionalProperties": ["type": "string"],
            "description": "The other side of each chat of two.",
        ],
    ]

    private static let orderExample: JSONValue = [
        "user": "alice", "name": "Alice", "ttl": 3600, "scope": "call host", "to": ["bob"],
    ]

    private static let scopes: JSONValue = [
        "type": "array", "items": ["type": "string", "enum": ["call", "host"]],
    ]

    /// Whom the bearer may reach: everybody, or the named.
    private static let reach: JSONValue = [
        "oneOf": [["type": "string", "enum": ["*"]], users]
    ]

    private static let user: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -9;-~]+$",
        "description": "Who the credential is for: printable ASCII without the separator.",
    ]

    private static let seconds: JSONValue = [
        "type": "integer", "description": "Lifetime in seconds, bent into 60 to 86400.",
    ]

    private static let users: JSONValue = [
        "type": ["array", "null"], "maxItems": 1024,
        "items": ["type": "string", "minLength": 1],
    ]

    private static func text(_ bytesMax: Int) -> JSONValue {
        [
            "type": ["string", "null"], "minLength": 1, "maxLength": .integer(Int64(bytesMax)),
            "pattern": WebSchema.plainPattern,
            "description": .string("At most \(bytesMax) bytes, without control characters."),
        ]
    }

    private static func query(_ name: String, _ schema: JSONValue) -> JSONValue {
        ["name": .string(name), "in": "query", "schema": schema]
    }

    private static func form(_ properties: JSONObject) -> JSONValue {
        content("application/x-www-form-urlencoded", properties)
    }

    static func body(
        _ properties: JSONObject, required: [JSONValue] = [], example: JSONValue? = nil
    ) -> JSONValue {
        content("application/json", properties, required: required, example: example)
    }

    private static func content(
        _ type: String, _ properties: JSONObject, required: [JSONValue] = [],
        example: JSONValue? = nil
    ) -> JSONValue {
        var schema: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required) }
        var media: JSONObject = ["schema": .object(schema)]
        media["example"] = example
        var content = JSONObject()
        content[type] = .object(media)
        return ["required": .bool(!required.isEmpty), "content": .object(content)]
    }
}
