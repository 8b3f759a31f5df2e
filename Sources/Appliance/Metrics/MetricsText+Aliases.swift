import Admin
import TURN
import WebAPI

// The names that coturn's exporter has, so that dashboards made for it show something. coturn
// counts traffic when a session ends; here it is counted as it flows.
extension MetricsText {
    mutating func addAliases(_ numbers: RelayNumbers) {
        let (up, down) = (numbers.sum(\.up), numbers.sum(\.down))
        let realm = [(name: "realm", value: numbers.status.realm)]
        for (name, words, value) in [
            ("rcvp", "Packets from clients", up.packets), ("rcvb", "Bytes from clients", up.bytes),
            ("sentp", "Packets to clients", down.packets),
            ("sentb", "Bytes to clients", down.bytes),
            ("peer_rcvp", "Packets from peers", down.packets),
            ("peer_rcvb", "Bytes from peers", down.bytes),
            ("peer_sentp", "Packets to peers", up.packets),
            ("peer_sentb", "Bytes to peers", up.bytes),
        ] {
            add(foreign: "turn_traffic_\(name)", .counter, "\(words).", [Sample(realm, value)])
            add(foreign: "turn_total_traffic_\(name)", .counter, "\(words).", [Sample([], value)])
        }
        let stun = numbers.status.stun
        add(
            foreign: "stun_binding_request", .counter, "Binding requests.",
            [Sample([], stun.requests["binding"] ?? 0)])
        addAllocationTypes(numbers)
    }

    /// By the client's transport, in coturn's words.
    private mutating func addAllocationTypes(_ numbers: RelayNumbers) {
        let opened = numbers.sum(\.opened)
        let closed = numbers.sum(\.closed)
        func now(_ transport: ServerSettings.Transport) -> UInt64 {
            Counters.AllocationKind.Relay.allCases.reduce(0) { sum, relay in
                let kind = Counters.AllocationKind(client: transport, relay: relay)
                return sum + (opened[kind] ?? 0) - (closed[kind] ?? 0)
            }
        }
        add(
            foreign: "turn_total_allocations", .gauge, "Allocations now.",
            [
                Sample([("type", "UDP")], now(.udp)), Sample([("type", "TCP")], now(.tcp)),
                Sample([("type", "TLS/TCP")], now(.tls)),
                Sample([("type", "DTLS/UDP")], now(.dtls)),
            ])
    }
}
