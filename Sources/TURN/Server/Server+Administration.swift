package import Primitives

// What operators see and do.
extension Server {
    /// What unauthenticated sources asked and were answered, in answers and bytes.
    package var budgetCounts: UnauthenticatedBudget.Counts { budget.counts }

    /// How many allocations this worker has.
    package var allocationCount: Int { allocations.count }

    /// A page of the allocations, in the order of their indices.
    /// - Parameters:
    ///   - first: where the page starts; 0, then what the last call returned as `next`.
    ///   - limit: how many to return at most.
    /// - Returns: the page, and where the next one starts; nil behind the last.
    package func snapshots(
        from first: UInt32, limit: Int, at now: MonotonicTime
    ) -> (page: [AllocationSnapshot], next: UInt32?) {
        var page: [AllocationSnapshot] = []
        var index = first
        while index < allocations.end, page.count < limit {
            if allocations[index].state == .live { page.append(snapshot(index, at: now)) }
            index += 1
        }
        return (page, index < allocations.end ? index : nil)
    }

    /// One allocation; nil when it has ended.
    package func snapshot(
        of handle: AllocationHandle, at now: MonotonicTime
    ) -> AllocationSnapshot? {
        find(handle).map { snapshot($0, at: now) }
    }

    /// Ends an allocation at once. With `banning`, its user gets no new one for that long and
    /// loses the others, in every worker at its next `tick`.
    /// - Returns: false when the allocation has ended already.
    package mutating func kill(
        _ handle: AllocationHandle, banning: Seconds?, at now: Now
    ) -> Bool {
        self.now = now
        guard let index = find(handle) else { return false }
        if let banning {
            shared.revocations.revoke(
                quotaKey(index), until: now.monotonic + banning, at: now.monotonic)
        }
        counters.killed += 1
        end(index, .killed)
        return true
    }

    private func find(_ handle: AllocationHandle) -> UInt32? {
        let index = handle.id.index
        guard handle.worker == worker, index < allocations.end,
            allocations[index].state == .live,
            allocations[index].generation == handle.generation
        else { return nil }
        return index
    }

    private func snapshot(_ index: UInt32, at now: MonotonicTime) -> AllocationSnapshot {
        let allocation = allocations[index]
        let left = { (end: MonotonicTime) in
            UInt32(clamping: end.nanoseconds(since: now) / 1_000_000_000)
        }
        var snapshot = AllocationSnapshot(
            handle: handle(index), username: allocation.username, quotaKey: quotaKey(index),
            client: allocation.tuple, transport: allocation.transport,
            relays: [allocation.relayV4, allocation.relayV6].filter(\.exists).map { relay in
                let address = relayAddresses[Int(relay.address)]
                return .init(
                    local: TransportAddress(address.local, relay.port),
                    advertised: TransportAddress(address.advertised, relay.port))
            },
            ageSeconds: UInt32(
                clamping: now.nanoseconds(since: allocation.born) / 1_000_000_000),
            lifetimeSeconds: allocation.grantedLifetime,
            expiresInSeconds: left(allocation.expires), permissions: [], channels: [],
            connections: snapshots(ofConnections: index, at: now))
        var link = allocation.firstPermission
        while link != noIndex {
            let permission = permissions[link]
            snapshot.permissions.append(
                .init(peer: permission.peer, expiresInSeconds: left(permission.expires)))
            link = permission.next
        }
        link = allocation.firstChannel
        while link != noIndex {
            let channel = channels[link]
            snapshot.channels.append(
                .init(
                    number: channel.number, peer: channel.peer,
                    expiresInSeconds: left(channel.expires)))
            link = channel.next
        }
        return snapshot
    }

    private func snapshots(
        ofConnections index: UInt32, at now: MonotonicTime
    ) -> [AllocationSnapshot.ConnectionSnapshot] {
        var result: [AllocationSnapshot.ConnectionSnapshot] = []
        var link = allocations[index].firstConnection
        while link != noIndex {
            let connection = connections[link]
            result.append(
                .init(
                    id: ConnectionID(index: link), peer: connection.peer,
                    isIncoming: connection.isIncoming,
                    state: connection.state == .connecting
                        ? .connecting : connection.state == .pending ? .pending : .bound,
                    stream: connection.stream,
                    ageSeconds: UInt32(
                        clamping: now.nanoseconds(since: connection.born) / 1_000_000_000)))
            link = connection.next
        }
        return result
    }
}
