import Testing

@testable import Admin

@Suite struct ManualPageTests {
    @Test func textCannotBecomeARequest() {
        var page = ManualPage("a-b", section: 1, about: "c")
        page.paragraph(".so /etc/passwd")
        page.literal(["'quoted' \\n `x`"])
        let lines = page.text.split(separator: "\n")
        #expect(lines[1].hasPrefix(".TH A\\-B 1 \"\" \"Turnstone "))
        #expect(lines.contains("a\\-b \\- c"))
        #expect(lines.contains("\\&.so /etc/passwd"))
        #expect(lines.contains("\\&\\(aqquoted\\(aq \\en \\(gax\\(ga"))
    }

    @Test func backquotesAreBold() {
        var page = ManualPage("a", section: 1, about: "c")
        page.paragraph("write `turnstone check` first")
        #expect(page.text.hasSuffix("write \\fBturnstone check\\fR first"))
    }

    @Test func theCommandsPageHasThemAll() {
        // roff's hyphen: a plain one may become a dash.
        let page = CommandManual.text.split(separator: "\\-", omittingEmptySubsequences: false)
            .joined(separator: "-")
        for spec in CommandTable.all {
            #expect(page.contains(".SS turnstone \(spec.name)"), "\(spec.name)")
            #expect(page.contains(spec.summary.split(separator: "'")[0].prefix(12)))
        }
        for code in ExitCode.allCases { #expect(page.contains("\\fB\(code.rawValue)\\fR")) }
    }
}
