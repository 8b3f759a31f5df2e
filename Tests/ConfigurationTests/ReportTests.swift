import FoundationEssentials
import Testing

@testable import Configuration

/// The report as text and as JSON.
struct ReportTests {
    @Test func jsonIsWellFormed() throws {
        struct Shape: Decodable {
            struct Line: Decodable {
                let line: Int
                let key: String
                let value: String
                let verdict: String
                let severity: String
                let message: String
                let coturn: String
                let problems: [Note]
            }
            struct Note: Decodable {
                let severity: String
                let code: String
                let message: String
                let advice: String
            }
            let format: Int
            let file: String
            let starts: Bool
            let severity: String
            let lines: [Line]
            let findings: [Note]
        }
        let text = "realm=\"quote \\ \u{e9}\u{7f} # x\"\nno-sslv2\nuser=a\n"
        let report = Configuration.parse(text, file: "dir/\"odd\".conf").1
        let shape = try JSONDecoder().decode(Shape.self, from: Data(report.json.utf8))
        #expect(shape.format == 1)
        #expect(shape.file == "dir/\"odd\".conf")
        #expect(!shape.starts)
        #expect(shape.severity == "error")
        #expect(shape.lines.map(\.line) == [1, 2, 3])
        #expect(shape.lines.map(\.verdict) == ["honoured", "no effect", "invalid"])
        #expect(shape.lines[0].value == report.lines[0].value)
        #expect(shape.lines[1].coturn == "coturn dropped it in 4.7.0.")
        #expect(shape.findings.map(\.code) == report.findings.map(\.code))
        #expect(shape.lines[2].problems.map(\.advice) == report.lines[2].problems.map(\.advice))
    }

    @Test func emptyReport() {
        let report = Configuration.parse("stun-only", file: "t").1
        #expect(report.findings.isEmpty)
        #expect(report.severity == .ok)
        #expect(report.text.hasSuffix("\n0 errors, 0 warnings: the server would start.\n"))
        #expect(report.json.contains("\"findings\": []"))
    }

    @Test func exitStatus() {
        let status = { (text: String, strict: Bool) in
            Configuration.parse(text, file: "t").1.exitStatus(strict: strict)
        }
        #expect(status("stun-only", true) == 0)
        #expect(status("stun-only\nnonsense", false) == 0)
        #expect(status("stun-only\nnonsense", true) == 1)
        #expect(status("stun-only=maybe", false) == 2)
    }

    @Test(arguments: Repository.fixtureNames)
    func proseKeepsToAHundredColumns(name: String) throws {
        let bytes = try Repository.bytes("\(Repository.fixtures)/\(name).conf")
        let text = Configuration.parse(bytes, file: name).1.text
        let prose = text.split(separator: "\n").filter { $0.hasPrefix("         ") }
        for row in prose { #expect(row.count <= 100, "\(row)") }
    }
}
