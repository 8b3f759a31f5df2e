/// Which allocations to show; every member that is set must match.
package struct AllocationFilter: Hashable, Sendable {
    /// The most allocations one reply carries, so that its size has a bound.
    package static let limitMax = 10_000
    /// What a request without a limit gets: about 1 MB of JSON.
    package static let limitDefault = 1_000

    package var id: AllocationName?
    /// The whole user name, or the account behind it.
    package var user: String?
    /// Further accounts of `user`; the daemon knows which it issued credentials under.
    package var userAccounts: [String] = []
    package var client: EndpointPattern?
    /// A peer with a permission or a channel; a port asks for the channel to exactly there.
    package var peer: EndpointPattern?
    /// At least so old, and at most; in seconds.
    package var olderThan: UInt64?
    package var youngerThan: UInt64?
    /// Most first; nil: as they come.
    package var order: Order?
    /// At most this many; 1 to `limitMax`.
    package var limit: Int

    package init(
        id: AllocationName? = nil, user: String? = nil, client: EndpointPattern? = nil,
        peer: EndpointPattern? = nil, limit: Int = Self.limitDefault
    ) {
        self.id = id
        self.user = user
        self.client = client
        self.peer = peer
        self.limit = limit
    }

    package func matches(_ allocation: AllocationSnapshot) -> Bool {
        (id == nil || id == allocation.id)
            && (user == nil || isUser(of: allocation))
            && (client.map { $0.matches(allocation.client) } ?? true)
            && (peer.map { hasPeer($0, allocation) } ?? true)
            && allocation.ageSeconds >= olderThan ?? 0
            && allocation.ageSeconds <= youngerThan ?? .max
    }

    /// Whether everything matches.
    package var isOpen: Bool {
        id == nil && user == nil && client == nil && peer == nil && olderThan == nil
            && youngerThan == nil
    }

    private func isUser(of allocation: AllocationSnapshot) -> Bool {
        user == allocation.user || user == allocation.account
            || userAccounts.contains(allocation.account)
    }

    private func hasPeer(_ peer: EndpointPattern, _ allocation: AllocationSnapshot) -> Bool {
        allocation.channels.contains { peer.matches($0.peer) }
            || allocation.connections.contains { peer.matches($0.peer) }
            || (peer.port == nil && allocation.permissions.contains { $0.peer == peer.ip })
    }
}

extension AllocationFilter {
    /// What a list may be sorted by.
    package enum Order: String, Hashable, Sendable, CaseIterable {
        case rate
        case traffic
        case age
        case drops
        /// By name, then by traffic.
        case user
    }

    /// Sorts a list and cuts it at the limit.
    package func arrange(_ allocations: inout [AllocationSnapshot]) {
        if let order {
            allocations.sort { one, other in
                if order == .user, one.account != other.account {
                    return one.account < other.account
                }
                let (a, b) = (order.measure(one), order.measure(other))
                return a == b ? one.id.description < other.id.description : a > b
            }
        }
        allocations = Array(allocations.prefix(limit))
    }
}

extension AllocationFilter.Order {
    fileprivate func measure(_ allocation: AllocationSnapshot) -> UInt64 {
        switch self {
        case .rate: allocation.rate.upBitsPerSecond &+ allocation.rate.downBitsPerSecond
        case .traffic, .user: allocation.up.bytes &+ allocation.down.bytes
        case .age: allocation.ageSeconds
        case .drops: allocation.drops.values.reduce(0, &+)
        }
    }
}
