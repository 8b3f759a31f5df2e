import JSON
import Primitives
import Testing

@testable import Probe

@Suite struct ProbeReportTests {
    private func report(_ rehearsal: Rehearsal = Rehearsal()) -> ProbeReport {
        var rehearsal = rehearsal
        var report = ProbeReport(settings: rehearsal.settings)
        report.addresses = [IPAddress(198, 51, 100, 1)]
        report.nameNanoseconds = 1_250_000
        report.paths = [rehearsal.run()]
        return report
    }

    @Test func textForPeople() {
        #expect(
            report().text == """
                turn.example.org: 1 address, found in 1.3 ms

                198.51.100.1
                  udp  3478  ok        binding 10.0 ms, allocate 10.0 ms
                                       relays at 198.51.100.1:50001, sees this client as \
                198.51.100.2:4000, realm turn.example.org, fake
                                       own socket and relay: 20 of 20 packets came back, \
                round trip 20.0 ms, p95 20.0 ms
                                       relay to relay: 20 of 20 packets came back, \
                round trip 20.0 ms, p95 20.0 ms
                                       relay to relay, channels: 20 of 20 packets came back, \
                round trip 20.0 ms, p95 20.0 ms

                All is well.

                """)
    }

    @Test func textOfAFault() {
        let rehearsal = Rehearsal()
        rehearsal.server.losesOwn = true
        let text = report(rehearsal).text
        #expect(text.contains("  udp  3478  FAILED"))
        #expect(text.contains("\nSomething is wrong: 1 error.\n\n  error: nothing comes through"))
        #expect(text.contains("\n    -> Open the relay ports, UDP from min-port to max-port"))
        #expect(text.contains("[udp 198.51.100.1:3478]"))
        for line in text.split(separator: "\n") where line.hasPrefix("    ") {
            #expect(line.hasPrefix("                ") || line.count <= 92)
        }
    }

    @Test func whatServersSayCannotMoveTheCursor() {
        var report = report()
        report.paths[0].software = "a\u{1B}[2Jb\u{202E}"
        #expect(report.text.contains(", a?[2Jb?\n"))
    }

    @Test func jsonForPrograms() throws {
        let text = report().json
        #expect(text.hasSuffix("}\n"))
        var object = try #require(JSONValue.parse(Array(text.utf8).span).object)
        let path = try #require(object["paths"]?.array?.first?.object)
        object["paths"] = nil
        #expect(
            JSONValue.object(object) == [
                "schema": 1, "host": "turn.example.org", "verdict": "ok", "exitCode": 0,
                "at": 1_800_000_000, "nameMilliseconds": .number(1.25),
                "addresses": ["198.51.100.1"], "findings": [],
            ])
        #expect(
            path.fields.map(\.name) == [
                "transport", "server", "status", "steps", "tls", "mapped", "relayed",
                "lifetimeSeconds", "realm", "software", "echoes",
            ])
        #expect(path["status"] == "ok")
        #expect(path["tls"] == .null)
        let step = try #require(path["steps"]?.array?.first?.object)
        #expect(step["name"] == "binding")
        #expect(step["outcome"] == "ok")
        #expect(step["milliseconds"] == .integer(10) || step["milliseconds"] == .number(10))
        let echo = try #require(path["echoes"]?.array?.last?.object)
        #expect(echo["mode"] == "channels")
        #expect(echo["received"] == 20)
    }

    @Test func secretsAreInNoReport() {
        var rehearsal = Rehearsal(.user(name: "alice", password: "wonder-land"))
        rehearsal.server.password = "another"
        let report = report(rehearsal)
        rehearsal.settings.credentials = .none
        #expect(report.verdict == .failed)
        #expect(!report.text.contains("wonder-land"))
        #expect(!report.json.contains("wonder-land"))
    }
}
