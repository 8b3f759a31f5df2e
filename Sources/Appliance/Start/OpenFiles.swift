/// How many descriptors the daemon wants, and how it shares out what the system grants.
///
/// Pure: the same numbers always give the same shares.
struct OpenFiles: Sendable, Equatable {
    /// Sockets that relays may take: the port range on every relay address.
    var relayPorts: Int
    /// Connections of clients, `connections-max`; 0 when no TCP port is opened.
    var connections: Int
    /// TCP allocations are granted: each connection of a client may have one to a peer beside it
    /// (RFC 6062 §4).
    var relaysTCP: Bool
    /// Everything that is there from the start: listeners, wake-ups, the log, admin clients.
    var fixed: Int

    /// Descriptors that no bound of the configuration is ever above.
    var wanted: Int { fixed + relayPorts + connections * descriptorsPerConnection }

    private var descriptorsPerConnection: Int { relaysTCP ? 2 : 1 }

    /// What fits into a limit.
    struct Shares: Sendable, Equatable {
        var relaySockets: Int
        var connections: Int
        /// Nil when everything fits.
        var warning: String?
    }

    /// Relays and connections get equal halves of what is left, and each what the other does not
    /// need; both at least one, since 0 means "no bound" to the settings.
    func shares(of granted: Int) -> Shares {
        let left = max(0, granted - fixed)
        let streams = connections * descriptorsPerConnection
        let forStreams = min(streams, max(left / 2, left - relayPorts))
        let relays = max(1, min(relayPorts, left - forStreams))
        let clients =
            connections == 0 ? 0 : max(1, forStreams / descriptorsPerConnection)
        guard relays < relayPorts || clients < connections else {
            return Shares(relaySockets: relayPorts, connections: connections)
        }
        var parts: [String] = []
        if relays < relayPorts { parts.append("\(relays) of \(relayPorts) relay ports") }
        if clients < connections {
            parts.append("\(clients) of \(connections) connections (connections-max)")
        }
        return Shares(
            relaySockets: relays, connections: clients,
            warning: "the system allows \(granted) open files, the configuration needs \(wanted):"
                + " \(parts.joined(separator: " and ")) can be used. Raise the limit (systemd:"
                + " LimitNOFILE=\(wanted); a shell: ulimit -Hn)")
    }
}
