import Primitives
import Testing

@testable import TURN

@Suite struct QuotaLedgerTests {
    private func limits(perUser: Int = 0, total: Int = 0) -> ServerSettings.Limits {
        var limits = ServerSettings.Limits()
        limits.allocationsPerUser = perUser
        limits.allocations = total
        limits.permissionsPerUser = 0
        limits.newPermissionsPerSecond = 0
        return limits
    }

    /// Random users come and go against plain counts.
    @Test(arguments: 0..<30)
    func agreesWithPlainCounts(seed: UInt64) {
        var random = SeededRandom(seed)
        let perUser = random.below(4)
        let total = random.below(12)
        let usersMax = 1 + random.below(6)
        let ledger = QuotaLedger(
            limits: limits(perUser: perUser, total: total), usersMax: usersMax)
        var held: [(user: String, slot: UserSlot, permissions: Int)] = []
        for _ in 0..<2000 {
            let count = { (user: String) in held.count { $0.user == user } }
            if random.below(10) < 5 {
                let user = "user\(random.below(10))"
                let users = Set(held.map(\.user))
                let mayUser = perUser == 0 || count(user) < perUser
                let mayServer =
                    (total == 0 || held.count < total)
                    && (users.contains(user) || users.count < usersMax)
                switch ledger.acquire(user: user) {
                case .granted(let slot):
                    #expect(mayUser && mayServer, "seed \(seed)")
                    held.append((user, slot, 0))
                case .userFull(let used, let limit):
                    #expect(!mayUser && used == count(user) && limit == perUser, "seed \(seed)")
                case .serverFull: #expect(!mayServer, "seed \(seed)")
                }
            } else if let index = held.indices.randomElement(using: &random) {
                if random.below(2) == 0 {
                    let verdict = ledger.acquirePermissions(
                        held[index].slot, count: 2, at: MonotonicTime(nanoseconds: 0))
                    #expect(verdict == .granted)
                    held[index].permissions += 2
                } else {
                    let gone = held.remove(at: index)
                    ledger.releasePermissions(gone.slot, count: gone.permissions)
                    ledger.release(gone.slot)
                }
            }
            compare(ledger, held, seed)
        }
    }

    private func compare(
        _ ledger: QuotaLedger, _ held: [(user: String, slot: UserSlot, permissions: Int)],
        _ seed: UInt64
    ) {
        #expect(ledger.allocations == held.count, "seed \(seed)")
        for number in 0..<10 {
            let mine = held.filter { $0.user == "user\(number)" }
            let usage = ledger.usage(of: "user\(number)")
            #expect(usage.allocations == mine.count, "seed \(seed)")
            #expect(usage.permissions == mine.reduce(0) { $0 + $1.permissions }, "seed \(seed)")
        }
    }

    @Test func burstOfPermissionsPassesAndAScanDoesNot() {
        var limits = ServerSettings.Limits()
        limits.newPermissionsPerSecond = 20
        limits.permissionBurst = 60
        limits.permissionsPerUser = 1000
        let ledger = QuotaLedger(limits: limits)
        guard case .granted(let user) = ledger.acquire(user: "alice") else { return }
        let start = MonotonicTime(nanoseconds: 5_000_000_000)
        #expect(ledger.acquirePermissions(user, count: 60, at: start) == .granted)
        #expect(
            ledger.acquirePermissions(user, count: 1, at: start) == .tooFast(perSecond: 20))

        // Ending the allocation and beginning anew buys nothing.
        ledger.releasePermissions(user, count: 60)
        ledger.release(user)
        guard case .granted(let again) = ledger.acquire(user: "alice") else { return }
        #expect(
            ledger.acquirePermissions(again, count: 1, at: start) == .tooFast(perSecond: 20))

        #expect(ledger.acquirePermissions(again, count: 20, at: start + Seconds(1)) == .granted)
        guard case .granted(let other) = ledger.acquire(user: "bob") else { return }
        #expect(ledger.acquirePermissions(other, count: 60, at: start) == .granted)
    }

    @Test func permissionsPerUserAreBounded() {
        var limits = limits()
        limits.permissionsPerUser = 5
        let ledger = QuotaLedger(limits: limits)
        guard case .granted(let user) = ledger.acquire(user: "a"),
            case .granted(let second) = ledger.acquire(user: "a")
        else { return }
        let now = MonotonicTime(nanoseconds: 0)
        #expect(ledger.acquirePermissions(user, count: 3, at: now) == .granted)
        #expect(
            ledger.acquirePermissions(second, count: 3, at: now) == .userFull(used: 3, limit: 5))
        #expect(ledger.acquirePermissions(second, count: 2, at: now) == .granted)
    }

    @Test func loweredLimitsTakeNothingAway() {
        let ledger = QuotaLedger(limits: limits(perUser: 3))
        guard case .granted(let first) = ledger.acquire(user: "a"),
            case .granted(let second) = ledger.acquire(user: "a")
        else { return }
        ledger.apply(limits(perUser: 1))
        #expect(ledger.acquire(user: "a") == .userFull(used: 2, limit: 1))
        ledger.release(first)
        #expect(ledger.acquire(user: "a") == .userFull(used: 1, limit: 1))
        ledger.release(second)
        guard case .granted = ledger.acquire(user: "a") else {
            Issue.record("one is allowed again")
            return
        }
    }

    @Test func byteRatesFollowTheLimits() {
        var limits = limits()
        limits.bytesPerSecondPerUser = 1_000_000
        let ledger = QuotaLedger(limits: limits, usersMax: 4)
        guard case .granted(let user) = ledger.acquire(user: "a") else { return }
        let now = MonotonicTime(nanoseconds: 0)
        let slot = QuotaLedger.byteSlot(user, isDown: false)
        #expect(ledger.userBytes.lease(slot, upTo: 2_000_000, at: now) == 1_000_000)
        #expect(ledger.userBytes.lease(slot, upTo: 1, at: now) == 0)
        #expect(ledger.totalBytes.lease(0, upTo: 9_000_000, at: now) == 9_000_000)
        let other = QuotaLedger.byteSlot(user, isDown: true)
        #expect(ledger.userBytes.lease(other, upTo: 2_000_000, at: now) == 1_000_000)
        ledger.release(user)
        // Same user, same slot, same debt.
        #expect(ledger.acquire(user: "a") == .granted(user))
        #expect(ledger.userBytes.lease(slot, upTo: 1, at: now) == 0)
    }

    @Test func listsTheLargestUsers() {
        let ledger = QuotaLedger(limits: limits())
        for user in ["a", "b", "b", "c", "c", "c"] { _ = ledger.acquire(user: user) }
        #expect(ledger.largest(2).map(\.user) == ["c", "b"])
    }
}
