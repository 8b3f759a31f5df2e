import HTTP
import Primitives
import Testing

@Suite struct WebSocketHandshakeTests {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    /// RFC 6455 §1.3: the digest of the example's key.
    private static let digest: [UInt8] = [
        0xb3, 0x7a, 0x4f, 0x2c, 0xc0, 0x62, 0x4f, 0x16, 0x90, 0xf6, 0x46, 0x06, 0xcf, 0x38, 0x59,
        0x45, 0xb2, 0xbe, 0xc4, 0xea,
    ]

    /// Knows one digest.
    private static func sha1(_ message: Span<UInt8>, _ digest: inout MutableSpan<UInt8>) {
        let known = Array("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8)
        guard message.count == known.count,
            known.indices.allSatisfy({ message[$0] == known[$0] })
        else { return }
        for index in Self.digest.indices { digest[index] = Self.digest[index] }
    }

    private static let proper: HTTPFields = [
        HTTPField("host", "x"), HTTPField("upgrade", "websocket"),
        HTTPField("connection", "Upgrade"), HTTPField("sec-websocket-version", "13"),
        HTTPField("sec-websocket-key", key),
    ]

    private func request(
        _ change: (inout HTTPRequest) -> Void = { _ in }
    ) -> HTTPRequest {
        var request = HTTPRequest(.get, HTTPTarget(segments: ["ws"]), fields: Self.proper)
        change(&request)
        return request
    }

    /// The proper fields with those of one name replaced.
    private func fields(_ name: String, _ values: [String]) -> HTTPFields {
        var fields: HTTPFields = []
        for field in Self.proper.all where field.name != name { fields.append(field) }
        for value in values { fields.append(HTTPField(name, value)) }
        return fields
    }

    private func open(
        _ request: HTTPRequest, _ subprotocols: [String] = []
    ) throws(WebSocketRefusal) -> WebSocketHandshake {
        try WebSocketHandshake(request, subprotocols: subprotocols) { Self.sha1($0, &$1) }
    }

    private func refusal(_ request: HTTPRequest) -> WebSocketRefusal? {
        do {
            _ = try open(request)
            return nil
        } catch { return error }
    }

    @Test func answersTheExampleOfTheRFC() throws {
        let handshake = try open(request())
        #expect(
            handshake.fields == [
                HTTPField("upgrade", "websocket"),
                HTTPField("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ])
        #expect(handshake.subprotocol == nil)
    }

    @Test(arguments: [
        ("upgrade", ["WebSocket"]), ("upgrade", ["h2c, websocket"]),
        ("upgrade", ["a", "websocket"]),
        ("connection", ["keep-alive, upgrade"]), ("connection", ["keep-alive", "UPGRADE"]),
    ])
    func takesListsInAnyCase(_ name: String, _ values: [String]) throws {
        _ = try open(request { $0.fields = fields(name, values) })
    }

    @Test func ignoresExtensions() throws {
        let offered = request {
            $0.fields.append(
                HTTPField("sec-websocket-extensions", "permessage-deflate; client_max_window_bits"))
        }
        #expect(try open(offered).fields["sec-websocket-extensions"] == nil)
    }

    @Test(arguments: [
        (["b", "c"], ["a, b, c"], "b"), (["c", "b"], ["a, b", "c"], "b"), (["x"], ["a,b"], nil),
        ([], ["a"], nil), (["B"], ["b"], nil),
    ])
    func choosesTheFirstSubprotocolOfTheClientThatIsSpoken(
        _ spoken: [String], _ offered: [String], _ chosen: String?
    ) throws {
        let handshake = try open(
            request { $0.fields = fields("sec-websocket-protocol", offered) }, spoken)
        #expect(handshake.subprotocol == chosen)
        #expect(handshake.fields["sec-websocket-protocol"] == chosen)
    }

    @Test(
        arguments: [
            ("host", [], .missingHost), ("host", ["a", "b"], .missingHost),
            ("upgrade", [], .missingUpgrade), ("upgrade", ["websockets"], .missingUpgrade),
            ("connection", [], .missingConnection), ("connection", ["close"], .missingConnection),
            ("sec-websocket-version", [], .unsupportedVersion),
            ("sec-websocket-version", ["8"], .unsupportedVersion),
            ("sec-websocket-version", ["13, 8"], .unsupportedVersion),
            ("sec-websocket-version", ["13", "13"], .unsupportedVersion),
            ("sec-websocket-key", [], .malformedKey),
            ("sec-websocket-key", [key, key], .malformedKey),
            ("sec-websocket-key", [""], .malformedKey),
            // 15 bytes, 17 bytes, no padding, a stray bit, a foreign character.
            ("sec-websocket-key", ["AAAAAAAAAAAAAAAAAAAA"], .malformedKey),
            ("sec-websocket-key", ["AAAAAAAAAAAAAAAAAAAAAAA="], .malformedKey),
            ("sec-websocket-key", ["dGhlIHNhbXBsZSBub25jZQ"], .malformedKey),
            ("sec-websocket-key", ["dGhlIHNhbXBsZSBub25jZR=="], .malformedKey),
            ("sec-websocket-key", ["dGhlIHNhbXBsZSBub25j_Q=="], .malformedKey),
            ("sec-websocket-protocol", [""], .malformedSubprotocol),
            ("sec-websocket-protocol", ["a,,b"], .malformedSubprotocol),
            ("sec-websocket-protocol", ["a b"], .malformedSubprotocol),
            ("sec-websocket-protocol", ["a", "a"], .malformedSubprotocol),
        ] as [(String, [String], WebSocketRefusal)])
    func refusesFieldsThatAreNotInOrder(
        _ name: String, _ values: [String], _ expected: WebSocketRefusal
    ) {
        #expect(refusal(request { $0.fields = fields(name, values) }) == expected)
    }

    @Test func refusesOtherRequests() {
        #expect(refusal(request { $0.method = .post }) == .notGet)
        #expect(refusal(request { $0.minorVersion = 0 }) == .oldVersion)
        #expect(refusal(request { $0.body = [1] }) == .body)
    }

    @Test func tellsWhatWouldBeTaken() {
        #expect(WebSocketRefusal.notGet.response.status == .methodNotAllowed)
        #expect(WebSocketRefusal.notGet.response.fields["allow"] == "GET")
        for refusal in [WebSocketRefusal.unsupportedVersion, .missingUpgrade] {
            let response = refusal.response
            #expect(response.status == .upgradeRequired)
            #expect(response.fields["sec-websocket-version"] == "13")
            #expect(response.fields["upgrade"] == "websocket")
        }
        #expect(WebSocketRefusal.malformedKey.response.status == .badRequest)
    }
}
