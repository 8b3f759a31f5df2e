import HTTP
import JSON
import Primitives
import Signaling
import Testing

@testable import WebAPI

@Suite struct WebRouterTests {
    static let shared: JSONValue = [
        "username": "1700043200:nobody", "password": "password", "ttl": 43_200,
        "uris": ["turn:192.0.2.1:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"],
    ]
    static let list: JSONValue = [
        ["urls": ["stun:192.0.2.1:3478"]],
        [
            "urls": [
                "turn:192.0.2.1:3478?transport=udp", "turns:turn.example.org:443?transport=tcp",
            ], "username": "1700043200:nobody", "credential": "password",
        ],
    ]
    static let flat: JSONValue = [
        ["url": "stun:192.0.2.1:3478", "urls": "stun:192.0.2.1:3478"],
        entry("turn:192.0.2.1:3478?transport=udp"),
        entry("turns:turn.example.org:443?transport=tcp"),
    ]
    static let single: JSONValue = [
        "urls": .array(Rig.uris.map { .string($0) }), "username": "1700043200:nobody",
        "credential": "password",
    ]

    static func entry(_ uri: String) -> JSONValue {
        [
            "url": .string(uri), "urls": .string(uri), "username": "1700043200:nobody",
            "credential": "password",
        ]
    }

    @Test(
        "draft-uberti: GET and POST, key and api, both paths",
        arguments: ["/turn", "/turn/credentials"])
    func uberti(_ path: String) throws {
        let rig = Rig()
        let requests: [(HTTPMethod, String, String)] = [
            (.get, "?service=turn&key=\(Rig.key)", ""), (.get, "?api=\(Rig.key)", ""),
            // Janus sends its key under both names.
            (.post, "", "service=turn&api=\(Rig.key)&key=\(Rig.key)"),
            (.post, "?service=turn", "key=\(Rig.key)"), (.head, "?key=\(Rig.key)", ""),
        ]
        for (method, query, body) in requests {
            let response = try rig.answer(method, path + query, body: body)
            #expect(response.status == .ok)
            #expect(response.fields["cache-control"] == "no-store")
            #expect(response.fields["access-control-allow-origin"] == nil)
            #expect(try response.json == Self.shared)
        }
        let user = try rig.answer(.post, path, body: "key=\(Rig.key)&username=al+ice&ttl=3600")
        #expect(try user.json["username"] == "1700003600:al ice")
        #expect(try user.json["ttl"] == 3_600)
    }

    @Test func matrix() throws {
        let rig = Rig()
        let path = "/_matrix/client/v3/voip/turnServer"
        #expect(try rig.answer(.get, path, Rig.bearer).json == Self.shared)
        let refused = try rig.answer(.get, path)
        #expect(refused.status == .forbidden)
        #expect(try refused.json["errcode"] == "M_FORBIDDEN")
    }

    @Test func cloudflare() throws {
        let rig = Rig()
        let list = try rig.answer(
            .post, "/v1/turn/keys/app/credentials/generate-ice-servers", Rig.bearer,
            body: #"{"ttl":86400}"#)
        #expect(list.status == .created)
        #expect(rig.asked.last?.lifetime == Seconds(86_400))
        let plain = try rig.answer(
            .post, "/v1/turn/keys/app/credentials/generate-ice-servers", Rig.bearer)
        #expect(try plain.json == ["iceServers": Self.list])
        let single = try rig.answer(
            .post, "/v1/turn/keys/app/credentials/generate", Rig.bearer,
            body: #"{"customIdentifier":"alice","ttl":null}"#)
        #expect(single.status == .created)
        #expect(try single.json["iceServers"]?["username"] == "1700043200:alice")
        // The key of another id.
        let other = try rig.answer(
            .post, "/v1/turn/keys/other/credentials/generate", Rig.bearer)
        #expect(other.status == .forbidden)
    }

    @Test func twilio() throws {
        let rig = Rig()
        let path = "/2010-04-01/Accounts/app/Tokens.json"
        let response = try rig.answer(.post, path, Rig.basic("app"))
        #expect(response.status == .created)
        #expect(
            try response.json == [
                "account_sid": "app", "date_created": "Tue, 14 Nov 2023 22:13:20 +0000",
                "date_updated": "Tue, 14 Nov 2023 22:13:20 +0000", "ice_servers": Self.flat,
                "username": "1700043200:nobody", "password": "password", "ttl": "43200",
            ])
        #expect(
            try rig.answer(.post, path, Rig.basic("app"), body: "Ttl=120").json["ttl"] == "120")
        #expect(try rig.answer(.post, path, Rig.basic("other")).status == .forbidden)
        #expect(try rig.answer(.post, path, Rig.bearer).status == .forbidden)
    }

