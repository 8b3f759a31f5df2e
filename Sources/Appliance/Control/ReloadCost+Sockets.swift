import Admin
import Primitives
import TURN

// What a reload does to sockets, and who feels it.
extension ReloadCost {
    /// Says what opens and closes, and what ends with it: once, behind the last line that is about
    /// listening.
    ///
    /// - Parameter allocations: how many came by each listener.
    static func nameSockets(
        _ changes: inout [ReloadReply.Change], _ sockets: ListenerChange, from old: StartPlan,
        to new: StartPlan, allocations: [ListenerID: Int]
    ) {
        guard !sockets.isEmpty else { return }
        let place = changes.lastIndex { listeningKeys.contains($0.key) && $0.cost != .noEffect }
        let index = place ?? changes.count
        if place == nil {
            changes.append(.init(key: "listening-ip", removed: [], added: [], cost: .nothing))
        }
        let ending = sockets.closedUDP.reduce(0) { sum, closed in
            sum + (allocations[ListenerIndex.udp(closed.slot)] ?? 0)
                + (allocations[ListenerIndex.dtls(closed.slot)] ?? 0)
        }
        let staying = sockets.closedStreams.reduce(0) { sum, closed in
            sum + (allocations[ListenerIndex.tcp(closed.slot)] ?? 0)
                + (allocations[ListenerIndex.tls(closed.slot)] ?? 0)
        }
        var parts = [changes[index].note, opens(sockets, new), closes(sockets, old)]
        if !sockets.closedUDP.isEmpty {
            parts.append("ends \(count(ending)) over UDP and DTLS")
        }
        if !sockets.closedStreams.isEmpty {
            parts.append("streams go on, \(count(staying)) among them")
        }
        for altered in sockets.alteredStreams {
            let state =
                altered.place.expectsProxyHeader ? "behind a proxy now" : "open to everybody"
            parts.append("\(altered.place.address) is \(state)")
        }
        changes[index].note = parts.compactMap(\.self).joined(separator: "; ")
        if ending > 0 { changes[index].cost = .sessions }
    }

    /// The keys that sockets of clients hang on.
    private static let listeningKeys: Set = [
        "listening-port", "listening-ip", "listen-all", "aux-server", "no-udp", "no-tcp",
        "tls-listening-port", "no-tls", "dtls", "no-dtls", "tcp-proxy-port", "cert", "pkey",
        "certificate",
    ]

    private static func opens(_ sockets: ListenerChange, _ plan: StartPlan) -> String? {
        list(
            "opens", sockets.openedUDP.map(\.place), sockets.openedStreams.map(\.place.address),
            plan.served)
    }

    private static func closes(_ sockets: ListenerChange, _ plan: StartPlan) -> String? {
        list(
            "closes", sockets.closedUDP.map(\.place), sockets.closedStreams.map(\.place.address),
            plan.served)
    }

    /// `opens 192.0.2.1:3478 (UDP, TCP), 192.0.2.1:5349 (TLS)`; nil for no sockets.
    private static func list(
        _ verb: String, _ udp: [TransportAddress], _ streams: [TransportAddress],
        _ served: ServedTransports
    ) -> String? {
        let all = udp + streams.filter { !udp.contains($0) }
        guard !all.isEmpty else { return nil }
        var parts = all.prefix(namedMax).map { address in
            var words: [String] = []
            if udp.contains(address) { words.append("UDP") }
            if udp.contains(address), served.dtls { words.append("DTLS") }
            if streams.contains(address), served.tcp { words.append("TCP") }
            if streams.contains(address), served.tls { words.append("TLS") }
            return "\(address) (\(words.joined(separator: ", ")))"
        }
        if all.count > namedMax { parts.append("\(all.count - namedMax) more") }
        return "\(verb) \(parts.joined(separator: ", "))"
    }

    /// A wildcard stands for every address of the machine.
    private static let namedMax = 8
}
