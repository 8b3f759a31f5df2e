import HTTP
import JSON
import Primitives
import Signaling
import Testing

@testable import WebAPI

/// POST, GET and DELETE of calls, as clients of REST see them.
@Suite struct WebRouterCallsTests {
    private let path = "/apiv2/calls"
    private let alice = Desk.token("alice")
    private let bob = Desk.token("bob")

    @Test("S2-1: every POST opens another call, however many there are")
    func alwaysNew() throws {
        let rig = Rig(hasCalls: true)
        let ids = try (0..<4).map { _ in try rig.open(alice) }
        #expect(Set(ids).count == 4)
        let response = try rig.answer(.post, path, alice, body: #"{"metadata":{"topic":"x"}}"#)
        #expect(response.status == .created)
        let id = try #require(try response.json["call_id"]?.string)
        #expect(response.fields["location"] == "/apiv2/calls/\(id)")
        #expect(try response.json["status"] == "waiting")
        #expect(try response.json["peer_token"]?.string != nil)
        #expect(try response.json["iceServers"]?.array?.isEmpty == false)
    }

    @Test("S2-2: reuse_last gives the newest waiting call again, and only when it is asked for")
    func reuseLast() throws {
        let rig = Rig(hasCalls: true)
        let first = try rig.json(.post, path + "?reuse_last=true", alice)
        #expect(first.status == .created)
        rig.pass(3)
        let second = try rig.open(alice)
        let again = try rig.json(.post, path + "?reuse_last=true", alice)
        #expect(again.status == .ok)
        #expect(again.body["call_id"]?.string == second)
        #expect(try rig.json(.post, path + "?reuse_last=false", alice).status == .created)
        #expect(try rig.json(.post, path + "?reuse_last=true", bob).status == .created)
        for query in ["?reuse_last=1", "?reuse_last=", "?reuse_last=true&reuse_last=true"] {
            #expect(try rig.json(.post, path + query, alice).status == .badRequest)
        }
    }

    @Test("S2-2: the newest is the newest also among calls of one second")
    func reuseWithinSecond() throws {
        let rig = Rig(hasCalls: true)
        var ids: [String] = []
        for _ in 0..<4 {
            rig.now.monotonic = MonotonicTime(
                nanoseconds: rig.now.monotonic.nanoseconds + 1_000_000)
            ids.append(try rig.open(alice))
            // Every call of the loop is the last one for a moment.
            rig.now.monotonic = MonotonicTime(
                nanoseconds: rig.now.monotonic.nanoseconds + 1_000_000)
            let again = rig.desk?.perform(
                .create(.init(reusesLast: true)),
                by: .user(TokenClaims(user: "alice", expiresAt: .max)), at: rig.now)
            guard case .success(200, let call)? = again else {
                Issue.record("another call")
                continue
            }
            #expect(call["call_id"]?.string == ids.last)
        }
    }

    @Test("S2-3: there is no current call, and the answer says what to do")
    func current() throws {
        let rig = Rig(hasCalls: true)
        for fields in [[], alice] {
            let answer = try rig.json(.get, path + "/current", fields)
            #expect(answer.status == .gone)
            #expect(answer.body["error"]?["code"] == "gone")
        }
    }

    @Test("S2-4: lists hold the caller's calls by status, the newest first, page by page")
    func lists() throws {
        let rig = Rig(hasCalls: true)
        var ids: [String] = []
        for _ in 0..<5 {
            rig.pass(2)
            ids.append(try rig.open(alice))
        }
        _ = try rig.open(bob)
        let first = try rig.json(.get, path + "?limit=3", alice).body
        let next = try #require(first["next_cursor"]?.string)
        let second = try rig.json(.get, path + "?limit=3&cursor=\(next)", alice).body
        let items = try #require(first["items"]?.array) + #require(second["items"]?.array)
        #expect(items.compactMap { $0["call_id"]?.string } == ids.reversed())
        #expect(second["next_cursor"] == .null)
        #expect(count(try rig.json(.get, path + "?status=active,ended", alice)) == 0)
        #expect(count(try rig.json(.get, path + "?status=waiting&status=active", alice)) == 5)
        // Scope admin and servers see all (ruling 14).
        #expect(count(try rig.json(.get, path, Desk.token("root", "admin"))) == 6)
        #expect(count(try rig.json(.get, path, Rig.bearer)) == 6)
        for query in [
            "status=over", "status=", "status=waiting,", "limit=0", "limit=201", "limit=x",
            "limit=", "limit=1&limit=2", "cursor=x", "cursor=",
        ] {
            #expect(try rig.json(.get, path + "?" + query, alice).status == .badRequest, "\(query)")
        }
    }

    private func count(_ answer: (status: HTTPStatus, body: JSONValue)) -> Int? {
        answer.body["items"]?.array?.count
    }

    @Test(
        "S2-5: an ended call leaves the list at once and is there for whoever asks for ended ones")
    func endLeavesList() throws {
        let rig = Rig(hasCalls: true)
        let id = try rig.open(alice)
        #expect(try rig.json(.post, path + "/\(id)/end", alice).status == .ok)
        #expect(count(try rig.json(.get, path, alice)) == 0)
        #expect(count(try rig.json(.get, path + "?status=ended", alice)) == 1)
    }

    @Test("S2-7: an ended call is 410 with its reason, and 404 once it is forgotten")
    func tombstone() throws {
        let rig = Rig(hasCalls: true)
        let id = try rig.open(alice)
        #expect(try rig.json(.get, path + "/\(id)", alice).body["state"] == "waiting")
        let ended = try rig.json(.delete, path + "/\(id)", alice)
        #expect(ended.body == ["call_id": .string(id), "status": "ended", "reason": "hangup"])
        let gone = try rig.json(.get, path + "/\(id)", alice)
        #expect(gone.status == .gone)
        #expect(gone.body["error"]?["code"] == "call_ended")
        #expect(gone.body["error"]?["details"]?["reason"] == "hangup")
        #expect(try rig.json(.post, path + "/\(id)/join", bob).status == .gone)
        // Twice is no mistake, nor is what nobody remembers.
        #expect(try rig.json(.post, path + "/\(id)/end", alice).body == ended.body)
        rig.pass(121)
        rig.desk?.board.tick(at: rig.now)
        #expect(try rig.json(.get, path + "/\(id)", alice).status == .notFound)
        #expect(try rig.json(.delete, path + "/\(id)", alice).status == .ok)
    }

    @Test("S2-8: the end of one call leaves the others alone")
    func independence() throws {
        let rig = Rig(hasCalls: true)
        let (one, other) = (try rig.open(alice), try rig.open(alice))
        #expect(try rig.json(.post, path + "/\(one)/end", alice).status == .ok)
        #expect(try rig.json(.get, path + "/\(other)", alice).status == .ok)
    }

    @Test("S2-10: a third side is told that the call is full")
    func full() throws {
        let rig = Rig(hasCalls: true)
        let id = try rig.open(alice)
        let joined = try rig.json(.post, path + "/\(id)/join", bob)
        #expect(joined.status == .ok)
        #expect(joined.body["participants"]?["count"] == 2)
        #expect(joined.body["is_reconnect"] == false && joined.body["peer_online"] == false)
        let third = try rig.json(.post, path + "/\(id)/join", Desk.token("carol"))
        #expect(third.status == .conflict)
        #expect(third.body["error"]?["code"] == "call_full")
    }

    @Test("Ruling 8: who holds a seat's token has the seat, who made one up has none")
    func seatTokens() throws {
        let rig = Rig(hasCalls: true)
        let opened = try rig.json(.post, path, alice).body
        let id = try #require(opened["call_id"]?.string)
        let token = try #require(opened["peer_token"])
        let again = try rig.json(.post, path + "/\(id)/join", alice, ["peer_token": token])
        #expect(again.status == .ok)
        #expect(again.body["peer_id"] == opened["peer_id"])
        let foreign = try rig.json(.post, path + "/\(id)/join", bob, ["peer_token": token])
        #expect(foreign.status == .forbidden)
        let wrong = try rig.json(.post, path + "/\(id)/join", bob, ["peer_token": 7])
        #expect(wrong.status == .badRequest)
        #expect(wrong.body["error"]?["message"] == "peer_token is no string.")
    }

    @Test("Others do not see a call, do not end it, and a server has no seat")
    func strangers() throws {
        let rig = Rig(hasCalls: true)
        let id = try rig.open(alice)
        #expect(try rig.json(.get, path + "/\(id)", bob).status == .notFound)
        #expect(try rig.json(.post, path + "/\(id)/end", bob).status == .forbidden)
        #expect(try rig.json(.delete, path + "/\(id)", bob).status == .forbidden)
        #expect(try rig.json(.post, path + "/\(id)/join", Rig.bearer).status == .forbidden)
        let guest = Desk.token("dora", "guest:other")
        #expect(try rig.json(.post, path + "/\(id)/join", guest).status == .forbidden)
        #expect(try rig.json(.post, path, guest).status == .forbidden)
        #expect(try rig.json(.post, path + "/unknown/join", bob).status == .notFound)
        #expect(try rig.json(.get, path + "/\(id)", Rig.bearer).status == .ok)
        #expect(try rig.json(.delete, path + "/\(id)", Rig.bearer).body["reason"] == "deleted")
    }

    @Test("Ruling 15: `to` is for whom the token may call, the same for unknown users")
    func addressees() throws {
        let rig = Rig(hasCalls: true)
        #expect(try rig.json(.post, path, alice, ["to": "bob"]).status == .forbidden)
        #expect(try rig.json(.post, path, alice, ["to": "nobody"]).status == .forbidden)
        #expect(try rig.json(.post, path, Rig.bearer, ["to": "bob"]).status == .created)
        var settings = SignalingSettings()
        settings.isDirectoryOpen = true
        let open = Rig(hasCalls: true, signaling: settings)
        #expect(try open.json(.post, path, alice, ["to": "bob"]).status == .created)
    }

    @Test("A server that goes down opens no calls, and says when to come back")
    func draining() throws {
        let rig = Rig(hasCalls: true)
        let id = try rig.open(alice)
        rig.router.isReady = false
        rig.desk?.board.drain(at: rig.now, deadline: rig.now.monotonic + Seconds(30))
        let refused = try rig.answer(.post, path, alice)
        #expect(refused.status == .unavailable)
        #expect(refused.fields["retry-after"] == "10")
        #expect(try rig.json(.get, path + "/\(id)", alice).status == .ok)
        let ready = try rig.answer(.get, "/readyz")
        #expect(ready.status == .unavailable && ready.fields["retry-after"] == "30")
        #expect(try rig.answer(.get, "/healthz").status == .ok)
    }

    @Test("Who shows nothing is 401, as is who shows a token that is not accepted")
    func unauthorized() throws {
        let rig = Rig(hasCalls: true)
        let id = try rig.open(alice)
        let requests: [(HTTPMethod, String)] = [
            (.post, path), (.get, path), (.get, path + "/\(id)"), (.delete, path + "/\(id)"),
            (.post, path + "/\(id)/join"), (.post, path + "/\(id)/end"), (.post, "/apiv2/tokens"),
        ]
        for (method, path) in requests {
            let nobody = try rig.answer(method, path)
            #expect(nobody.status == .unauthorized)
            #expect(nobody.fields["www-authenticate"] == #"Bearer realm="turnstone""#)
            let expired = try rig.answer(method, path, Desk.token("alice", "expired"))
            #expect(expired.status == .unauthorized)
            #expect(try expired.json["error"]?["code"] == "token_expired")
            #expect(expired.fields["www-authenticate"]?.contains("invalid_token") == true)
            let wrong = try rig.json(method, path, [HTTPField("authorization", "Bearer x")])
            #expect(wrong.status == .unauthorized)
            #expect(wrong.body["error"]?["code"] == "unauthorized")
        }
    }

    @Test("Without calls in the configuration none of the paths is there")
    func disabled() throws {
        let rig = Rig()
        for endpoint in Endpoint.allCases where [.calls, .tokens].contains(endpoint.family) {
            let path = "/" + endpoint.template.joined(separator: "/")
            for method in endpoint.methods + [.patch] {
                #expect(try rig.answer(method, path, alice).status == .notFound)
            }
        }
    }

    @Test("S3-8: the shared configuration is there for everybody")
    func configuration() throws {
        let rig = Rig(hasCalls: true)
        for fields in [[], alice, Rig.bearer] {
            let told = try rig.json(.get, "/apiv2/config", fields)
            #expect(told.body["ring_ms"]?.integer == 60_000)
        }
    }
}