    @Test func xirsys() throws {
        let rig = Rig()
        let one = try rig.answer(
            .put, "/_turn/lobby", Rig.basic("app"), body: #"{"format":"urls"}"#)
        #expect(one.status == .ok)
        #expect(try one.json == ["v": ["iceServers": Self.single], "s": "ok"])
        let many = try rig.answer(
            .put, "/_turn/lobby", Rig.basic("app"), body: #"{"expire":"# + "43200}")
        #expect(try many.json == ["v": ["iceServers": Self.flat], "s": "ok"])
        let refused = try rig.answer(.put, "/_turn/lobby", Rig.basic("app", "wrong"))
        #expect(refused.status == .forbidden)
        #expect(try refused.json == ["v": "forbidden", "s": "error"])
    }

    @Test func ours() throws {
        let rig = Rig()
        let response = try rig.answer(.get, "/apiv2/ice-servers", Rig.bearer)
        #expect(
            try response.json == [
                "iceServers": Self.list, "ttl": 43_200, "expires_at": 1_700_043_200_000,
            ])
    }

    @Test("Nothing is there before a key and a secret are configured")
    func unconfigured() throws {
        let rig = Rig(hasKeys: false)
        let secretless = Rig()
        secretless.canIssue = false
        for endpoint in Endpoint.allCases where endpoint.family == .credentials {
            let path = "/" + endpoint.template.joined(separator: "/")
            for method in endpoint.methods + [.delete] {
                #expect(try rig.answer(method, path, Rig.bearer).status == .notFound)
                #expect(try secretless.answer(method, path, Rig.bearer).status == .notFound)
            }
        }
        #expect(rig.asked.isEmpty && secretless.asked.isEmpty)
    }

    @Test("A missing key is refused like a wrong one, before anything else is judged")
    func keys() throws {
        let rig = Rig()
        let wrong = [
            [], [HTTPField("authorization", "Bearer wrong")], Rig.basic("app", "wrong"),
            Rig.bearer + Rig.bearer, [HTTPField("authorization", Rig.key)],
        ]
        for endpoint in Endpoint.allCases where endpoint.family == .credentials {
            let path = "/" + endpoint.template.joined(separator: "/")
            for fields in wrong {
                let response = try rig.answer(endpoint.methods[0], path, fields)
                #expect(response.status == .forbidden)
                #expect(response.fields["cache-control"] == "no-store")
            }
        }
        #expect(try rig.answer(.get, "/turn?service=x&key=wrong").status == .forbidden)
        #expect(rig.asked.isEmpty)
    }

    @Test("Another method is refused with those that there are")
    func methods() throws {
        var settings = WebSettings()
        settings.adminTokens.add("admin", key: Rig.adminToken, signer: PlainSigner())
        let rig = Rig(hasCalls: true, settings: settings)
        for endpoint in Endpoint.allCases {
            let path = "/" + endpoint.template.joined(separator: "/")
            let response = try rig.answer(.patch, path, Rig.bearer)
            #expect(response.status == .methodNotAllowed)
            #expect(response.fields["allow"]?.contains(endpoint.methods[0].rawValue) == true)
        }
        let options = try rig.answer(.options, "/turn")
        #expect(options.status == .noContent)
        #expect(options.fields["allow"] == "GET, HEAD, POST, OPTIONS")
    }

    @Test("A request that says nonsense is refused, and costs nothing of the rate")
    func nonsense() throws {
        let rig = Rig()
        let long = String(repeating: "a", count: 129)
        for query in [
            "service=stun", "username=", "username=\(long)", "username=a:b", "username=\u{e9}",
            "username=a\u{1}", "ttl=soon", "ttl=", "ttl=99999999999999999999",
        ] {
            let response = try rig.answer(.get, "/turn?key=\(Rig.key)&\(query)")
            #expect(response.status == .badRequest, "\(query)")
        }
        for body in ["[]", "{", #"{"ttl":"1"}"#, #"{"ttl":1.5}"#, #"{"customIdentifier":1}"#] {
            let response = try rig.answer(
                .post, "/v1/turn/keys/app/credentials/generate", Rig.bearer, body: body)
            #expect(response.status == .badRequest, "\(body)")
        }
        #expect(
            try rig.answer(.post, "/turn", Rig.bearer, body: "username=%zz").status == .badRequest)
        #expect(rig.asked.isEmpty)
    }

