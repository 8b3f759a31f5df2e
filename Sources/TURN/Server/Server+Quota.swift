package import Primitives
import STUN

// Who may have one more allocation, and whose idle one makes room for it.
extension Server {
    /// Asks the ledger for the allocation that is being opened, evicting where the design says.
    mutating func acquireQuota() {
        guard let opening else { return }
        switch shared.quotas.acquire(user: opening.proven.quotaKey) {
        case .granted(let slot):
            startOpening(for: slot)
        case .serverFull(let used, let limit):
            failOpening(.insufficientCapacity, .serverFull(used: used, limit: limit))
        case .userFull(let used, let limit):
            let refusal = RefusalCause.userOverQuota(used: used, limit: limit)
            // One eviction makes room for one. A user beyond a bound that was lowered keeps what
            // it has and gets no more.
            guard opening.refusal == nil, used == limit else {
                failOpening(.allocationQuotaReached, refusal)
                return
            }
            self.opening?.refusal = refusal
            makeRoom()
        }
    }

    /// How many allocations of a user are considered for eviction: it bounds what a refused
    /// request costs where quotas are large.
    private static var candidatesMax: Int { 64 }

    /// At a user's bound, its allocations without permission or traffic for a while go first.
    /// Only those of this worker: the others belong to other threads.
    private mutating func makeRoom() {
        guard let opening, let slot = shared.quotas.slot(of: opening.proven.quotaKey) else {
            refuseQuota()
            return
        }
        var index = firstOfUser(slot)
        var looked = 0
        while index != noIndex, looked < Self.candidatesMax {
            looked += 1
            if allocations[index].permissionCount == 0, allocations[index].connectionCount == 0,
                isIdle(since: allocations[index].bareSince)
            {
                evict(index)
                return
            }
            index = allocations[index].nextOfUser
        }
        askTraffic(from: firstOfUser(slot))
    }

    /// Asks the driver when the next old enough allocation was last used.
    private mutating func askTraffic(from first: UInt32) {
        let asked = opening?.asked ?? 0
        var index = first
        while index != noIndex, asked < Self.candidatesMax {
            if allocations[index].state == .live, allocations[index].connectionCount == 0,
                isIdle(since: allocations[index].born)
            {
                opening?.candidate = index
                opening?.asked += 1
                actions.push(.queryTraffic(AllocationID(index: index)))
                return
            }
            index = allocations[index].nextOfUser
        }
        refuseQuota()
    }

    /// The driver's answer to `.queryTraffic`: when the allocation last carried data in either
    /// direction; nil if never.
    package mutating func answerTraffic(_ id: AllocationID, last: MonotonicTime?) {
        guard opening?.candidate == id.index else {
            preconditionFailure("no traffic was asked for")
        }
        opening?.awaitsDriver = false
        opening?.candidate = noIndex
        if isIdle(since: last ?? allocations[id.index].born) {
            evict(id.index)
        } else {
            askTraffic(from: allocations[id.index].nextOfUser)
        }
    }

    private mutating func evict(_ index: UInt32) {
        counters.evicted += 1
        end(index, .evicted)
        acquireQuota()
    }

    private mutating func refuseQuota() {
        // RFC 8656 §7.2 item 10.
        failOpening(.allocationQuotaReached, opening?.refusal ?? .userOverQuota(used: 0, limit: 0))
    }

    private func isIdle(since time: MonotonicTime) -> Bool {
        time + settings.lifetimes.idleGrace <= now.monotonic
    }

    // The allocations of one user in this worker, as a list.

    private func firstOfUser(_ slot: UserSlot) -> UInt32 {
        Int(slot.index) < firstByUser.count ? firstByUser[Int(slot.index)] : noIndex
    }

    mutating func joinUser(_ slot: UserSlot, _ index: UInt32) {
        let place = Int(slot.index)
        while firstByUser.count <= place { firstByUser.append(noIndex) }
        let first = firstByUser[place]
        allocations[index].user = slot.index
        allocations[index].nextOfUser = first
        allocations[index].previousOfUser = noIndex
        if first != noIndex { allocations[first].previousOfUser = index }
        firstByUser[place] = index
    }

    mutating func leaveUser(_ index: UInt32) {
        let user = allocations[index].user
        guard user != noIndex else { return }
        let next = allocations[index].nextOfUser
        let previous = allocations[index].previousOfUser
        if next != noIndex { allocations[next].previousOfUser = previous }
        if previous != noIndex {
            allocations[previous].nextOfUser = next
        } else {
            firstByUser[Int(user)] = next
        }
        allocations[index].user = noIndex
        shared.quotas.release(UserSlot(Int(user)))
    }
}
