import Testing

@testable import Admin

@Suite struct UserReportTests {
    private static let quiet = UserReport(account: "quiet", sessions: 9)
    private static let many = UserReport(account: "many", allocations: 7)
    private static let heavy = UserReport(
        account: "heavy", allocations: 1, up: Traffic(packets: 1, bytes: 900),
        down: Traffic(packets: 1, bytes: 200))
    private static let fast = UserReport(
        account: "fast", allocations: 1, up: Traffic(packets: 1, bytes: 1_000),
        rate: TrafficRate(nanoseconds: 1_000_000_000, up: Traffic(packets: 1, bytes: 10)))

    @Test(arguments: [
        (UserQuery.Order.traffic, ["heavy", "fast", "many", "quiet"]),
        (.rate, ["fast", "heavy", "many", "quiet"]),
        (.allocations, ["many", "fast", "heavy", "quiet"]),
        (.sessions, ["quiet", "fast", "heavy", "many"]),
    ])
    func theMostComeFirstAndEqualOnesByName(_ order: UserQuery.Order, _ expected: [String]) {
        let all = [Self.quiet, Self.many, Self.heavy, Self.fast]
        let list = UserList(all, UserQuery(order: order), quota: nil)
        #expect(list.users.map(\.account) == expected)
        let cut = UserList(all, UserQuery(order: order, limit: 2), quota: nil)
        #expect(cut.users.map(\.account) == Array(expected.prefix(2)))
        #expect(cut.matched == 4)
    }
}
