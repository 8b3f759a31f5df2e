import Admin
import Crypto
import LinuxIO
import Primitives
import Signaling
import TURN

/// What the allocations of one account come to.
struct AccountHoldings: Sendable {
    var allocations = 0
    var permissions = 0
    var up = Admin.Traffic()
    var down = Admin.Traffic()
    /// Of the oldest allocation.
    var ageSeconds: UInt64 = 0

    static func + (a: Self, b: Self) -> Self {
        Self(
            allocations: a.allocations + b.allocations,
            permissions: a.permissions + b.permissions, up: a.up + b.up, down: a.down + b.down,
            ageSeconds: max(a.ageSeconds, b.ageSeconds))
    }
}

// Who uses the server, for relaying and for calls.
extension ControlRoom {
    func users(_ query: UserQuery) throws(AdminRefusal) -> UserList {
        let now = Clock.monotonic()
        let accounts = try desk.accounts()
        let people = applications?.signaling?.switchboard.holdings ?? [:]
        // A user of calls relays under codes, one for each secret.
        var userOfCode: [String: String] = [:]
        for user in people.keys {
            for code in desk.issuedAccounts(of: user.text) { userOfCode[code] = user.text }
        }
        userRates.clean(at: now)
        var reports: [String: UserReport] = [:]
        for (account, held) in accounts {
            let user = userOfCode[account]
            var report = UserReport(account: account, user: user)
            report.allocations = held.allocations
            report.permissions = held.permissions
            report.up = held.up
            report.down = held.down
            report.rate = userRates.rate(
                of: account, up: held.up, down: held.down, ageSeconds: held.ageSeconds, at: now)
            report.bannedSeconds = desk.banned(account, at: now)
            reports[account] = report
        }
        for (user, held) in people { add(held, of: user.text, to: &reports, at: now) }
        return UserList(Array(reports.values), query, quota: desk.quota)
    }

    /// Of several accounts of one user the busiest is shown with the sessions.
    private func add(
        _ held: Switchboard.Holdings, of user: String, to reports: inout [String: UserReport],
        at now: MonotonicTime
    ) {
        let codes = desk.issuedAccounts(of: user) + [user]
        let account =
            codes.compactMap { reports[$0] }.max { $0.allocations < $1.allocations }?.account
            ?? user
        var report =
            reports[account]
            ?? UserReport(
                account: account,
                bannedSeconds: codes.compactMap { desk.banned($0, at: now) }.max())
        report.sessions = held.sessions
        report.online = held.online
        report.calls = held.calls
        reports[account] = report
    }
}
