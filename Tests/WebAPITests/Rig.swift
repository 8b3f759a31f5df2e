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
    var asked: [(user: String?, lifetime: Seconds)] = []
    static let key = "first-key-of-tests"
    static let uris = [
        "stun:192.0.2.1:3478", "turn:192.0.2.1:3478?transport=udp",
        "turns:turn.example.org:443?transport=tcp",
    ]

    init(hasKeys: Bool = true, settings: WebSettings = WebSettings()) {
        var settings = settings
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

    func revoke(username: String, at now: Now) -> Bool { false }

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
        let answer = router.answer(request, issuer: self, calls: nil, at: now)
        let response = try #require(answer)
        try Conformance.check(response, to: request)
        return response
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
