import Primitives
import Probe

// Containers, the kernel's bounds, open files.
extension Examination {
    func container() -> Result {
        guard let service = facts.service else { return unplanned }
        let container = facts.container
        var result = Result(
            fine: container.engine.map { "in a container of \($0), with the host's network" }
                ?? "none")
        if let engine = container.engine,
            let interface = facts.interfaces.first(where: { fact in
                // Nothing is translated where the container has a public address of its own.
                container.paired.contains(fact.name) && AddressScope.isPrivate(fact.address)
                    && service.relays.contains { $0.local == fact.address }
            })?.name
        {
            result.findings.append(bridged(engine, interface, service))
        }
        let relayPorts = PortSet([service.relayPorts])
        let proxied = container.proxiedUDP.intersection(relayPorts).count
        if proxied >= Self.proxiesMany { result.findings.append(self.proxied(proxied)) }
        return result
    }

    /// From here on it is a published range, not somebody's single port.
    private static let proxiesMany = 8

    private static let hostNetwork =
        "docker run -d --name turnstone --network host "
        + "-v /etc/turnstone:/etc/turnstone:ro turnstone"

    private func bridged(
        _ engine: String, _ interface: String, _ service: PlannedService
    ) -> DoctorFinding {
        let count = service.relayPorts.count
        return DoctorFinding(
            .container, "container-bridge", count > 1_000 ? .error : .warning,
            "the daemon is in a container of \(engine) with a network of its own (\(interface)), "
                + "and has \(count) relay ports",
            why: "Each port must be published one to one, each costs a translation and perhaps a "
                + "process, and all clients seem to come from the bridge.",
            mend: "Give the container the host's network:", commands: [Self.hostNetwork])
    }

    private func proxied(_ count: Int) -> DoctorFinding {
        DoctorFinding(
            .container, "docker-proxy", .warning,
            "docker's proxy holds \(count) UDP ports of the relay range",
            why: "Each is a process that copies packets, and hides from the server who sent them.",
            mend: "Publish no relay ports; give the container the host's network:",
            commands: [Self.hostNetwork])
    }

    // MARK: - kernel

    func kernel() -> Result {
        guard let service = facts.service else { return unplanned }
        let found = [buffers(service), drops(service), backlog, tracking, takenPorts(service)]
        var fine: [String] = []
        if let granted = facts.kernel.receiveBufferGranted {
            fine.append("sockets get \(granted / 1024) KiB")
        }
        if let count = facts.kernel.trackedConnections, let max = facts.kernel.trackedConnectionsMax
        {
            fine.append("\(count) of \(max) connections tracked")
        }
        return Result(findings: found.compactMap(\.self), fine: fine.joined(separator: ", "))
    }

    private func buffers(_ service: PlannedService) -> DoctorFinding? {
        let wanted = service.socketBuffer
        let parts = [
            ("net.core.rmem_max", facts.kernel.receiveBufferGranted),
            ("net.core.wmem_max", facts.kernel.sendBufferGranted),
        ].filter { ($0.1 ?? wanted) < wanted }
        guard let smallest = parts.compactMap(\.1).min() else { return nil }
        return DoctorFinding(
            .kernel, "socket-buffers", .warning,
            "sockets ask for \(wanted / 1024) KiB (sock-buf-size) and get \(smallest / 1024)",
            why: "Packets of a burst that find no room are lost: video freezes under load.",
            mend: "Allow more, and keep it in /etc/sysctl.d/60-turnstone.conf; the daemon takes it "
                + "at its next start:",
            commands: parts.map { "sysctl -w \($0.0)=\(max(wanted, 4_194_304))" }
                + ["systemctl restart turnstone"])
    }

    /// Of 10,000 packets one is a burst now and then; more is a buffer that is too small.
    private static let tolerated: UInt64 = 10_000

    /// What `sock-buf-size` may be at most.
    private static let socketBufferMax = 268_435_456

