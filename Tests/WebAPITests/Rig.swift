import HTTP
import JSON
import Primitives
import Signaling
import Testing

@testable import WebAPI

/// A router with two keys and an issuer that tells what it was asked.
final class Rig: RelayAccessIssuer {
    var router: WebRouter
    var now = Now(
        monotonic: MonotonicTime(nanoseconds: 1_000_000_000_000), unixSeconds: 1_700_000_000)
    var canIssue = true
    var client = IPAddress("198.51.100.7")
    let facts = RelayFacts(
        addresses: ["192.0.2.1"], ports: 49_152...65_535, certificateNames: ["turn.example.org"])
    /// Nil as long as calls are not enabled.
    var desk: Desk?
    var revoked: [String] = []
    var asked: [(user: String?, lifetime: Seconds)] = []
    static let key = "first-key-of-tests"
    static let uris = [
        "stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp",
        "turns:turn.example.org:443?transport=tcp",
    ]

    static let adminToken = "an-admin-token"

    init(
        hasKeys: Bool = true, hasCalls: Bool = false, settings: WebSettings = WebSettings(),
        signaling: SignalingSettings = SignalingSettings()
    ) {
        var settings = settings
        if hasCalls { desk = Desk(settings: signaling, at: now) }
        if hasKeys {
            settings.keys.add("app", key: Self.key, signer: PlainSigner())
            settings.keys.add("other", key: "second-key-of-tests", signer: PlainSigner())
        }
        router = WebRouter(settings, signer: PlainSigner())
    }

    func issue(user: String?, lifetime: Seconds, at now: Now) -> RelayAccess? {
        guard canIssue else { return nil }
        asked.append((user, lifetime))
        let expires = now.unixSeconds + UInt64(lifetime.count)
        return RelayAccess(
            uris: Self.uris, username: "\(expires):\(user ?? "nobody")", password: "password",
            expiresAt: expires)
    }

    func revoke(username: String, at now: Now) -> Bool {
        guard username.contains(":") else { return false }
        revoked.append(username)
        return true
    }

    /// The answer, after it was compared with the description of the API.
    @discardableResult
    func answer(
        _ method: HTTPMethod, _ path: String, _ fields: [HTTPField] = [], body: String = ""
    ) throws -> HTTPResponse {
        let halves = path.split(separator: "?", maxSplits: 1).map(String.init)
        let segments = halves[0].dropFirst().split(
            separator: "/", omittingEmptySubsequences: false)
        let query = (halves.count > 1 ? halves[1] : "").split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return HTTPQueryItem(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
        let request = HTTPRequest(
            method, HTTPTarget(segments: segments.map(String.init), query: query),
            fields: HTTPFields(fields), body: Array(body.utf8))
        let answer = router.answer(request, issuer: self, calls: desk, from: client, at: now)
        let response = try #require(answer)
        try Conformance.check(response, to: request)
        return response
    }

    /// The same for JSON.
    func json(
        _ method: HTTPMethod, _ path: String, _ fields: [HTTPField] = [], _ body: JSONValue? = nil
    ) throws -> (status: HTTPStatus, body: JSONValue) {
        let type = [HTTPField("content-type", "application/json; charset=utf-8")]
        let response = try answer(
            method, path, fields + type,
            body: body.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "")
        return (response.status, try response.json)
    }

    /// The id of a new call.
    func open(_ fields: [HTTPField], _ body: JSONValue? = nil) throws -> String {
        let opened = try json(.post, "/apiv2/calls", fields, body)
        #expect(opened.status == .created)
        return try #require(opened.body["call_id"]?.string)
    }

    func pass(_ seconds: UInt32) {
        now.monotonic = now.monotonic + Seconds(seconds)
        now.unixSeconds += UInt64(seconds)
    }

    static let bearer = [HTTPField("authorization", "Bearer \(key)")]

    static func basic(_ name: String, _ key: String = key) -> [HTTPField] {
        let text = String(decoding: Base64.encode(Array("\(name):\(key)".utf8).span), as: UTF8.self)
        return [HTTPField("authorization", "Basic \(text)")]
    }
}

/// Not one-way, which no test here needs.
struct PlainSigner: SecretSigner {
    func digest(_ bytes: [UInt8]) -> [UInt8] { bytes }
    func sign(_ bytes: [UInt8]) -> [UInt8] { bytes }
}

extension HTTPResponse {
    var json: JSONValue {
        get throws { try JSONValue.parse(body.span) }
    }
}
