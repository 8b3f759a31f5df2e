import HTTP
import Testing

@Suite struct CORSPolicyTests {
    private let page = HTTPField("origin", "https://app.example.org")

    private func policy(_ origins: [String], credentials: Bool = false) throws -> CORSPolicy {
        try CORSPolicy(origins: origins, allowsCredentials: credentials)
    }

    private func request(_ method: HTTPMethod, _ fields: HTTPField...) -> HTTPRequest {
        HTTPRequest(method, HTTPTarget(segments: ["a"]), fields: HTTPFields(fields))
    }

    private func preflight(_ method: String, _ more: HTTPField...) -> HTTPRequest {
        HTTPRequest(
            .options, HTTPTarget(segments: ["a"]),
            fields: HTTPFields([page, HTTPField("access-control-request-method", method)] + more))
    }

    @Test func aListedOriginMayReadTheAnswer() throws {
        var policy = try policy(["https://APP.example.org:443"], credentials: true)
        policy.exposedFields = ["x-a", "x-b"]
        var response = HTTPResponse(.ok, fields: [HTTPField("vary", "accept-encoding")])
        policy.apply(to: &response, for: request(.get, page))
        #expect(
            response.fields == [
                HTTPField("vary", "accept-encoding"), HTTPField("vary", "origin"),
                HTTPField("access-control-allow-origin", "https://app.example.org"),
                HTTPField("access-control-allow-credentials", "true"),
                HTTPField("access-control-expose-headers", "x-a, x-b"),
            ])
    }

    @Test(arguments: [
        "http://app.example.org", "https://app.example.org:444", "https://evil.app.example.org",
        "https://evil", "null", "", "https://app.example.org, https://evil",
    ])
    func anyOtherMayNot(_ origin: String) throws {
        let policy = try policy(["https://app.example.org"])
        let request = request(.get, HTTPField("origin", origin))
        var response = HTTPResponse(.ok)
        policy.apply(to: &response, for: request)
        #expect(response.fields == [HTTPField("vary", "origin")])
        #expect(!policy.allows(request))
    }

    @Test func noOriginAndTwoOriginsAreNotAllowed() throws {
        for origins in [["https://app.example.org"], ["*"]] {
            let policy = try policy(origins)
            #expect(!policy.allows(request(.get)))
            #expect(!policy.allows(request(.get, page, page)))
            #expect(policy.allows(request(.get, page)))
        }
    }

    @Test func originsOfAppsAreComparedAsTheyAreWritten() throws {
        let policy = try policy(["capacitor://localhost", "file://"])
        for origin in ["capacitor://localhost", "file://"] {
            #expect(policy.allows(request(.get, HTTPField("origin", origin))))
        }
        for origin in ["capacitor://localhost:80", "ionic://localhost", "file:///", "null"] {
            #expect(!policy.allows(request(.get, HTTPField("origin", origin))), "\(origin)")
        }
        for origin in ["capacitor:localhost", "://a", "a://b,c", "a://b c", "https://a b"] {
            #expect(throws: CORSPolicy.Failure.notAnOrigin(origin)) { try self.policy([origin]) }
        }
    }

    @Test func nullAndAnyAreAllowedWhenListed() throws {
        let null = request(.get, HTTPField("origin", "null"))
        #expect(try policy(["null"]).allows(null))
        #expect(try !policy(["null"]).allows(request(.get, page)))
        var response = HTTPResponse(.ok)
        try policy(["*"]).apply(to: &response, for: null)
        #expect(response.fields == [HTTPField("access-control-allow-origin", "*")])
    }

    @Test func aPolicyThatCannotBeMeantIsNotMade() {
        #expect(throws: CORSPolicy.Failure.notAnOrigin("https://a/")) { try policy(["https://a/"]) }
        #expect(throws: CORSPolicy.Failure.credentialsForAnyOrigin) {
            try policy(["https://a", "*"], credentials: true)
        }
    }

    @Test func answersAPreflight() throws {
        var policy = try policy(["https://app.example.org"])
        policy.methods = [.get, .put]
        policy.requestFields = ["content-type", "x-a"]
        let asked = preflight(
            "PUT", HTTPField("access-control-request-headers", "X-A,content-type"))
        let response = try #require(policy.preflight(asked))
        #expect(response.status == .noContent)
        #expect(
            response.fields == [
                HTTPField(
                    "vary",
                    "origin, access-control-request-method, access-control-request-headers"),
                HTTPField("access-control-allow-origin", "https://app.example.org"),
                HTTPField("access-control-allow-methods", "GET, PUT"),
                HTTPField("access-control-allow-headers", "content-type, x-a"),
                HTTPField("access-control-max-age", "7200"),
            ])
    }

    @Test func refusesAPreflightForMoreThanIsAllowed() throws {
        let policy = try policy(["https://app.example.org"])
        let foreign = try self.policy(["https://other.example.org"])
        let refused = [
            policy.preflight(preflight("DELETE")), policy.preflight(preflight("get")),
            policy.preflight(
                preflight("GET", HTTPField("access-control-request-headers", "x-other"))),
            foreign.preflight(preflight("GET")),
        ]
        for response in refused {
            #expect(response?.status == .forbidden)
            #expect(response?.fields["access-control-allow-origin"] == nil)
        }
    }

    @Test func whatIsNoPreflightIsForOthers() throws {
        let policy = try policy(["https://app.example.org"])
        #expect(policy.preflight(request(.options, page)) == nil)
        #expect(
            policy.preflight(
                request(.get, page, HTTPField("access-control-request-method", "GET"))) == nil)
        #expect(
            policy.preflight(
                request(.options, HTTPField("access-control-request-method", "GET"))) == nil)
    }
}
