import JSON

// What the OpenAPI document says of each endpoint.
extension Endpoint {
    var summary: String {
        switch self {
        case .health: "Whether the process runs"
        case .ready: "Whether new work is welcome"
        case .description: "This document"
        case .turn, .turnCredentials: "A credential as draft-uberti-behave-turn-rest has it"
        case .cloudflareList: "A credential as Cloudflare's API has it"
        case .cloudflareSingle: "The same in the older form, one entry"
        case .twilio: "A credential as Twilio's Network Traversal Service has it"
        case .xirsys: "A credential as Xirsys has it"
        case .matrix: "A credential as the Matrix client-server API has it"
        case .iceServers: "A credential ready for RTCPeerConnection"
        }
    }

    var securitySchemes: [String] {
        switch self {
        case .turn, .turnCredentials: ["key", "api", "bearer"]
        case .twilio, .xirsys: ["basic"]
        default: ["bearer"]
        }
    }

    var queryParameters: [(String, JSONValue)] {
        switch self {
        case .turn, .turnCredentials:
            [
                ("service", ["type": "string", "enum": ["turn"]]), ("username", Self.user),
                ("ttl", Self.seconds),
            ]
        case .iceServers: [("user", Self.user), ("ttl", Self.seconds)]
        default: []
        }
    }

    /// Nil where no body is read.
    var requestBody: JSONValue? {
        switch self {
        case .turn, .turnCredentials:
            Self.form([
                "service": ["type": "string", "enum": ["turn"]], "username": Self.user,
                "ttl": Self.seconds, "key": ["type": "string"], "api": ["type": "string"],
            ])
        case .twilio: Self.form(["Ttl": Self.seconds])
        case .cloudflareList, .cloudflareSingle:
            Self.body(
                "application/json",
                [
                    "ttl": ["type": ["integer", "null"]],
                    "customIdentifier": ["type": ["string", "null"]],
                ])
        case .xirsys:
            Self.body(
                "application/json",
                ["format": ["type": "string"], "expire": ["type": ["integer", "null"]]])
        default: nil
        }
    }

    /// The name of a schema in `WebSchema.components`.
    var answerSchema: String {
        switch self {
        case .health, .ready: "Status"
        case .description: "Document"
        case .turn, .turnCredentials, .matrix: "Shared"
        case .cloudflareList: "List"
        case .cloudflareSingle: "Single"
        case .twilio: "Twilio"
        case .xirsys: "Xirsys"
        case .iceServers: "IceServers"
        }
    }

    var refusalSchema: String {
        switch self {
        case .matrix: "MatrixError"
        case .xirsys: "XirsysError"
        default: "Error"
        }
    }

    private static let user: JSONValue = [
        "type": "string", "minLength": 1, "maxLength": 128,
        "description": "Who the credential is for: printable ASCII without the separator.",
    ]

    private static let seconds: JSONValue = [
        "type": "integer", "description": "Lifetime in seconds, bent into 60 to 86400.",
    ]

    private static func form(_ properties: JSONObject) -> JSONValue {
        body("application/x-www-form-urlencoded", properties)
    }

    private static func body(_ type: String, _ properties: JSONObject) -> JSONValue {
        var content = JSONObject()
        content[type] = ["schema": ["type": "object", "properties": .object(properties)]]
        return ["required": false, "content": .object(content)]
    }
}
