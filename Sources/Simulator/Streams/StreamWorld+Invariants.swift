import Primitives
import TURN

// What must hold after every step.
extension StreamWorld {
    func check() {
        guard violations.isEmpty else { return }
        let snapshots = workers.map { $0.snapshots(at: now) }
        checkSockets(snapshots)
        checkQuotas(snapshots.flatMap { $0 })
        guard !isLate else { return }
        for worker in workers where worker.server.nextDeadline <= now.monotonic {
            violate("worker \(worker.number) has a deadline in the past")
        }
        // The wheel turns in steps.
        if now.monotonic.nanoseconds(since: model.lastEnd) >= World.granularity { checkModel() }
    }

    /// Ports are those of live relays, each connection is one of a live relay, and driver and
    /// server hold the same ones, each opened and closed once.
    private func checkSockets(_ snapshots: [[AllocationSnapshot]]) {
        let relays = snapshots.joined().reduce(0) { $0 + $1.relays.count }
        if shared.ports.countInUse != relays {
            violate("\(shared.ports.countInUse) ports in use, \(relays) relays")
        }
        for (worker, own) in zip(workers, snapshots) {
            let held = Set(own.flatMap { $0.relays.map(\.local) })
            let open = Set(worker.sockets.values.map(\.local))
            if held != open { violate("worker \(worker.number) has \(open), allocations \(held)") }
            let known = Set(own.flatMap { $0.connections.map(\.id) })
            if known != Set(worker.connections.keys) {
                violate("worker \(worker.number) has connections \(worker.connections.keys)")
            }
            for connection in worker.connections.values where !open.contains(connection.relay) {
                violate("a connection outlives its relay \(connection.relay)")
            }
            if worker.opened - worker.closed != worker.connections.count {
                violate("\(worker.opened) opened, \(worker.closed) closed")
            }
        }
    }

    /// The ledger says exactly what allocations say, and no limit is exceeded.
    private func checkQuotas(_ snapshots: [AllocationSnapshot]) {
        for user in 0..<scenario.base.users {
            let own = snapshots.filter { $0.quotaKey == "user\(user)" }
            let connections = own.reduce(0) { $0 + $1.connections.count }
            let usage = shared.quotas.usage(of: "user\(user)")
            if usage.allocations != own.count || usage.connections != connections {
                violate("user\(user): ledger \(usage), has \(own.count), \(connections)")
            }
            if scenario.connectionsPerUser > 0, connections > scenario.connectionsPerUser {
                violate("user\(user) has \(connections) connections")
            }
        }
        for snapshot in snapshots
        where snapshot.connections.count > scenario.connectionsPerAllocation {
            violate("\(snapshot.client) has \(snapshot.connections.count) connections")
        }
    }

    /// The two ends of a connection and how far it has come.
    private struct Line: Hashable {
        let relay: TransportAddress
        let peer: TransportAddress
        let isUp: Bool
    }

    /// Workers hold the connections that the rules say, and no other.
    private func checkModel() {
        let held = Set(
            workers.flatMap { $0.connections.values }.map {
                Line(relay: $0.relay, peer: $0.peer, isUp: $0.isUp)
            })
        let known = Set(
            model.allocations.values.flatMap(\.connections).map {
                Line(relay: $0.relay, peer: $0.peer, isUp: $0.state != .connecting)
            })
        if held != known {
            violate(
                "connections that the rules do not know: \(held.subtracting(known)), "
                    + "missing: \(known.subtracting(held))")
        }
        let served = Set(workers.flatMap { $0.snapshots(at: now) }.map(\.client))
        if served != Set(model.allocations.keys) {
            violate("allocations of \(served), the rules say \(model.allocations.keys)")
        }
    }

    /// After everything has expired nothing is held anywhere, and everybody was answered.
    func checkNothingIsLeft() {
        let left =
            workers.reduce(0) {
                $0 + $1.server.allocationCount + $1.sockets.count + $1.connections.count
            } + shared.ports.countInUse + shared.quotas.allocations
        if left != 0 { violate("something is left at the end: \(left)") }
        if !awaited.isEmpty { violate("\(awaited.count) Connects without answer") }
    }
}
