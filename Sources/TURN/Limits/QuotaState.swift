import Primitives

/// The books of `QuotaLedger`, inside its lock.
///
/// A user without allocations stays known until its place is needed, the longest idle first:
/// ending and repeating an allocation must not buy a fresh burst of permissions.
struct QuotaState {
    private(set) var limits: ServerSettings.Limits
    private let usersMax: Int
    private(set) var allocations = 0
    private var slotByUser: [String: Int] = [:]
    private var users: [User] = []
    /// Ends of the list of users without allocations, longest idle first; -1 for none.
    private var idleFirst = -1
    private var idleLast = -1

    private struct User {
        var key: String
        var usage = QuotaLedger.Usage()
        var newPermissions: TokenBucket
        /// Neighbours in the idle list.
        var before = -1
        var after = -1
    }

    init(limits: ServerSettings.Limits, usersMax: Int) {
        self.limits = limits
        self.usersMax = usersMax
    }

    /// The second value: the slot begins with this user, not known before.
    mutating func acquire(_ key: String) -> (AllocationQuotaVerdict, Bool) {
        if limits.allocations > 0, allocations >= limits.allocations {
            return (.serverFull(used: allocations, limit: limits.allocations), false)
        }
        if let slot = slotByUser[key] {
            let used = users[slot].usage.allocations
            let limit = limits.allocationsPerUser
            if limit > 0, used >= limit { return (.userFull(used: used, limit: limit), false) }
            if used == 0 { leaveIdle(slot) }
            users[slot].usage.allocations += 1
            allocations += 1
            return (.granted(UserSlot(slot)), false)
        }
        guard let slot = place(key) else {
            return (.serverFull(used: allocations, limit: allocations), false)
        }
        users[slot].usage.allocations = 1
        allocations += 1
        return (.granted(UserSlot(slot)), true)
    }

    func slot(of key: String) -> UserSlot? { slotByUser[key].map { UserSlot($0) } }

    mutating func release(_ user: UserSlot) {
        let slot = Int(user.index)
        precondition(users[slot].usage.allocations > 0, "allocation released twice")
        users[slot].usage.allocations -= 1
        allocations -= 1
        if users[slot].usage.allocations == 0 {
            precondition(users[slot].usage.permissions == 0, "permissions outlive allocations")
            precondition(users[slot].usage.connections == 0, "connections outlive allocations")
            enterIdle(slot)
        }
    }

    mutating func acquirePermissions(
        _ user: UserSlot, _ count: Int, _ now: MonotonicTime
    ) -> PermissionQuotaVerdict {
        let slot = Int(user.index)
        let used = users[slot].usage.permissions
        let limit = limits.permissionsPerUser
        if limit > 0, used + count > limit { return .userFull(used: used, limit: limit) }
        guard users[slot].newPermissions.take(UInt64(count), at: now) else {
            return .tooFast(perSecond: limits.newPermissionsPerSecond)
        }
        users[slot].usage.permissions += count
        return .granted
    }

    mutating func releasePermissions(_ user: UserSlot, _ count: Int) {
        let slot = Int(user.index)
        precondition(users[slot].usage.permissions >= count, "permission released twice")
        users[slot].usage.permissions -= count
    }

    mutating func acquireConnection(
        _ user: UserSlot, isPaced: Bool, _ now: MonotonicTime
    ) -> ConnectionQuotaVerdict {
        let slot = Int(user.index)
        let used = users[slot].usage.connections
        let limit = limits.connectionsPerUser
        if limit > 0, used >= limit { return .userFull(used: used, limit: limit) }
        guard !isPaced || users[slot].newPermissions.take(1, at: now) else {
            return .tooFast(perSecond: limits.newPermissionsPerSecond)
        }
        users[slot].usage.connections += 1
        return .granted
    }

    mutating func releaseConnection(_ user: UserSlot) {
        let slot = Int(user.index)
        precondition(users[slot].usage.connections > 0, "connection released twice")
        users[slot].usage.connections -= 1
    }

    mutating func apply(_ new: ServerSettings.Limits) {
        limits = new
        for slot in users.indices { users[slot].newPermissions.setRate(permissionRate) }
    }

    func usage(_ key: String) -> QuotaLedger.Usage {
        slotByUser[key].map { users[$0].usage } ?? .init()
    }

    func largest(_ limit: Int) -> [(user: String, usage: QuotaLedger.Usage)] {
        users.filter { $0.usage.allocations > 0 }
            .sorted { $0.usage.allocations > $1.usage.allocations }
            .prefix(limit).map { ($0.key, $0.usage) }
    }

    private var permissionRate: TokenRate {
        TokenRate(
            perSecond: UInt64(max(limits.newPermissionsPerSecond, 0)),
            burst: UInt64(max(limits.permissionBurst, 1)))
    }

    /// A slot for a user not known: a new one, else that of the user idle for longest.
    private mutating func place(_ key: String) -> Int? {
        let user = User(key: key, newPermissions: TokenBucket(permissionRate))
        if users.count < usersMax {
            users.append(user)
            slotByUser[key] = users.count - 1
            return users.count - 1
        }
        guard idleFirst >= 0 else { return nil }
        let slot = idleFirst
        leaveIdle(slot)
        slotByUser[users[slot].key] = nil
        users[slot] = user
        slotByUser[key] = slot
        return slot
    }

    private mutating func enterIdle(_ slot: Int) {
        users[slot].before = idleLast
        users[slot].after = -1
        if idleLast >= 0 { users[idleLast].after = slot } else { idleFirst = slot }
        idleLast = slot
    }

    private mutating func leaveIdle(_ slot: Int) {
        let (before, after) = (users[slot].before, users[slot].after)
        if before >= 0 { users[before].after = after } else { idleFirst = after }
        if after >= 0 { users[after].before = before } else { idleLast = before }
    }
}