    @Test("Lifetimes are bent into 60 s to 24 h")
    func lifetimes() throws {
        var settings = WebSettings()
        settings.lifetime = Seconds(600)
        let rig = Rig(settings: settings)
        let asked: [(String, UInt32)] = [
            ("", 600), ("?ttl=-5", 60), ("?ttl=0", 60), ("?ttl=61", 61), ("?ttl=86401", 86_400),
            ("?ttl=9223372036854775807", 86_400),
        ]
        for (query, wanted) in asked {
            let response = try rig.answer(.get, "/apiv2/ice-servers" + query, Rig.bearer)
            #expect(try response.json["ttl"] == .integer(Int64(wanted)))
            #expect(rig.asked.last?.lifetime == Seconds(wanted))
        }
    }

    @Test("A key that knows no bounds is told when to come back")
    func rates() throws {
        let rig = Rig()
        for _ in 0..<6 {
            #expect(
                try rig.answer(.get, "/apiv2/ice-servers?user=alice", Rig.bearer).status == .ok)
        }
        let user = try rig.answer(.get, "/apiv2/ice-servers?user=alice", Rig.bearer)
        #expect(user.status == .tooManyRequests)
        #expect(user.fields["retry-after"] == "10")
        for _ in 6..<60 {
            #expect(try rig.answer(.get, "/apiv2/ice-servers", Rig.bearer).status == .ok)
        }
        #expect(
            try rig.answer(.get, "/apiv2/ice-servers", Rig.bearer).fields["retry-after"] == "1")
        // Another key has its own.
        #expect(try rig.answer(.get, "/turn?key=second-key-of-tests").status == .ok)
        rig.now.monotonic = rig.now.monotonic + Seconds(10)
        #expect(try rig.answer(.get, "/apiv2/ice-servers?user=alice", Rig.bearer).status == .ok)
    }

    @Test("Only pages of listed origins read answers")
    func cors() throws {
        var settings = WebSettings()
        try settings.allow(origins: ["https://app.example.org"])
        let rig = Rig(settings: settings)
        let origin = HTTPField("origin", "https://app.example.org")
        let response = try rig.answer(.get, "/apiv2/ice-servers", Rig.bearer + [origin])
        #expect(response.fields["access-control-allow-origin"] == "https://app.example.org")
        let preflight = try rig.answer(
            .options, "/apiv2/ice-servers",
            [
                origin, HTTPField("access-control-request-method", "GET"),
                HTTPField("access-control-request-headers", "authorization"),
            ])
        #expect(preflight.status == .noContent)
        #expect(
            preflight.fields["access-control-allow-headers"]
                == "authorization, content-type, idempotency-key")
        let foreign = try rig.answer(
            .get, "/turn?key=\(Rig.key)", [HTTPField("origin", "https://evil.example")])
        #expect(foreign.fields["access-control-allow-origin"] == nil)
    }

    @Test func healthAndReadiness() throws {
        let rig = Rig(hasKeys: false)
        #expect(try rig.answer(.get, "/healthz").json == ["status": "ok"])
        #expect(try rig.answer(.get, "/readyz").status == .ok)
        rig.router.isReady = false
        #expect(try rig.answer(.get, "/readyz").status == .unavailable)
        #expect(try rig.answer(.get, "/healthz").status == .ok)
    }

    @Test("Nothing is found under names that are longer than any")
    func longNames() throws {
        let rig = Rig(hasCalls: true)
        let long = String(repeating: "a", count: 129)
        for path in ["/apiv2/calls/\(long)", "/_turn/\(long)", "/apiv2/calls/\(long)/join"] {
            let method: HTTPMethod = path.hasSuffix("join") ? .post : .get
            #expect(try rig.answer(method, path, Desk.token("alice")).status == .notFound)
        }
    }

    @Test("Paths of others are left to others")
    func foreignPaths() {
        let rig = Rig()
        for segments in [[""], [], ["turn", ""], ["apiv2"], ["_turn", ""], ["Turn"]] {
            let request = HTTPRequest(.get, HTTPTarget(segments: segments))
            let answer = rig.router.answer(request, issuer: rig, calls: nil, from: nil, at: rig.now)
            #expect(answer == nil)
        }
    }
}
