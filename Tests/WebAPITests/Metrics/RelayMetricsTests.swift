import Testing

@testable import WebAPI

@Suite struct RelayMetricsTests {
    @Test("What the relay counts is there under our names and coturn's, and bounded")
    func families() {
        var relay = RelayMetrics()
        relay.allocations = 3
        relay.up = .init(packets: 10, bytes: 1_000)
        relay.down = .init(packets: 20, bytes: 2_000)
        relay.drops = ["noPermission": 4]
        relay.requests = ["binding": 7, "allocate": 2]
        relay.errors = ["401": 5]
        relay.streams = RelayMetrics.Streams()
        var text = MetricsText()
        text.add(relay)
        let lines = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n")
        for line in [
            "turnstone_allocations 3", "turnstone_relayed_bytes_total{direction=\"up\"} 1000",
            "turnstone_dropped_packets_total{reason=\"noPermission\"} 4",
            "turnstone_stun_requests_total{method=\"binding\"} 7",
            "turnstone_stun_errors_total{code=\"401\"} 5", "turnstone_connections_open 0",
            "turn_total_traffic_rcvb 1000", "turn_total_traffic_peer_sentb 1000",
            "turn_total_traffic_sentp 20", "stun_binding_request 7", "turn_total_allocations 3",
        ] {
            #expect(lines.contains { $0 == line }, "\(line)")
        }
        let names = lines.filter { $0.hasPrefix("# TYPE ") }
        #expect(Set(names).count == names.count)
        #expect(lines.count < 120)
    }
}
