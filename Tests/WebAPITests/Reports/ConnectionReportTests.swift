import JSON
import Signaling
import Testing

@testable import WebAPI

@Suite struct ConnectionReportTests {
    private func read(_ object: JSONObject) throws(FieldDefect) -> ConnectionReport {
        try ConnectionReport(FieldReader(object: object))
    }

    private func complaint(_ object: JSONObject) -> String? {
        do throws(FieldDefect) {
            _ = try read(object)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func theExampleOfTheDescriptionIsKeptWhole() throws {
        let example = try #require(
            Endpoint.reportBody["content"]?["application/json"]?["example"]?.object)
        let report = try read(example)
        #expect(report.level == .problem)
        #expect(report.codes == ["udp_blocked"])
        #expect(report.json["browser"] == example["browser"])
        #expect(report.json["findings"] == example["findings"])
        let result = try #require(report.json["results"]?.array?.first)
        #expect(result["url"] == "turn:turn.example.org:3478?transport=udp")
        let failure = try #require(result["errors"]?.array?.first)
        #expect(failure == ["code": 701, "at_ms": 9_480, "text": "TURN request timed out."])
    }

    @Test func theWorstFindingIsItsLevel() throws {
        let findings: JSONValue = [
            ["level": "good", "code": "all_good"], ["level": "warning", "code": "clock_off"],
        ]
        #expect(try read(["findings": findings]).level == .warning)
        #expect(try read([:]).level == .good)
    }

    @Test func whatIsNotKnownIsLeftOut() throws {
        let report = try read(["results": [["url": "stun:a", "more": 1]], "cookie": "x"])
        #expect(report.json["cookie"] == nil)
        #expect(report.json["results"]?.array?.first?["more"] == nil)
    }

    @Test(arguments: ["credential", "password", "username", "secret", "token", "Authorization"])
    func aCredentialAnywhereRefusesTheWhole(_ name: String) {
        var server = JSONObject()
        server["url"] = "turn:a"
        server[name] = "hunter2"
        let reason = complaint(["results": [["url": "turn:a", "deep": [.object(server)]]]])
        #expect(reason == "a report holds no credentials: take \(name) out")
        #expect(reason?.contains("hunter2") == false)
    }

    @Test(arguments: ["http://a", "turn:user@a", "", "turn:a\u{1b}[2J"])
    func anAddressIsAURIWithoutAUser(_ url: String) {
        #expect(complaint(["results": [["url": .string(url)]]]) != nil)
    }

    @Test func everythingIsBounded() {
        let finding: JSONValue = ["level": "good", "code": "x"]
        let result: JSONValue = ["url": "stun:a"]
        #expect(complaint(["findings": .array(Array(repeating: finding, count: 17))]) != nil)
        #expect(complaint(["results": .array(Array(repeating: result, count: 33))]) != nil)
        #expect(complaint(["findings": [["level": "worst", "code": "x"]]]) != nil)
        #expect(complaint(["findings": [["level": "good", "code": "a b"]]]) != nil)
        #expect(
            complaint(["results": [["url": "stun:a", "candidates": [["port": 65_536]]]]]) != nil)
        #expect(complaint(["results": [["url": "stun:a", "took_ms": -1]]]) != nil)
        #expect(complaint(["browser": .string(String(repeating: "a", count: 601))]) != nil)
        #expect(complaint(["results": ["text"]]) != nil)
    }
}
