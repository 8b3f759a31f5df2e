/// What the relay has counted, and how much of it there is now: all workers together.
///
/// Labels are those that the relay itself has: reasons, methods, codes. No user and no address is
/// among them, so the number of series does not grow with the number of users.
package struct RelayMetrics: Hashable, Sendable {
    /// Packets and bytes of payload, from clients to peers, and from peers to clients.
    package struct Traffic: Hashable, Sendable {
        package var packets: UInt64 = 0
        package var bytes: UInt64 = 0

        package init(packets: UInt64 = 0, bytes: UInt64 = 0) {
            self.packets = packets
            self.bytes = bytes
        }
    }

    package var allocations: UInt64 = 0
    package var allocationsSinceStart: UInt64 = 0
    package var portsOpen: UInt64 = 0
    package var up = Traffic()
    package var down = Traffic()
    /// Packets that went from one allocation to another in memory.
    package var hairpinned: UInt64 = 0
    /// Packets that were dropped, by reason.
    package var drops: [String: UInt64] = [:]
    /// Packets that the kernel dropped before anybody saw them.
    package var kernelDrops: UInt64 = 0
    /// STUN requests by method, and error answers by code.
    package var requests: [String: UInt64] = [:]
    package var errors: [String: UInt64] = [:]
    /// Peers that were asked for and denied, by class.
    package var deniedPeers: [String: UInt64] = [:]
    /// What unauthenticated requests came to.
    package var unauthenticatedBytesIn: UInt64 = 0
    package var unauthenticatedBytesOut: UInt64 = 0
    package var answersWithheld: UInt64 = 0
    /// TCP and TLS connections; nil where no stream is served.
    package var streams: Streams?

    /// Connections up to the point where they are handed on or served.
    package struct Streams: Hashable, Sendable {
        package var open: UInt64 = 0
        package var halfOpen: UInt64 = 0
        package var accepted: UInt64 = 0
        /// By reason.
        package var refused: [String: UInt64] = [:]
        package var handshakes: UInt64 = 0
        package var failedHandshakes: UInt64 = 0

        package init() {}
    }

    package init() {}
}

extension MetricsText {
    mutating func add(_ relay: RelayMetrics) {
        add("allocations", "Allocations that live now.", gauge: Int(clamping: relay.allocations))
        add("allocations_total", "Allocations made.", counter: relay.allocationsSinceStart)
        add("relay_ports_open", "Relay ports open now.", gauge: Int(clamping: relay.portsOpen))
        add(
            "relayed_packets_total", "Packets relayed: up to peers, down to clients.",
            by: "direction", [("up", relay.up.packets), ("down", relay.down.packets)])
        add(
            "relayed_bytes_total", "Bytes of payload relayed.", by: "direction",
            [("up", relay.up.bytes), ("down", relay.down.bytes)])
        add(
            "hairpinned_packets_total", "Packets handed from one allocation to another in memory.",
            counter: relay.hairpinned)
        add("dropped_packets_total", "Packets dropped.", by: "reason", relay.drops)
        add(
            "kernel_dropped_packets_total",
            "Packets that the kernel dropped before they were read.",
            counter: relay.kernelDrops)
        add("stun_requests_total", "STUN requests.", by: "method", relay.requests)
        add("stun_errors_total", "Error answers.", by: "code", relay.errors)
        add("denied_peers_total", "Peers asked for and denied.", by: "class", relay.deniedPeers)
        add(
            "unauthenticated_bytes_total", "Bytes of requests without credentials, and of answers.",
            by: "direction",
            [("in", relay.unauthenticatedBytesIn), ("out", relay.unauthenticatedBytesOut)])
        add(
            "unauthenticated_withheld_total", "Answers withheld at the bound.",
            counter: relay.answersWithheld)
        if let streams = relay.streams { add(streams) }
        addAliases(relay)
    }

    private mutating func add(_ streams: RelayMetrics.Streams) {
        add("connections_open", "TCP connections now.", gauge: Int(clamping: streams.open))
        add(
            "connections_half_open", "Of those, the ones whose protocol is not known yet.",
            gauge: Int(clamping: streams.halfOpen))
        add("connections_total", "TCP connections accepted.", counter: streams.accepted)
        add("connections_refused_total", "Connections not served.", by: "reason", streams.refused)
        add("tls_handshakes_total", "TLS handshakes.", counter: streams.handshakes)
        add(
            "tls_handshakes_failed_total", "TLS handshakes that failed.",
            counter: streams.failedHandshakes)
    }

    /// The names that coturn's dashboards ask for; live, where coturn counts ended sessions.
    private mutating func addAliases(_ relay: RelayMetrics) {
        let counters: [(String, String, UInt64)] = [
            ("turn_total_traffic_rcvp", "Packets from clients.", relay.up.packets),
            ("turn_total_traffic_rcvb", "Bytes from clients.", relay.up.bytes),
            ("turn_total_traffic_sentp", "Packets to clients.", relay.down.packets),
            ("turn_total_traffic_sentb", "Bytes to clients.", relay.down.bytes),
            ("turn_total_traffic_peer_rcvp", "Packets from peers.", relay.down.packets),
            ("turn_total_traffic_peer_rcvb", "Bytes from peers.", relay.down.bytes),
            ("turn_total_traffic_peer_sentp", "Packets to peers.", relay.up.packets),
            ("turn_total_traffic_peer_sentb", "Bytes to peers.", relay.up.bytes),
            ("stun_binding_request", "Binding requests.", relay.requests["binding"] ?? 0),
        ]
        for (name, help, value) in counters { addForeign(name, .counter, help, value) }
        addForeign(
            "turn_total_allocations", .gauge, "Allocations that live now.", relay.allocations)
    }

    private mutating func add(
        _ name: String, _ help: String, by label: String, _ counts: [String: UInt64]
    ) {
        let sorted = counts.sorted { $0.key < $1.key }.map { (value: $0.key, $0.value) }
        add(name, help, by: label, sorted)
    }
}