    private func drops(_ service: PlannedService) -> DoctorFinding? {
        guard case .found(.answers(let daemon)) = facts.daemon, daemon.kernelDrops >= 100,
            daemon.kernelDrops > daemon.packets / Self.tolerated
        else { return nil }
        let more = min(service.socketBuffer * 2, Self.socketBufferMax)
        let isAllowed = (facts.kernel.receiveBufferMax ?? more) >= more
        return DoctorFinding(
            .kernel, "kernel-drops", .warning,
            "the kernel threw away \(daemon.kernelDrops) packets since the daemon's start, beside "
                + "\(daemon.packets) that it read",
            why: "They came faster than they were read: voice has gaps, and video freezes.",
            mend: "Give bursts more room: write sock-buf-size=\(more)"
                + (isAllowed
                    ? "" : ", and keep the kernel's bound in /etc/sysctl.d/60-turnstone.conf too")
                + ". Or give the server more cores, and workers for them. Then restart:",
            commands: (isAllowed ? [] : ["sysctl -w net.core.rmem_max=\(more)"])
                + ["systemctl restart turnstone"])
    }

    private var backlog: DoctorFinding? {
        guard let drops = facts.kernel.backlogDrops, let max = facts.kernel.backlogMax,
            drops >= 1_000, drops > (facts.kernel.backlogPackets ?? 0) / Self.tolerated,
            max < 4_096
        else { return nil }
        return DoctorFinding(
            .kernel, "backlog-drops", .warning,
            "\(drops) packets found no room between network card and sockets since boot",
            why: "They are lost before any program sees them.",
            mend: "Make the queue longer, and keep it in /etc/sysctl.d/60-turnstone.conf:",
            commands: ["sysctl -w net.core.netdev_max_backlog=4096"])
    }

    private var tracking: DoctorFinding? {
        guard let count = facts.kernel.trackedConnections,
            let max = facts.kernel.trackedConnectionsMax, max > 0, count >= max / 10 * 8
        else { return nil }
        let isFull = count >= max / 100 * 95
        return DoctorFinding(
            .kernel, "conntrack-full", isFull ? .error : .warning,
            "the firewall tracks \(count) connections of at most \(max)",
            why: "When the table is full the kernel drops the first packet of every new "
                + "conversation: calls do not connect.",
            mend: "Make it larger, or let the relay's packets pass untracked (docs/firewall.md):",
            commands: ["sysctl -w net.netfilter.nf_conntrack_max=\(max * 4)"])
    }

    /// The overlap of relay ports with those that the system draws for others does no harm while
    /// few are taken: the relay passes them over.
    private func takenPorts(_ service: PlannedService) -> DoctorFinding? {
        guard let taken = facts.kernel.relayPortsTaken, let local = facts.kernel.localPorts,
            taken * 10 >= service.relayPorts.count
        else { return nil }
        let range = service.relayPorts
        let open = PortSet([range]).intersection(PortSet([local]))
            .subtracting(facts.kernel.reservedPorts)
        let reserved = facts.kernel.reservedPorts.union(PortSet([range]))
        return DoctorFinding(
            .kernel, "relay-ports-taken", .warning,
            "other programs hold \(taken) of \(range.count) relay ports",
            why: "Fewer calls fit; when none is left, new ones are refused with 508.",
            mend: open.isEmpty
                ? "Choose other ports with min-port and max-port, or stop those programs. Who "
                    + "they are:"
                : "The system draws ports for others from \(local.lowerBound)-\(local.upperBound), "
                    + "which overlaps. Keep the relay's out of it, in "
                    + "/etc/sysctl.d/60-turnstone.conf too. Who has them:",
            commands: (open.isEmpty
                ? [] : ["sysctl -w net.ipv4.ip_local_reserved_ports=\(Self.list(reserved))"])
                + ["ss -lnup 'sport >= :\(range.lowerBound) and sport <= :\(range.upperBound)'"])
    }

    private static func list(_ ports: PortSet) -> String {
        ports.text(rangeMark: "-").joined(separator: ",")
    }

    // MARK: - open files

    func limits() -> Result {
        switch facts.limits {
        case .closed(let reason): return Result(unknown: reason)
        case .found(let limit):
            var result = Result(
                fine: "\(limit.allowed) open files, \(limit.wanted) when everything is in use")
            guard limit.allowed < limit.wanted else { return result }
            result.findings.append(
                DoctorFinding(
                    .limits, "file-limit", .warning,
                    "the daemon may open \(limit.allowed) files; with every relay port and "
                        + "connection in use it needs \(limit.wanted)",
                    why: "Above that new calls are refused with 508, and connections are closed.",
                    mend: "Raise it for the service (in the editor: [Service] and "
                        + "LimitNOFILE=\(limit.wanted)), or make the relay range or "
                        + "connections-max smaller:",
                    commands: ["systemctl edit turnstone", "systemctl restart turnstone"]))
            return result
        }
    }
}
