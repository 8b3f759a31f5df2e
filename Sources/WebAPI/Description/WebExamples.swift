import JSON

/// What answers look like, for readers of the OpenAPI document.
enum WebExamples {
    /// By the name of a schema; nil where the shape says enough.
    static func value(_ schema: String) -> JSONValue? {
        switch schema {
        case "Error": ["error": ["code": "call_full", "message": "two people are in the call"]]
        case "IceServers":
            ["iceServers": servers, "ttl": 43_200, "expires_at": 1_700_043_200_000]
        case "List": ["iceServers": servers]
        case "Call": .object(call)
        case "OpenedCall": .object(opened)
        case "JoinedCall": .object(joined)
        case "EndedCall": ["call_id": "vN0c2Lk1sWqRxZ9B", "status": "ended", "reason": "hangup"]
        case "CallList": ["items": [.object(call)], "next_cursor": nil]
        case "Report": ["report_id": 3]
        case "Relay":
            [
                "addresses": ["203.0.113.5"], "ports": ["first": 49_152, "last": 65_535],
                "certificate_names": ["turn.example.org"], "server_time_ms": 1_700_000_000_000,
            ]
        case "Token":
            [
                "token": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "expires_at": 1_700_003_600_000,
                "user_id": "alice",
            ]
        default: nil
        }
    }

    private static let servers: JSONValue = [
        ["urls": ["stun:turn.example.org:3478"]],
        [
            "urls": [
                "turn:turn.example.org:3478?transport=udp",
                "turns:turn.example.org:443?transport=tcp",
            ], "username": "1700043200:p5jK0vUyQ2c", "credential": "q1mPZ0x2QmYH0pJ5n3yXxw2Vd8E=",
        ],
    ]

    private static let call: JSONObject = [
        "call_id": "vN0c2Lk1sWqRxZ9B", "status": "waiting", "state": "waiting", "version": 2,
        "gen": 0, "you": "h3Jk9aQwLm2ZxY7c", "polite": false,
        "participants": [
            "count": 1,
            "list": [
                [
                    "peer_id": "h3Jk9aQwLm2ZxY7c", "user_id": "alice", "online": false,
                    "role": "host", "media": ["audio": true, "video": false],
                    "reconnect_count": 0,
                ]
            ],
        ], "created_at": 1_700_000_000_000, "expires_at": 1_700_010_800_000,
    ]

    private static var opened: JSONObject {
        var opened = call
        opened["peer_id"] = "h3Jk9aQwLm2ZxY7c"
        opened["peer_token"] = "eyJjIjoidk4wYzJMazFzV3FSeFo5QiJ9.bWFj"
        opened["join_url"] = "https://turn.example.org/call/vN0c2Lk1sWqRxZ9B"
        opened["ws_url"] = "wss://turn.example.org/ws"
        opened["iceServers"] = servers
        return opened
    }

    private static var joined: JSONObject {
        var joined = call
        joined["peer_id"] = "h3Jk9aQwLm2ZxY7c"
        joined["peer_token"] = "eyJjIjoidk4wYzJMazFzV3FSeFo5QiJ9.bWFj"
        joined["role"] = "host"
        joined["is_reconnect"] = false
        joined["peer_online"] = false
        joined["iceServers"] = servers
        return joined
    }
}
