import Primitives

/// Results of connection tests for people: a line each, and everything about one.
enum ReportTables {
    static func list(_ list: ReportList) -> [String] {
        guard !list.reports.isEmpty else { return ["No reports."] }
        var table = Table([
            .left("ID"), .right("AGE"), .left("CLIENT"), .left("USER"), .left("LEVEL"),
            .left("FINDINGS"),
        ])
        for report in list.reports {
            table.append([
                String(report.id), HumanUnits.duration(report.ageSeconds),
                report.client?.description ?? "unknown", report.user ?? "-", report.level,
                report.findings.joined(separator: ", "),
            ])
        }
        let count = list.reports.count
        let older = list.forgotten > 0 ? " \(list.forgotten) older ones are gone." : ""
        return table.lines + ["", "\(count) report\(count == 1 ? "" : "s").\(older)"]
    }

    static func show(_ report: ReportSnapshot) -> [String] {
        let (summary, content) = (report.summary, report.content)
        var facts = Table([.left(""), .left("")])
        facts.append(["Report", String(summary.id)])
        facts.append(["Age", HumanUnits.duration(summary.ageSeconds)])
        facts.append(["Client", summary.client?.description ?? "unknown"])
        if let user = summary.user { facts.append(["User", user]) }
        if let browser = content.browser { facts.append(["Browser", browser]) }
        if let offset = content.clockOffsetMs {
            let side = offset < 0 ? "ahead of" : "behind"
            facts.append(["Clock", "\(abs(offset)) ms \(side) the server's"])
        }
        return facts.lines + content.findings.flatMap(lines) + content.results.flatMap(lines)
            + (content.outside ?? []).flatMap(lines)
    }

    private static func lines(_ finding: ReportContent.Finding) -> [String] {
        let says = (finding.says ?? finding.code).printable
        let remedy = finding.remedy.map { ["  " + $0.printable] } ?? []
        return ["", "\(finding.level.printable) (\(finding.code.printable)): \(says)"] + remedy
    }

    private static func lines(_ result: ReportContent.Result) -> [String] {
        let took = result.tookMs.map { " after \($0) ms" } ?? ""
        let verdict = result.works ? "works" : "does not work"
        var table = Table([.left(""), .left(""), .left(""), .right("")])
        for candidate in result.candidates {
            table.append([
                "  " + candidate.type, candidate.protocol ?? "",
                "\(candidate.address) \(candidate.port)", "\(candidate.atMs) ms",
            ])
        }
        for failure in result.errors {
            table.append([
                "  error", String(failure.code), failure.text ?? "", "\(failure.atMs) ms",
            ])
        }
        return ["", "\(result.url.printable) \(verdict)\(took)"] + table.lines
            + (result.relayed.map { ["  " + relayed($0)] } ?? [])
    }

    private static func relayed(_ relayed: ReportContent.Relayed) -> String {
        guard relayed.connected else { return "relayed: nothing came through" }
        let rtt = relayed.rttUs.map { "\($0 / 1_000).\($0 % 1_000 / 100) ms" } ?? "no round trip"
        let rate = HumanUnits.bitsPerSecond(UInt64(max(0, relayed.kbps ?? 0)) * 1_000)
        return "relayed: \(rtt), \(rate), \(relayed.sent ?? 0) packets sent, "
            + "\(relayed.received ?? 0) received"
    }

    private static func lines(_ outside: ReportContent.Outside) -> [String] {
        let way =
            outside.connected
            ? "reached from outside" : "not reached from outside"
        let seen = outside.elsewhere == true ? "; its packets come from another address" : ""
        let answers = outside.answers.map { $0 ? "; it answers STUN" : "; no STUN answer" } ?? ""
        return [
            "",
            "relay address \(outside.announced) of \(outside.url): \(way)\(seen)\(answers)"
                .printable,
        ]
    }
}
