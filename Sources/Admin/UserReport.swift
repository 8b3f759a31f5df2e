/// Somebody who relays or is signed in now.
package struct UserReport: Codable, Hashable, Sendable {
    /// The name that quotas and bans go by; of somebody who only signed in, the user of the token.
    package var account: String
    /// The user of the token, where the account is the code of one.
    package var user: String?
    package var allocations: Int
    /// Peers that the allocations may exchange packets with.
    package var permissions: Int
    package var sessions: Int
    /// Of those, the ones with an open WebSocket.
    package var online: Int
    package var calls: Int
    /// Of the allocations that live now.
    package var up: Traffic
    package var down: Traffic
    package var rate: TrafficRate
    /// For how long new allocations are refused; nil: they are not.
    package var bannedSeconds: UInt64?

    package init(
        account: String, user: String? = nil, allocations: Int = 0, permissions: Int = 0,
        sessions: Int = 0, online: Int = 0, calls: Int = 0, up: Traffic = Traffic(),
        down: Traffic = Traffic(), rate: TrafficRate = TrafficRate(), bannedSeconds: UInt64? = nil
    ) {
        self.account = account
        self.user = user
        self.allocations = allocations
        self.permissions = permissions
        self.sessions = sessions
        self.online = online
        self.calls = calls
        self.up = up
        self.down = down
        self.rate = rate
        self.bannedSeconds = bannedSeconds
    }
}

/// Users in the order of a query, cut at its limit.
package struct UserList: Codable, Hashable, Sendable {
    /// How many there are in all.
    package var matched: Int
    package var users: [UserReport]
    /// How many allocations a user may have at once; nil: as many as they like.
    package var quota: Int?

    package init(matched: Int, users: [UserReport], quota: Int? = nil) {
        self.matched = matched
        self.users = users
        self.quota = quota
    }

    /// The list that a query makes of everybody.
    package init(_ all: [UserReport], _ query: UserQuery, quota: Int?) {
        let sorted = all.sorted { one, other in
            let (a, b) = (query.order.measure(one), query.order.measure(other))
            return a == b ? one.account < other.account : a > b
        }
        self.init(matched: all.count, users: Array(sorted.prefix(query.limit)), quota: quota)
    }
}

/// Which users to show first, and how many.
package struct UserQuery: Hashable, Sendable {
    package static let limitDefault = 50
    package static let limitMax = 10_000

    /// What the order goes by, most first.
    package enum Order: String, Hashable, Sendable, CaseIterable {
        case rate
        case traffic
        case allocations
        case sessions

        func measure(_ user: UserReport) -> UInt64 {
            switch self {
            case .rate: user.rate.upBitsPerSecond &+ user.rate.downBitsPerSecond
            case .traffic: user.up.bytes &+ user.down.bytes
            case .allocations: UInt64(user.allocations)
            case .sessions: UInt64(user.sessions)
            }
        }
    }

    package var order: Order
    package var limit: Int

    package init(order: Order = .traffic, limit: Int = Self.limitDefault) {
        self.order = order
        self.limit = limit
    }
}
