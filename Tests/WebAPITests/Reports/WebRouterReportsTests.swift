import HTTP
import JSON
import Testing

@testable import WebAPI

@Suite struct WebRouterReportsTests {
    private static let body: JSONValue = [
        "findings": [["level": "problem", "code": "relay_range"]],
        "results": [["url": "turn:192.0.2.1:3478", "works": true]],
    ]

    private func send(
        _ rig: Rig, _ fields: [HTTPField] = Desk.token("alice"), _ body: JSONValue = Self.body
    ) throws -> HTTPStatus {
        try rig.json(.post, "/apiv2/reports", fields, body).status
    }

    @Test func aReportIsKeptForTheOperator() throws {
        let rig = Rig(hasCalls: true)
        let answer = try rig.json(.post, "/apiv2/reports", Desk.token("alice"), Self.body)
        #expect(answer.status == .created)
        #expect(answer.body["report_id"] == 1)
        let kept = try #require(rig.router.reports[1])
        #expect(kept.client == rig.client)
        #expect(kept.user == "alice")
        #expect(kept.content.codes == ["relay_range"])
        #expect(try send(rig, Rig.bearer) == .created)
        #expect(rig.router.reports[2]?.user == "app")
    }

    @Test func strangersSendNoneUnlessItIsADemo() throws {
        let rig = Rig(hasCalls: true)
        #expect(try send(rig, []) == .unauthorized)
        #expect(try send(rig, Desk.token("alice", "expired")) == .unauthorized)
        rig.desk?.takesAnonymous = true
        #expect(try send(rig, []) == .created)
        #expect(rig.router.reports[1]?.user == nil)
    }

    @Test func aPageOfAnotherOriginSendsNone() throws {
        let rig = Rig(hasCalls: true)
        rig.desk?.takesAnonymous = true
        #expect(try send(rig, [HTTPField("origin", "https://evil.example")]) == .forbidden)
        #expect(try send(rig, [HTTPField("origin", "https://turn.example.org")]) == .created)
        #expect(rig.router.reports.kept.count == 1)
    }

    @Test func anAddressThatSendsTooManyWaits() throws {
        let rig = Rig(hasCalls: true)
        for _ in 1...6 { #expect(try send(rig) == .created) }
        #expect(try send(rig) == .tooManyRequests)
        rig.pass(600)
        #expect(try send(rig) == .created)
    }

    @Test func whatIsTooLongOrHoldsACredentialIsNotKept() throws {
        let rig = Rig(hasCalls: true)
        let long = JSONValue.string(String(repeating: "a", count: ConnectionReport.bytesMax))
        #expect(try send(rig, Desk.token("alice"), ["browser": long]) == .contentTooLarge)
        #expect(try send(rig, Desk.token("alice"), ["credential": "x"]) == .badRequest)
        #expect(rig.router.reports.kept.isEmpty)
    }

    @Test func thePageIsToldWhatToCompareWith() throws {
        let facts = try Rig(hasCalls: true).json(.get, "/apiv2/relay")
        #expect(facts.status == .ok)
        #expect(facts.body["addresses"] == ["192.0.2.1"])
        #expect(facts.body["ports"] == ["first": 49_152, "last": 65_535])
        #expect(facts.body["certificate_names"] == ["turn.example.org"])
        #expect(facts.body["server_time_ms"] == 1_700_000_000_000)
        #expect(try Rig().json(.get, "/apiv2/relay").status == .notFound)
    }
}
