import Configuration

/// How many descriptors the daemon wants, and how it shares out what the system grants.
///
/// Pure: the same numbers always give the same shares.
struct OpenFiles: Sendable, Equatable {
    /// Sockets that relays may take: the port range on every relay address.
    var relayPorts: Int
    /// Connections of clients, `connections-max`; 0 when no TCP port is opened.
    var connections: Int
    /// TCP allocations are granted.
    var relaysTCP: Bool
    /// Everything that is there from the start: listeners, wake-ups, the log, admin clients.
    var fixed: Int

    /// Connections of TCP allocations to peers. Each is passed on to a connection of a client,
    /// beside that of its allocation (RFC 6062 §4): with one peer each that makes half.
    var peerConnections: Int { relaysTCP ? connections / 2 : 0 }

    /// Descriptors when every bound is reached.
    var wanted: Int { fixed + relayPorts + connections + peerConnections }

    /// What fits into a limit.
    struct Shares: Sendable, Equatable {
        var relaySockets: Int
        var connections: Int
        var peerConnections: Int
        /// Nil when everything fits.
        var warning: String?
    }

    /// Relays and connections get equal halves of what is left, and each what the other does not
    /// need; peers a sixteenth, and what is over. Each gets at least one, since 0 means "no bound"
    /// to the settings.
    func shares(of granted: Int) -> Shares {
        let left = max(0, granted - fixed)
        let common = left - min(peerConnections, left / 16)
        let clients = min(connections, max(common / 2, common - relayPorts))
        let relays = min(relayPorts, common - clients)
        let peers = min(peerConnections, left - clients - relays)
        var shares = Shares(
            relaySockets: max(1, relays), connections: min(connections, max(1, clients)),
            peerConnections: min(peerConnections, max(1, peers)))
        let parts = [
            (relays, relayPorts, "relay ports"),
            (clients, connections, "connections (connections-max)"),
            (peers, peerConnections, "connections to peers"),
        ].filter { $0.0 < $0.1 }.map { "\($0.0) of \($0.1) \($0.2)" }
        if !parts.isEmpty {
            shares.warning =
                "the system allows \(granted) open files, the configuration needs \(wanted):"
                + " room for \(parts.joined(separator: ", ")). Raise the limit (systemd:"
                + " LimitNOFILE=\(wanted)), or lower connections-max"
        }
        return shares
    }
}

extension OpenFiles {
    /// What this configuration may come to hold.
    init(_ configuration: ServerConfiguration, _ plan: StartPlan) {
        self.init(
            relayPorts: plan.relays.count * configuration.relay.portCount,
            connections: plan.streams.isEmpty ? 0 : configuration.streams.limits.connections,
            relaysTCP: configuration.relay.tcp && !configuration.stun.stunOnly,
            fixed: plan.udp.count * plan.workers + plan.streams.count
                + ProcessLimits.reserve(workers: plan.workers)
                + (configuration.metrics.isServed ? MetricsPort.descriptorsMax : 0))
    }
}
