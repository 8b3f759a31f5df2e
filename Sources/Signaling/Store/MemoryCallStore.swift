/// The calls of one daemon.
package struct MemoryCallStore: CallStore {
    private var calls: [CallID: Call] = [:]
    /// Whom each call is indexed under.
    private var users: [CallID: [UserID]] = [:]
    private var byUser: [UserID: Set<CallID>] = [:]
    package private(set) var liveCount = 0

    package init() {}

    package var count: Int { calls.count }
    package var all: [Call] { Array(calls.values) }
    package func call(_ id: CallID) -> Call? { calls[id] }

    package mutating func insert(_ call: Call) {
        remove(call.id)
        calls[call.id] = call
        if call.state != .ended { liveCount += 1 }
        index(call.id, Self.users(of: call))
    }

    package mutating func update<Answer>(
        _ id: CallID, _ change: (inout Call) -> Answer
    ) -> Answer? {
        guard let place = calls.index(forKey: id) else { return nil }
        let wasLive = calls.values[place].state != .ended
        let answer = change(&calls.values[place])
        if wasLive, calls.values[place].state == .ended { liveCount -= 1 }
        let now = Self.users(of: calls.values[place])
        if now != users[id] { index(id, now) }
        return answer
    }

    package mutating func remove(_ id: CallID) {
        guard let call = calls.removeValue(forKey: id) else { return }
        if call.state != .ended { liveCount -= 1 }
        index(id, [])
        users[id] = nil
    }

    package func calls(of user: UserID) -> Set<CallID> { byUser[user] ?? [] }

    package func list(_ filter: CallFilter) -> [Call] {
        let candidates =
            filter.user.map { calls(of: $0).compactMap { calls[$0] } } ?? Array(calls.values)
        let found = candidates.filter { call in
            (filter.statuses.isEmpty || filter.statuses.contains(call.state.status))
                && (filter.after.map { $0 < CallCursor(call) } ?? true)
        }
        let sorted = found.sorted { CallCursor($0) < CallCursor($1) }
        return Array(sorted.prefix(filter.limit + 1))
    }

    private static func users(of call: Call) -> [UserID] {
        var users = call.seats.map(\.user)
        if let callee = call.callee, !users.contains(callee) { users.append(callee) }
        return users
    }

    /// Somebody who has left a call stays in its index only while it has a place for them.
    private mutating func index(_ id: CallID, _ now: [UserID]) {
        for user in users[id] ?? [] where !now.contains(user) {
            byUser[user]?.remove(id)
            if byUser[user]?.isEmpty == true { byUser[user] = nil }
        }
        for user in now { byUser[user, default: []].insert(id) }
        users[id] = now
    }
}
