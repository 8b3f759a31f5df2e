import Admin
import Forwarding
import LinuxIO
import Primitives
import TURN

/// What one worker says about itself.
struct WorkerReport: Sendable {
    var snapshot: WorkerSnapshot
    var counters: Counters
    var budget: UnauthenticatedBudget.Counts
    var load: WorkerLoad
}

/// What a worker holds at the moment, and what it took so far.
struct WorkerLoad: Sendable, Hashable {
    /// Nanoseconds of CPU time.
    var cpu: UInt64 = 0
    var permissions = 0
    var channels = 0
    /// Clients behind TCP and TLS, and behind DTLS.
    var streams = 0
    var secured = 0
}

/// Answers to the control thread.
extension Worker {
    mutating func obey(_ order: WorkerOrder) {
        switch order {
        case .report(let reply): reply.send(report())
        case .list(let filter, let reply): reply.send(list(filter))
        case .accounts(let reply): reply.send(accounts())
        case .kill(let target, let ban, let reply):
            reply.send(kill(target, banning: ban))
            carryOut()
        case .apply(let change, let reply): take(change, reply)
        case .countByListener(let reply): reply.send(server.allocationsByListener)
        case .adopt(let parcel): adopt(parcel)
        case .secure(let key, let outcome): conclude(key, outcome)
        case .beat(let number, let pulse): pulse.answer(number)
        case .stop: isStopping = true
        }
    }

    private func report() -> WorkerReport {
        var drops: [String: UInt64] = [:]
        for reason in DropReason.allCases {
            drops["\(reason)"] = forwarder.dropped(reason)
        }
        let sent = sender.counters
        drops["\(DropReason.notSent)"] = sent.dropped
        drops["dtlsRecord"] = tally.recordsDropped
        let listenerDrops = parts.sockets.reduce(tally.formerReceiveDrops) { sum, socket in
            sum + UInt64(socket.flatMap { try? $0.receiveDrops() } ?? 0)
        }
        let totals = forwarder.totals
        return WorkerReport(
            snapshot: WorkerSnapshot(
                number: UInt16(parts.number), allocations: UInt64(server.allocationCount),
                up: .init(packets: totals.packetsUp, bytes: totals.bytesUp),
                down: .init(packets: totals.packetsDown, bytes: totals.bytesDown), drops: drops,
                kernelReceiveDrops: listenerDrops,
                hairpin: .init(
                    sameWorker: forwarder.hairpinned &- tally.takenOver,
                    otherWorker: tally.takenOver)),
            counters: server.counters, budget: server.budgetCounts,
            load: WorkerLoad(
                cpu: Clock.threadCPU(), permissions: server.permissionCount,
                channels: server.channelCount, streams: streams.count, secured: secured.count))
    }

    /// How many allocations one look at `TURN`'s table returns.
    private static let page = 256

    private func list(_ filter: AllocationFilter) -> AllocationList {
        var result = AllocationList(matched: 0, allocations: [])
        var next: UInt32? = 0
        while let first = next {
            let found = server.snapshots(from: first, limit: Self.page, at: now.monotonic)
            for allocation in found.page {
                let snapshot = snapshot(allocation)
                guard filter.matches(snapshot) else { continue }
                result.matched += 1
                if result.allocations.count < filter.limit { result.allocations.append(snapshot) }
            }
            next = found.next
        }
        return result
    }

    private func accounts() -> [String: AccountHoldings] {
        var result: [String: AccountHoldings] = [:]
        var next: UInt32? = 0
        while let first = next {
            let found = server.snapshots(from: first, limit: Self.page, at: now.monotonic)
            for allocation in found.page {
                let traffic =
                    forwarder.traffic(of: allocation.handle.id.index) ?? Forwarding.Traffic()
                let held = AccountHoldings(
                    allocations: 1, permissions: allocation.permissions.count,
                    up: .init(packets: traffic.packetsUp, bytes: traffic.bytesUp),
                    down: .init(packets: traffic.packetsDown, bytes: traffic.bytesDown),
                    ageSeconds: UInt64(allocation.ageSeconds))
                result[allocation.quotaKey] =
                    result[allocation.quotaKey].map { $0 + held } ?? held
            }
            next = found.next
        }
        return result
    }

    private func snapshot(_ allocation: TURN.AllocationSnapshot) -> Admin.AllocationSnapshot {
        let handle = allocation.handle
        let traffic = forwarder.traffic(of: handle.id.index) ?? Forwarding.Traffic()
        let listener = server.settings.listeners[Int(allocation.client.listener.index)]
        return Admin.AllocationSnapshot(
            id: AllocationName(
                worker: handle.worker.index, slot: handle.id.index, generation: handle.generation),
            user: allocation.username, account: allocation.quotaKey,
            client: allocation.client.client, listener: listener.address,
            transport: "\(listener.transport)",
            relayTransport: "\(allocation.transport)",
            relays: allocation.relays.map { .init(advertised: $0.advertised, local: $0.local) },
            ageSeconds: UInt64(allocation.ageSeconds),
            expiresInSeconds: allocation.expiresInSeconds,
            lifetimeSeconds: allocation.lifetimeSeconds,
            permissions: allocation.permissions.map {
                .init(peer: $0.peer, expiresInSeconds: $0.expiresInSeconds)
            },
            channels: allocation.channels.map {
                .init(number: $0.number, peer: $0.peer, expiresInSeconds: $0.expiresInSeconds)
            },
            connections: allocation.connections.map {
                .init(
                    peer: $0.peer, incoming: $0.isIncoming, state: $0.state.rawValue,
                    stream: $0.stream?.client, ageSeconds: $0.ageSeconds)
            },
            up: .init(packets: traffic.packetsUp, bytes: traffic.bytesUp),
            down: .init(packets: traffic.packetsDown, bytes: traffic.bytesDown),
            drops: [
                "up": traffic.dropsUp, "down": traffic.dropsDown,
                "kernel": relays.receiveDrops(of: handle.id),
            ])
    }

    /// Returns the accounts of the allocations that ended.
    private mutating func kill(_ target: KillTarget, banning ban: Seconds?) -> [String] {
        var victims: [TURN.AllocationSnapshot] = []
        switch target {
        case .allocation(let handle):
            if let found = server.snapshot(of: handle, at: now.monotonic) { victims = [found] }
        case .user(let name):
            var next: UInt32? = 0
            while let first = next {
                let found = server.snapshots(from: first, limit: Self.page, at: now.monotonic)
                victims += found.page.filter { $0.username == name || $0.quotaKey == name }
                next = found.next
            }
        }
        return victims.compactMap { victim in
            server.kill(victim.handle, banning: ban, at: now) ? victim.quotaKey : nil
        }
    }
}
