import Doctor
import LinuxIO
import Primitives

/// The kernel's bounds and counts, and the daemon's limit of open files.
enum KernelReader {
    static func read(
        relayPorts: ClosedRange<UInt16>, buffer: Int, daemon: Look<DaemonState>
    ) -> KernelFacts {
        var facts = KernelFacts()
        // A process without CAP_NET_ADMIN, as the daemon is, gets no more than the bound.
        facts.receiveBufferMax = number("net/core/rmem_max")
        facts.receiveBufferGranted = facts.receiveBufferMax.map { min($0, buffer) }
        facts.sendBufferGranted = number("net/core/wmem_max").map { min($0, buffer) }
        facts.backlogMax = number("net/core/netdev_max_backlog")
        let backlog = text("/proc/net/softnet_stat").map(ProcText.backlog)
        facts.backlogPackets = backlog?.packets
        facts.backlogDrops = backlog?.drops
        facts.trackedConnections = number("net/netfilter/nf_conntrack_count")
        facts.trackedConnectionsMax = number("net/netfilter/nf_conntrack_max")
        facts.localPorts = text("/proc/sys/net/ipv4/ip_local_port_range").flatMap(ProcText.range)
        facts.reservedPorts =
            text("/proc/sys/net/ipv4/ip_local_reserved_ports").map(ProcText.ports) ?? PortSet()
        facts.relayPortsTaken = taken(relayPorts, daemon)
        return facts
    }

    /// Ports of other programs; nil where they cannot be told from the daemon's.
    private static func taken(
        _ range: ClosedRange<UInt16>, _ daemon: Look<DaemonState>
    ) -> Int? {
        let own: Set<UInt64>
        switch daemon {
        // It may run, and nobody says as which process.
        case .closed: return nil
        case .found(.silent): own = []
        case .found(.answers(let facts)):
            guard let found = SocketNumbers.of(facts.processID) else { return nil }
            own = found
        }
        var ports: Set<UInt16> = []
        for table in ["/proc/net/udp", "/proc/net/udp6"] {
            for socket in text(table, max: 64 << 20).map(ProcText.sockets) ?? []
            where range.contains(socket.port) && !own.contains(socket.inode) {
                ports.insert(socket.port)
            }
        }
        return ports.count
    }

    static func text(_ path: String, max: Int = 1 << 20) -> String? {
        try? File.readText(path, max: max)
    }

    private static func number(_ name: String) -> Int? {
        text("/proc/sys/\(name)").flatMap(ProcText.number)
    }
}

/// The sockets of a process, by the numbers that /proc/net has.
private enum SocketNumbers {
    /// Nil when the process does not show them to this user.
    static func of(_ process: Int32) -> Set<UInt64>? {
        let folder = "/proc/\(process)/fd"
        guard let names = try? File.names(in: folder) else { return nil }
        let targets = names.compactMap { try? File.linkTarget("\(folder)/\($0)") }
        return Set(
            targets.filter { $0.hasPrefix("socket:[") }.compactMap {
                UInt64($0.dropFirst(8).dropLast())
            })
    }
}

/// What the daemon's process may hold.
enum LimitReader {
    static func files(_ process: Int32?, wanted: Int) -> Look<FileLimit> {
        guard let process else { return .closed("the daemon does not say which process it is") }
        let path = "/proc/\(process)/limits"
        guard let allowed = KernelReader.text(path).flatMap(ProcText.openFiles) else {
            return .closed("\(path) cannot be read")
        }
        return .found(FileLimit(allowed: allowed, wanted: wanted))
    }
}
