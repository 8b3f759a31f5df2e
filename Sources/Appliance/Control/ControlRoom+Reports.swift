import Admin
import JSON
import LinuxIO
import Primitives
import WebAPI

// What the admin socket shows of connection tests.
extension ControlRoom {
    func reports() -> ReportList {
        let shelf = applications?.reports ?? ReportShelf()
        return ReportList(
            reports: shelf.kept.reversed().map { summary($0) }, forgotten: shelf.forgotten)
    }

    func report(_ id: UInt64) throws(AdminRefusal) -> ReportSnapshot {
        guard let kept = applications?.reports[id],
            let content = ReportContent(keptAs: JSONValue.object(kept.content.json).bytes)
        else { throw AdminRefusal(.noSuchReport, "no report \(id); only the newest are kept") }
        return ReportSnapshot(summary: summary(kept), content: content)
    }

    private func summary(_ kept: KeptReport) -> ReportSummary {
        let now = Clock.now().unixSeconds
        return ReportSummary(
            id: kept.id, ageSeconds: max(now, kept.unixSeconds) - kept.unixSeconds,
            client: kept.client, user: kept.user, level: kept.content.level.rawValue,
            findings: kept.content.codes)
    }
}
