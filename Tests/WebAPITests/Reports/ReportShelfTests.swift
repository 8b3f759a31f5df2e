import JSON
import Primitives
import Signaling
import Testing

@testable import WebAPI

@Suite struct ReportShelfTests {
    private static let now = Now(
        monotonic: MonotonicTime(nanoseconds: 1_000_000_000_000), unixSeconds: 1_700_000_000)

    private func report(_ code: String) throws -> ConnectionReport {
        try ConnectionReport(
            FieldReader(object: [
                "findings": [["level": "warning", "code": .string(code)]]
            ]))
    }

    @Test func keepsTheNewestAndCountsTheRest() throws {
        var shelf = ReportShelf()
        for number in 1...ReportShelf.countMax + 3 {
            let id = shelf.keep(
                try report("c\(number)"), from: nil, user: nil, at: Self.now)
            #expect(id == UInt64(number))
        }
        #expect(shelf.kept.count == ReportShelf.countMax)
        #expect(shelf.forgotten == 3)
        #expect(shelf[3] == nil)
        #expect(shelf[4]?.content.codes == ["c4"])
        #expect(shelf.kept.last?.id == UInt64(ReportShelf.countMax + 3))
    }
}
