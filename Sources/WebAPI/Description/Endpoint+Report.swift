import JSON

// What the OpenAPI document says of a connection test.
extension Endpoint {
    static var reportBody: JSONValue {
        body(
            [
                "browser": words(ConnectionReport.wordsBytesMax),
                "clock_offset_ms": number(ConnectionReport.offsets),
                "findings": list(ConnectionReport.findingsMax, finding, ["level", "code"]),
                "results": list(ConnectionReport.resultsMax, result, ["url"]),
                "outside": list(ConnectionReport.resultsMax, outside, ["url"]),
            ], example: example)
    }

    private static let finding: JSONObject = [
        "level": WebSchema.words(ConnectionReport.Level.allCases.map(\.rawValue)),
        "code": [
            "type": "string", "minLength": 1,
            "maxLength": .integer(Int64(ConnectionReport.codeBytesMax)),
            "pattern": "^[A-Za-z0-9._~:@-]+$",
        ],
        "says": words(ConnectionReport.wordsBytesMax),
        "remedy": words(ConnectionReport.wordsBytesMax),
    ]

    private static let result: JSONObject = [
        "url": url, "works": flag, "took_ms": number(ConnectionReport.milliseconds),
        "candidates": list(
            ConnectionReport.entriesMax,
            [
                "type": words(ConnectionReport.codeBytesMax),
                "address": words(ConnectionReport.addressBytesMax), "port": number(0...65_535),
                "protocol": words(ConnectionReport.codeBytesMax),
                "at_ms": number(ConnectionReport.milliseconds),
            ]),
        "errors": list(
            ConnectionReport.entriesMax,
            [
                "code": number(0...9_999), "text": words(ConnectionReport.wordsBytesMax),
                "at_ms": number(ConnectionReport.milliseconds),
            ]),
        "relayed": [
            "type": ["object", "null"],
            "properties": [
                "connected": flag, "connect_ms": number(ConnectionReport.counts),
                "rtt_us": number(ConnectionReport.counts), "kbps": number(ConnectionReport.counts),
                "sent": number(ConnectionReport.counts),
                "received": number(ConnectionReport.counts),
            ],
        ],
    ]

    private static let outside: JSONObject = [
        "url": url, "announced": words(ConnectionReport.addressBytesMax), "connected": flag,
        "elsewhere": flag, "answers": flag,
    ]

    private static let example: JSONValue = [
        "browser": "Mozilla/5.0", "clock_offset_ms": 40,
        "findings": [
            [
                "level": "problem", "code": "udp_blocked",
                "says": "UDP to turn.example.org:3478 does not come through.",
                "remedy": "Open UDP 3478 in the firewall.",
            ]
        ],
        "results": [
            [
                "url": "turn:turn.example.org:3478?transport=udp", "works": false,
                "took_ms": 9_500,
                "errors": [["code": 701, "text": "TURN request timed out.", "at_ms": 9_480]],
            ]
        ],
    ]

    private static let url: JSONValue = [
        "type": "string", "maxLength": .integer(Int64(ConnectionReport.addressBytesMax)),
        "pattern": #"^(stun|turn)s?:[^@\x00-\x1f\x7f]*$"#,
    ]

    private static let flag: JSONValue = ["type": ["boolean", "null"]]

    private static func words(_ bytesMax: Int) -> JSONValue {
        [
            "type": ["string", "null"], "minLength": 1, "maxLength": .integer(Int64(bytesMax)),
            "pattern": WebSchema.plainPattern,
        ]
    }

    private static func number(_ range: ClosedRange<Int64>) -> JSONValue {
        [
            "type": ["integer", "null"], "minimum": .integer(range.lowerBound),
            "maximum": .integer(range.upperBound),
        ]
    }

    private static func list(
        _ countMax: Int, _ properties: JSONObject, _ required: [JSONValue] = []
    ) -> JSONValue {
        var items: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { items["required"] = .array(required) }
        return [
            "type": ["array", "null"], "maxItems": .integer(Int64(countMax)),
            "items": .object(items),
        ]
    }
}
