import Testing

@testable import Admin

@Suite struct ReportTablesTests {
    @Test func aListSaysWhatIsGone() {
        let list = ReportList(reports: [Samples.report.summary], forgotten: 2)
        #expect(
            ReportTables.list(list) == [
                "ID    AGE  CLIENT        USER   LEVEL    FINDINGS",
                "7   1m05s  198.51.100.7  alice  problem  udp_blocked",
                "", "1 report. 2 older ones are gone.",
            ])
        #expect(ReportTables.list(ReportList(reports: [], forgotten: 0)) == ["No reports."])
    }

    @Test func oneIsShownWhole() {
        #expect(
            ReportTables.show(Samples.report) == [
                "Report   7",
                "Age      1m05s",
                "Client   198.51.100.7",
                "User     alice",
                "Browser  Mozilla/5.0",
                "Clock    1500 ms ahead of the server's",
                "",
                "problem (udp_blocked): UDP does not come through.",
                "  Open UDP 3478.",
                "",
                "turn:203.0.113.5:3478?transport=tcp works after 41 ms",
                "  relay  tcp  203.0.113.5 50000  40 ms",
                "  error  701  timed out           9 ms",
                "  relayed: 12.3 ms, 8.00 Mbit/s, 9 packets sent, 8 received",
                "",
                "relay address 203.0.113.9 of turn:203.0.113.5:3478?transport=tcp: not reached "
                    + "from outside; its packets come from another address; no STUN answer",
            ])
    }

    @Test func whatAStrangerWroteCannotMoveTheCursor() throws {
        let json = #"{"findings":[{"level":"good","code":"x","says":"\u001b[2J"}],"results":[]}"#
        let content = try #require(ReportContent(keptAs: Array(json.utf8)))
        let report = ReportSnapshot(summary: Samples.report.summary, content: content)
        #expect(ReportTables.show(report).contains(#"good (x): \u{1b}[2J"#))
    }
}
