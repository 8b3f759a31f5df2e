import JSON
import Probe
import Testing

@testable import Doctor

@Suite struct DoctorReportTests {
    private var report: DoctorReport {
        var facts = DoctorFacts(file: "/etc/turnstone/turnstone.conf")
        facts.unixSeconds = 1_795_248_000
        facts.daemon = .found(.silent("No such file"))
        facts.problems = [
            .init(severity: .error, code: "invalid-value", text: "f:3: min-port: \u{1b}[2J no")
        ]
        return DoctorReport(facts)
    }

    @Test func peopleSeeChecksThenFindingsThenWhatIsLeft() {
        let lines = report.text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "/etc/turnstone/turnstone.conf, looked at from inside")
        #expect(lines[2] == "  FAILED    configuration   invalid-value")
        #expect(lines[4] == "  not seen  ports           the configuration allows no start")
        #expect(report.text.contains("\n         turnstone check /etc/turnstone/turnstone.conf\n"))
        #expect(report.text.contains("turnstone probe HOST"))
        #expect(report.text.contains("As root"))
        // Nothing in a file can move the cursor.
        #expect(!report.text.contains("\u{1b}"))
    }

    @Test func programsGetTheSame() throws {
        let value = try JSONValue.parse(Array(report.json.utf8).span)
        #expect(value["schema"]?.integer == 1 && value["exitCode"]?.integer == 2)
        #expect(value["verdict"]?.string == "failed" && value["root"]?.bool == false)
        #expect(value["checks"]?.array?.count == DoctorCheck.allCases.count)
        let finding = try #require(value["findings"]?.array?.first)
        for name in ["id", "check", "severity", "what", "why", "mend", "commands", "paths"] {
            #expect(finding[name] != nil, "\(name)")
        }
    }

    @Test func wordsForAShellAreQuoted() {
        #expect("/etc/a-b_c.conf".quoted == "/etc/a-b_c.conf")
        #expect("a b; rm".quoted == "'a b; rm'")
        #expect("it's".quoted == "'it'\\''s'")
        #expect("".quoted == "''")
    }
}
