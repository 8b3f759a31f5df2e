import HTTP
import JSON
import Primitives
import Signaling
import Testing

@testable import WebAPI

/// `POST /apiv2/tokens`.
@Suite struct TokenRequestTests {
    private let path = "/apiv2/tokens"

    @Test("What is minted says what was asked, and is read again by the judge of tokens")
    func minted() throws {
        let rig = Rig(hasCalls: true)
        let answer = try rig.json(
            .post, path, Rig.bearer,
            [
                "user": "alice", "name": "Alice", "device": "d1", "ttl": 600,
                "scope": "call host", "calls": ["a", "b"], "to": ["bob"], "watch": "*",
                "chats": ["c1": "bob"],
            ])
        #expect(answer.status == .created)
        #expect(answer.body["user_id"] == "alice")
        #expect(answer.body["expires_at"] == 1_700_000_600_000)
        let token = try WebToken(try #require(answer.body["token"]?.string))
        #expect(token.algorithm == .hs256)
        let judge = TokenJudge(
            .init(keys: [TokenKey(algorithm: .hs256)], issuers: ["us"], audiences: ["calls"]),
            signatures: EveryTail())
        let claims = try judge.claims(
            of: try #require(answer.body["token"]?.string), atUnixSeconds: rig.now.unixSeconds)
        let wanted = TokenClaims(
            user: "alice", expiresAt: 1_700_000_600, device: "d1", name: "Alice",
            scopes: [.call, .host], calls: ["a", "b"], mayCall: .users(["bob"]),
            mayWatch: .everybody, chats: ["c1": "bob"])
        #expect(claims == wanted)
    }

    @Test("Little is needed; lifetimes are bent")
    func defaults() throws {
        let rig = Rig(hasCalls: true)
        for (body, seconds) in [
            (#"{"user":"a"}"#, 3_600), (#"{"user":"a","ttl":0}"#, 60),
            (#"{"user":"a","ttl":-9223372036854775808}"#, 60),
            (#"{"user":"a","ttl":1000000,"scope":null}"#, 86_400),
        ] as [(String, UInt32)] {
            #expect(try rig.answer(.post, path, Rig.bearer, body: body).status == .created)
            #expect(
                rig.desk?.orders.last == TokenOrder(user: "a", lifetime: Seconds(seconds)))
        }
    }

    @Test("Ruling 14: no scope admin, in either form, and no token for whoever has no key")
    func forbidden() throws {
        let rig = Rig(hasCalls: true)
        for scope in ["call admin", ["admin"]] as [JSONValue] {
            let answer = try rig.json(.post, path, Rig.bearer, ["user": "a", "scope": scope])
            #expect(answer.status == .forbidden)
        }
        for words in ["host", "admin"] {
            let answer = try rig.json(.post, path, Desk.token("alice", words), ["user": "a"])
            #expect(answer.status == .forbidden)
        }
        #expect(rig.desk?.orders.isEmpty == true)
    }

    @Test(
        "A wrong member is named",
        arguments: [
            ("user", "null"), ("user", #""""#), ("name", "1"), ("device", "[]"), ("ttl", "1.5"),
            ("scope", #""call root""#), ("scope", "{}"), ("calls", #""a""#), ("calls", "[1]"),
            ("to", #""bob""#), ("watch", #"[""]"#), ("chats", "[]"), ("chats", #"{"c":1}"#),
            ("chats", #"{"":"a"}"#),
        ])
    func wrongMembers(_ name: String, _ value: String) throws {
        let rig = Rig(hasCalls: true)
        let user = name == "user" ? "" : #","user":"a""#
        let answer = try rig.answer(
            .post, path, Rig.bearer, body: #"{"\#(name)":\#(value)\#(user)}"#)
        #expect(answer.status == .badRequest)
        #expect(try answer.json["error"]?["message"]?.string?.hasPrefix(name) == true)
    }

    @Test("A token that would be too long to be shown is not made")
    func tooLong() throws {
        let rig = Rig(hasCalls: true)
        let users = (0..<1000).map { JSONValue.string("user-\($0)") }
        let answer = try rig.json(.post, path, Rig.bearer, ["user": "a", "to": .array(users)])
        #expect(answer.status == .badRequest)
    }

    @Test("Without a shared secret for tokens, or without a key, there is nothing here")
    func unconfigured() throws {
        let rig = Rig(hasCalls: true)
        rig.desk?.hasTokenKey = false
        #expect(try rig.json(.post, path, Rig.bearer, ["user": "a"]).status == .notFound)
        let keyless = Rig(hasKeys: false, hasCalls: true)
        #expect(try keyless.json(.post, path, Rig.bearer, ["user": "a"]).status == .notFound)
    }
}

/// Fits what `Desk.mint` makes of a text: its tail.
private struct EveryTail: SignatureVerifier {
    func isValid(_ signature: [UInt8], over text: [UInt8], key: Int) -> Bool {
        signature == Array(text.suffix(32))
    }
}
