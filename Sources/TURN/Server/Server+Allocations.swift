import Primitives
import STUN

// The life of an allocation in the tables: found, timed, ended.
extension Server {
    /// The living allocation of a 5-tuple. What is over by now is cleared first, so that nothing
    /// depends on when `tick` was called.
    mutating func liveAllocation(_ tuple: FiveTuple) -> UInt32? {
        guard let index = allocationByTuple.find(tuple, in: allocations) else { return nil }
        if allocations[index].wakes <= now.monotonic { expire(index) }
        return allocations[index].state == .live ? index : nil
    }

    /// Ends what is over in an allocation, the allocation included, and sets its timer anew.
    mutating func expire(_ index: UInt32) {
        let time = now.monotonic
        for family in AddressFamily.allCases
        where allocations[index].expires(family) <= time
            && allocations[index].relay(family).exists
        {
            guard hasOtherFamily(index, family) else {
                let tooOld = isTooOld(index)
                if tooOld { counters.tooOld += 1 } else { counters.expired += 1 }
                end(index, tooOld ? .tooOld : .expired)
                return
            }
            giveUp(family, of: index)
        }
        expirePermissions(index)
        expireChannels(index)
        expireConnections(index)
        setTimer(index)
    }

    /// Sets the one timer of an allocation to the first end of anything in it.
    mutating func setTimer(_ index: UInt32) {
        var first = MonotonicTime.never
        for family in AddressFamily.allCases where allocations[index].relay(family).exists {
            first = min(first, allocations[index].expires(family))
        }
        var link = allocations[index].firstPermission
        while link != noIndex {
            first = min(first, permissions[link].expires)
            link = permissions[link].next
        }
        link = allocations[index].firstChannel
        while link != noIndex {
            first = min(first, channels[link].expires)
            link = channels[link].next
        }
        link = allocations[index].firstConnection
        while link != noIndex {
            first = min(first, connections[link].expires)
            link = connections[link].next
        }
        allocations[index].wakes = first
        timers.schedule(index, at: first)
    }

    /// Moves the timer forward when something new ends before everything else.
    mutating func wake(_ index: UInt32, by deadline: MonotonicTime) {
        guard deadline < allocations[index].wakes else { return }
        allocations[index].wakes = deadline
        timers.schedule(index, at: deadline)
    }

    /// Removes an allocation with everything that belongs to it, at once.
    mutating func end(_ index: UInt32, _ reason: EndReason) {
        let id = AllocationID(index: index)
        counters.closed[kind(of: index), default: 0] += 1
        actions.push(.removeAllocation(id))
        while allocations[index].firstChannel != noIndex {
            unlinkChannel(index, after: noIndex, allocations[index].firstChannel)
        }
        dropPermissions(index)
        removeConnections(index, answering: reason != .streamClosed)
        for family in AddressFamily.allCases where allocations[index].relay(family).exists {
            closeRelay(family, of: index)
        }
        let born = allocations[index].born
        let age = UInt32(clamping: now.monotonic.nanoseconds(since: born) / 1_000_000_000)
        counters.lifetimes.add(age)
        actions.push(
            .event(
                .ended(
                    handle(index), user: allocations[index].username, reason: reason,
                    ageSeconds: age)))
        // Whom an operator sent away is not invited to stay.
        let tuple = allocations[index].tuple
        if reason == .killed || reason == .revoked, transport(of: tuple.listener) != .udp {
            actions.push(.closeStream(tuple))
        }
        forget(index)
    }

    /// Lets other TCP relays connect to those of a new allocation.
    func publishRelays(_ index: UInt32) {
        for family in AddressFamily.allCases where allocations[index].relay(family).exists {
            shared.tcpRelays.add(localAddress(allocations[index].relay(family)))
        }
    }

    /// Takes an allocation out of the tables and gives its quota back.
    mutating func forget(_ index: UInt32) {
        timers.cancel(index)
        allocationByTuple.remove(allocations[index].tuple, index)
        leaveUser(index)
        allocations.remove(index)
    }

    /// Drops one family of a dual allocation (RFC 8656 §8.2).
    mutating func giveUp(_ family: AddressFamily, of index: UInt32) {
        let id = AllocationID(index: index)
        removeChannels(index) { $0.peer.ip.family == family }
        removePermissions(index) { $0.peer.family == family }
        removeConnections(index, answering: true) { $0.peer.ip.family == family }
        actions.push(.removeFamily(id, family))
        closeRelay(family, of: index)
    }

    private mutating func closeRelay(_ family: AddressFamily, of index: UInt32) {
        let relay = allocations[index].relay(family)
        actions.push(.closeRelay(AllocationID(index: index).relay(family)))
        leavingPorts.append(relay)
        if allocations[index].transport == .tcp { shared.tcpRelays.remove(localAddress(relay)) }
        allocations[index].setRelay(RelayPort(), family)
    }

    /// What it is counted as, from its birth to its end.
    func kind(of index: UInt32) -> Counters.AllocationKind {
        let allocation = allocations[index]
        let relay: Counters.AllocationKind.Relay =
            switch (allocation.grantedV4.exists, allocation.grantedV6.exists) {
            case (true, true): .both
            case (_, true): .ipv6
            case (_, false): .ipv4
            }
        return Counters.AllocationKind(
            client: transport(of: allocation.tuple.listener), relay: relay)
    }

    /// Permissions and channels of all allocations, now.
    package var permissionCount: Int { permissions.count }
    package var channelCount: Int { channels.count }

    func hasOtherFamily(_ index: UInt32, _ family: AddressFamily) -> Bool {
        allocations[index].relay(family == .ipv4 ? .ipv6 : .ipv4).exists
    }

    func handle(_ index: UInt32) -> AllocationHandle {
        AllocationHandle(
            worker: worker, id: AllocationID(index: index),
            generation: allocations[index].generation)
    }

    /// The moment after which an allocation may not live (`max-allocation-age`).
    func oldest(_ index: UInt32) -> MonotonicTime {
        guard let age = settings.lifetimes.allocationAgeMax else { return .never }
        return allocations[index].born + age
    }

    private func isTooOld(_ index: UInt32) -> Bool { oldest(index) <= now.monotonic }
}
