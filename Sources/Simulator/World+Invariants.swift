import Primitives
import TURN

// What must hold after every step.
extension World {
    func check() {
        guard violations.isEmpty else { return }
        let snapshots = workers.map { $0.snapshots(at: now) }
        checkPorts(snapshots)
        checkQuotas(snapshots.flatMap { $0 })
        if !isLate {
            checkDeadlines()
            let sinceEnd = now.monotonic.nanoseconds(since: model.lastEnd)
            if sinceEnd >= Self.granularity { checkModel(snapshots.flatMap { $0 }) }
        }
        checkBudget()
    }

    /// Ports in use are the sum over allocations and reservations, and so are open sockets.
    private func checkPorts(_ snapshots: [[AllocationSnapshot]]) {
        let relays = snapshots.joined().reduce(0) { $0 + $1.relays.count }
        let inUse = shared.ports.countInUse
        if inUse != relays + shared.reservations.count {
            violate(
                "\(inUse) ports in use, \(relays) relays, \(shared.reservations.count) reserved")
        }
        for (worker, own) in zip(workers, snapshots) {
            let held = Set(own.flatMap { $0.relays.map(\.local) })
            let open = Set(worker.sockets.values.map(\.local))
            if held != open || held.count != worker.sockets.count {
                violate("worker \(worker.number) has sockets \(open), allocations \(held)")
            }
        }
    }

    /// The ledger says exactly what allocations say, and no limit is exceeded.
    private func checkQuotas(_ snapshots: [AllocationSnapshot]) {
        if shared.quotas.allocations != snapshots.count {
            violate("ledger \(shared.quotas.allocations), allocations \(snapshots.count)")
        }
        if scenario.allocationsTotal > 0, snapshots.count > scenario.allocationsTotal {
            violate("\(snapshots.count) allocations")
        }
        for user in 0..<scenario.users {
            let own = snapshots.filter { $0.quotaKey == "user\(user)" }
            let permissions = own.reduce(0) { $0 + $1.permissions.count }
            let usage = shared.quotas.usage(of: "user\(user)")
            if usage.allocations != own.count || usage.permissions != permissions {
                violate("user\(user): ledger \(usage), has \(own.count), \(permissions)")
            }
            if scenario.allocationsPerUser > 0, own.count > scenario.allocationsPerUser {
                violate("user\(user) has \(own.count) allocations")
            }
        }
        for snapshot in snapshots
        where snapshot.permissions.count > 5 || snapshot.channels.count > 4 {
            violate("\(snapshot.client) beyond its limits")
        }
    }

    /// Whoever served its deadlines has none in the past.
    private func checkDeadlines() {
        for worker in workers where worker.server.nextDeadline <= now.monotonic {
            violate("worker \(worker.number) has a deadline in the past")
        }
    }

    /// Server and clients agree on what lives.
    private func checkModel(_ snapshots: [AllocationSnapshot]) {
        let served = Dictionary(
            snapshots.map { ($0.client.client, $0) }, uniquingKeysWith: { first, _ in first })
        if served.count != snapshots.count { violate("two allocations on one 5-tuple") }
        if Set(served.keys) != Set(model.allocations.keys) {
            violate("served \(Set(served.keys)), known to clients \(Set(model.allocations.keys))")
        }
        for (client, snapshot) in served {
            guard let known = model.allocations[client] else { continue }
            if Set(snapshot.relays.map(\.advertised)) != Set(known.relays.values.map(\.address)) {
                violate("relays of \(client) differ")
            }
            if Set(snapshot.permissions.map(\.peer)) != Set(known.permissions.keys) {
                violate(
                    "permissions of \(client): \(snapshot.permissions.map(\.peer)), "
                        + "known \(known.permissions.keys)")
            }
            let channels = Dictionary(
                snapshot.channels.map { ($0.number, $0.peer) }, uniquingKeysWith: { a, _ in a })
            if channels != known.channels.mapValues(\.peer) {
                violate("channels of \(client) differ")
            }
        }
    }

    /// Bytes to addresses that proved nothing stay within floor and factor.
    private func checkBudget() {
        let limits = settings.limits
        let seconds = (now.monotonic.nanoseconds - Self.start) / 1_000_000_000 + 1
        for worker in workers {
            let counts = worker.server.budgetCounts
            let floor = limits.unauthenticatedFloorBitsPerSecond / 8 / UInt64(limits.workers)
            if counts.bytesOut > floor * seconds + UInt64(limits.unauthenticatedFactor)
                * counts.bytesIn
            {
                violate("unauthenticated bytes beyond the budget")
            }
        }
    }

    /// After everything has expired nothing is held anywhere.
    func checkNothingIsLeft() {
        let left =
            workers.reduce(0) { $0 + $1.server.allocationCount + $1.sockets.count }
            + shared.ports.countInUse + shared.quotas.allocations + shared.reservations.count
        if left != 0 { violate("something is left at the end: \(left)") }
    }
}
