import HTTP
import Testing

@testable import Admin

@Suite struct AdminRouterTests {
    private static let id = AllocationName(worker: 1, slot: 17, generation: 3)

    private func request(
        _ method: HTTPMethod, _ path: String, _ query: [(String, String)] = [], body: String = ""
    ) -> HTTPRequest {
        HTTPRequest(
            method,
            HTTPTarget(
                segments: path.split(separator: "/").map(String.init),
                query: query.map { HTTPQueryItem($0.0, $0.1) }),
            body: Array(body.utf8))
    }

    private func code(_ request: HTTPRequest) -> AdminRefusal.Code? {
        do throws(AdminRefusal) {
            _ = try AdminRouter.route(request)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func everyPathNamesItsRequest() throws {
        #expect(try AdminRouter.route(request(.get, "v1/status")) == .status)
        #expect(try AdminRouter.route(request(.head, "v1/status")) == .status)
        #expect(
            try AdminRouter.route(request(.get, "v1/allocations"))
                == .allocations(AllocationFilter()))
        #expect(
            try AdminRouter.route(request(.get, "v1/allocations/1-17-3")) == .allocation(Self.id))
        #expect(
            try AdminRouter.route(request(.delete, "v1/allocations/1-17-3", [("ban", "60")]))
                == .kill(KillOrder(.allocation(Self.id), banSeconds: 60)))
        #expect(
            try AdminRouter.route(request(.delete, "v1/allocations", [("user", "alice")]))
                == .kill(KillOrder(.user("alice"))))
        #expect(
            try AdminRouter.route(request(.post, "v1/credentials"))
                == .issueCredential(CredentialOrder()))
    }

    @Test func aFilterReadsEachParameter() throws {
        let query = [
            ("id", "1-17-3"), ("user", "a:b"), ("client", "[2001:db8::1]:9"),
            ("peer", "192.0.2.1"), ("limit", "10000"),
        ]
        let expected = AllocationFilter(
            id: Self.id, user: "a:b", client: EndpointPattern("[2001:db8::1]:9"),
            peer: EndpointPattern("192.0.2.1"), limit: 10_000)
        #expect(
            try AdminRouter.route(request(.get, "v1/allocations", query)) == .allocations(expected))
    }

    @Test(arguments: [
        ("limit", "0"), ("limit", "10001"), ("limit", ""), ("limit", "x"), ("id", "1"),
        ("client", "localhost"), ("peer", "1.2.3.4:"), ("ban", "60"), ("usr", "alice"),
    ])
    func aParameterThatIsWrongIsNeverIgnored(_ name: String, _ value: String) {
        #expect(code(request(.get, "v1/allocations", [(name, value)])) == .badParameter)
    }

    @Test func aKillNeverWidens() {
        #expect(code(request(.delete, "v1/allocations")) == .badParameter)
        #expect(code(request(.delete, "v1/allocations", [("user", "")])) == .badParameter)
        for more in [("ban", "60"), ("limit", "5"), ("sort", "age"), ("user", "")] {
            let query = [("client", "192.0.2.1"), more]
            #expect(code(request(.delete, "v1/allocations", query)) == .badParameter, "\(more)")
        }
        #expect(
            code(request(.delete, "v1/allocations", [("user", "a"), ("user", "b")]))
                == .badParameter)
        #expect(
            code(request(.delete, "v1/allocations/1-17-3", [("ban", "86401")])) == .badParameter)
        #expect(code(request(.delete, "v1/allocations/x")) == .noSuchAllocation)
    }

    @Test(arguments: [
        ("v1/credentials/explain", "{}"), ("v1/credentials/explain", #"{"username":1}"#),
        ("v1/credentials/explain", #"{"username":"a","pass":"b"}"#),
        ("v1/credentials/revoke", ""), ("v1/credentials/revoke", #"{"username":""}"#),
        ("v1/drain", #"{"stop":"yes"}"#), ("v1/drain", #"{"stops":true}"#), ("v1/drain", "[]"),
    ])
    func anOrderThatIsWrongIsRefused(_ path: String, _ body: String) {
        #expect(code(request(.post, path, body: body)) == .badParameter)
    }

    @Test func ordersAreReadStrictly() {
        #expect(code(request(.put, "v1/log-level", body: #"{"level":"loud"}"#)) == .badParameter)
        #expect(code(request(.put, "v1/log-level")) == .badParameter)
        #expect(code(request(.post, "v1/reload", [("dry-run", "1")])) == .badParameter)
        #expect(code(request(.get, "v1/reload")) == .methodNotAllowed)
        #expect(code(request(.get, "v1/credentials/explain")) == .methodNotAllowed)
        #expect(code(request(.get, "v1/refusals", [("code", "200")])) == .badParameter)
    }

    @Test func aKickNeverWidens() throws {
        #expect(code(request(.delete, "v1/sessions")) == .badParameter)
        #expect(code(request(.delete, "v1/sessions", [("user", "")])) == .badParameter)
        #expect(code(request(.delete, "v1/sessions/a", [("user", "b")])) == .badParameter)
        #expect(code(request(.delete, "v1/calls")) == .methodNotAllowed)
        #expect(code(request(.get, "v1/calls", [("state", "dead")])) == .badParameter)
        #expect(code(request(.get, "v1/users", [("by", "name")])) == .badParameter)
    }

    @Test(arguments: [
        "", "v1", "v2/status", "v1/status/x", "v1/allocations/1-1-1/x", "admin", "v1/users/x",
    ])
    func aPathThatNamesNothingIsNotFound(_ path: String) {
        #expect(code(request(.get, path)) == .notFound)
        let refusal = AdminRefusal(.notFound, "nothing")
        let answer = AdminRouter.response(to: refusal, of: request(.get, path))
        #expect(answer.status == .notFound && answer.fields["allow"] == nil)
    }

    @Test func aMethodThatDoesNotApplyNamesThoseThatDo() {
        let wrong = request(.put, "v1/allocations")
        #expect(code(wrong) == .methodNotAllowed)
        let answer = AdminRouter.response(to: AdminRefusal(.methodNotAllowed, "no"), of: wrong)
        #expect(answer.status == .methodNotAllowed)
        #expect(answer.fields["allow"] == "GET, HEAD, DELETE")
        #expect(code(request(.get, "v1/credentials")) == .methodNotAllowed)
    }

    @Test func aCredentialOrderIsRead() throws {
        let body = #"{"user":"alice","ttlSeconds":3600}"#
        #expect(
            try AdminRouter.route(request(.post, "v1/credentials", body: body))
                == .issueCredential(CredentialOrder(user: "alice", ttlSeconds: 3600)))
        let order = CredentialOrder(user: "\u{e4}\"", ttlSeconds: 1)
        let written = String(decoding: AdminJSON.encode(order), as: UTF8.self)
        #expect(
            try AdminRouter.route(request(.post, "v1/credentials", body: written))
                == .issueCredential(order))
    }

    @Test(arguments: [
        "[]", "{", "1", #"{"ttl":5}"#, #"{"user":1}"#, #"{"ttlSeconds":0}"#,
        #"{"ttlSeconds":-1}"#, #"{"ttlSeconds":2678401}"#, #"{"user":""}"#,
        #"{"user":"a\u0000b"}"#, #"{"user":"a\nb"}"#,
        "{\"user\":\"\(String(repeating: "a", count: 257))\"}",
        String(repeating: "[", count: 60_000),
    ])
    func aCredentialOrderThatIsWrongIsRefused(_ body: String) {
        #expect(code(request(.post, "v1/credentials", body: body)) == .badParameter)
    }
}
