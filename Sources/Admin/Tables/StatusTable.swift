import Primitives

/// The daemon's state for people.
enum StatusTable {
    static func lines(_ status: StatusSnapshot) -> [String] {
        facts(status) + workers(status.workers) + warnings(status.warnings)
    }

    /// One port serves several transports; each port once, in the order of the listeners.
    private static func ports(
        _ listeners: [ListenerSnapshot]
    ) -> [(TransportAddress, transports: [String])] {
        var result: [(TransportAddress, transports: [String])] = []
        for listener in listeners {
            if let place = result.firstIndex(where: { $0.0 == listener.address }) {
                result[place].transports.append(listener.transport)
            } else {
                result.append((listener.address, [listener.transport]))
            }
        }
        return result
    }

    private static func facts(_ status: StatusSnapshot) -> [String] {
        var table = Table([.left(""), .left("")])
        table.append([
            "Turnstone",
            "\(status.version), process \(status.processID), up "
                + HumanUnits.duration(status.uptimeSeconds),
        ])
        table.append(["Realm", status.realm])
        if status.draining { table.append(["Draining", "takes nobody new"]) }
        for (address, transports) in ports(status.listeners) {
            table.append(["Listens", "\(address) over \(transports.joined(separator: ", "))"])
        }
        for relay in status.relays {
            let local = relay.local == relay.advertised ? "" : " (here \(relay.local))"
            table.append(["Relays from", "\(relay.advertised)\(local)"])
        }
        table.append([
            "Relay ports",
            "\(status.ports.first)-\(status.ports.last), \(status.ports.inUse) open",
        ])
        let max = status.allocations.max.map { " of at most \(HumanUnits.count($0))" } ?? ""
        table.append([
            "Allocations",
            "\(HumanUnits.count(status.allocations.current))\(max), "
                + "\(HumanUnits.count(status.allocations.sinceStart)) since the start",
        ])
        table.append(["STUN requests", AllocationTables.drops(status.stun.requests)])
        table.append(["STUN errors", errors(status.stun.errors)])
        if !status.stun.deniedPeers.isEmpty {
            table.append(["Denied peers", errors(status.stun.deniedPeers)])
        }
        if status.stun.peerConnections.values.contains(where: { $0 > 0 }) {
            table.append([
                "Peers by TCP", AllocationTables.drops(status.stun.peerConnections),
            ])
        }
        table.append(["Unauthenticated", budget(status.budget)])
        if let streams = status.streams { append(streams, to: &table) }
        for certificate in status.certificates {
            table.append(["Certificate", text(of: certificate)])
        }
        return table.lines
    }

    private static func append(_ streams: StreamsSnapshot, to table: inout Table) {
        table.append([
            "Connections",
            "\(HumanUnits.count(streams.open)) open, \(HumanUnits.count(streams.halfOpen)) of them "
                + "unfinished, from \(HumanUnits.count(streams.networks)) networks; "
                + "\(HumanUnits.count(streams.accepted)) since the start",
        ])
        table.append(["Not served", errors(streams.refused)])
        let failed = streams.failedHandshakes.values.reduce(0, +)
        table.append([
            "TLS handshakes",
            "\(HumanUnits.count(streams.handshakes)), \(HumanUnits.count(failed)) failed",
        ])
        table.append([
            "HTTP",
            "\(HumanUnits.count(streams.httpRequests)) requests, "
                + "\(HumanUnits.count(streams.webSockets)) WebSockets open",
        ])
    }

    private static func text(of certificate: CertificateSnapshot) -> String {
        let left = certificate.expiresInSeconds
        let end =
            left < 0 ? "has expired" : "expires in \(HumanUnits.duration(UInt64(left)))"
        let names = certificate.names.prefix(4).joined(separator: ", ")
        return "\(certificate.file) for \(names) \(end)".printable
    }

    /// `401: 1205, 486: 2`, by code; peers by class in the same form.
    private static func errors(_ errors: [String: UInt64]) -> String {
        let counted = errors.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        if counted.isEmpty { return "none" }
        return counted.map { "\($0.key): \(HumanUnits.count($0.value))" }.joined(separator: ", ")
    }

    private static func budget(_ budget: BudgetSnapshot) -> String {
        "\(HumanUnits.count(budget.requests)) requests, \(HumanUnits.bytes(budget.bytesIn)) in, "
            + "\(HumanUnits.bytes(budget.bytesOut)) out; \(HumanUnits.count(budget.shortened)) "
            + "answers shortened, \(HumanUnits.count(budget.silenced)) withheld"
    }

    private static func workers(_ workers: [WorkerSnapshot]) -> [String] {
        var table = Table([
            .right("WORKER"), .right("ALLOCATIONS"), .right("UP PACKETS"), .right("UP"),
            .right("DOWN PACKETS"), .right("DOWN"), .right("HAIRPIN"), .right("KERNEL DROPS"),
            .left("DROPS"),
        ])
        for worker in workers {
            table.append([
                String(worker.number), HumanUnits.count(worker.allocations),
                HumanUnits.count(worker.up.packets), HumanUnits.bytes(worker.up.bytes),
                HumanUnits.count(worker.down.packets), HumanUnits.bytes(worker.down.bytes),
                HumanUnits.count(worker.hairpin.sameWorker &+ worker.hairpin.otherWorker),
                HumanUnits.count(worker.kernelReceiveDrops),
                AllocationTables.drops(worker.drops),
            ])
        }
        return [""] + table.lines
    }

    private static func warnings(_ warnings: [String]) -> [String] {
        guard !warnings.isEmpty else { return [] }
        return ["", "Warnings of the start:"] + warnings.map { "  " + $0.printable }
    }
}
