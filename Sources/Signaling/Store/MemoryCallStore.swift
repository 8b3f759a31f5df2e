package import Primitives

/// The calls of one daemon.
package final class MemoryCallStore: CallStore {
    /// Changed in its place: a call is large, and every frame of a client changes one.
    private final class Place {
        var call: Call
        /// Whom the call is indexed under.
        var users: [UserID] = []

        init(_ call: Call) { self.call = call }
    }

    private var calls: [CallID: Place] = [:]
    private var byUser: [UserID: Set<CallID>] = [:]
    package private(set) var liveCount = 0

    package init() {}

    package var count: Int { calls.count }
    package var all: [Call] { calls.values.map(\.call) }
    package func call(_ id: CallID) -> Call? { calls[id]?.call }
    package func nextDeadline(of id: CallID) -> MonotonicTime? {
        update(id) { $0.nextDeadline } ?? nil
    }

    package func insert(_ call: Call) {
        remove(call.id)
        let place = Place(call)
        calls[call.id] = place
        if call.state != .ended { liveCount += 1 }
        index(place)
    }

    package func update<Answer>(
        _ id: CallID, _ change: (inout Call) -> Answer
    ) -> Answer? {
        guard let place = calls[id] else { return nil }
        let wasLive = place.call.state != .ended
        let answer = change(&place.call)
        if wasLive, place.call.state == .ended { liveCount -= 1 }
        if !Self.isIndexed(place) { index(place) }
        return answer
    }

    package func remove(_ id: CallID) {
        guard let place = calls.removeValue(forKey: id) else { return }
        if place.call.state != .ended { liveCount -= 1 }
        for user in place.users { unindex(id, user) }
    }

    package func calls(of user: UserID) -> Set<CallID> { byUser[user] ?? [] }

    package func list(_ filter: CallFilter) -> [Call] {
        let candidates =
            filter.user.map { calls(of: $0).compactMap { call($0) } } ?? all
        let found = candidates.filter { call in
            (filter.statuses.isEmpty || filter.statuses.contains(call.state.status))
                && (filter.after.map { $0 < CallCursor(call) } ?? true)
        }
        let sorted = found.sorted { CallCursor($0) < CallCursor($1) }
        return Array(sorted.prefix(filter.limit + 1))
    }

    private static func users(of call: Call) -> [UserID] {
        var users = call.seats.map(\.user)
        for user in [call.callee, call.owner] {
            if let user, !users.contains(user) { users.append(user) }
        }
        return users
    }

    /// Whether the users are still the same.
    private static func isIndexed(_ place: Place) -> Bool {
        let (seats, users) = (place.call.seats.count, place.users)
        guard seats <= users.count else { return false }
        for index in 0..<seats where place.call.seats[index].user != users[index] { return false }
        var count = seats
        for user in [place.call.callee, place.call.owner] {
            guard let user, !users[..<count].contains(user) else { continue }
            guard count < users.count, users[count] == user else { return false }
            count += 1
        }
        return count == users.count
    }

    /// Somebody who has left a call stays in its index only while it has a place for them.
    private func index(_ place: Place) {
        let now = Self.users(of: place.call)
        for user in place.users where !now.contains(user) { unindex(place.call.id, user) }
        for user in now { byUser[user, default: []].insert(place.call.id) }
        place.users = now
    }

    private func unindex(_ id: CallID, _ user: UserID) {
        byUser[user]?.remove(id)
        if byUser[user]?.isEmpty == true { byUser[user] = nil }
    }
}
