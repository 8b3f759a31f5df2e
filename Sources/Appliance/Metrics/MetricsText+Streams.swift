import Admin
import Reception
import WebAPI

// Clients that come by connections.
extension MetricsText {
    mutating func addStreams(_ numbers: RelayNumbers) {
        if numbers.isComplete {
            add(
                "client_connections", .gauge, "Clients of the relay behind connections, now.",
                [
                    Sample([("transport", "stream")], UInt64(numbers.sum(\.streams))),
                    Sample([("transport", "dtls")], UInt64(numbers.sum(\.secured))),
                ])
        }
        guard let streams = numbers.status.streams else { return }
        add("connections_open", "TCP connections now.", gauge: Int(clamping: streams.open))
        add(
            "connections_half_open", "TCP connections whose protocol is not known yet.",
            gauge: Int(clamping: streams.halfOpen))
        add(
            "connections_networks", "Source networks (/24, /64) with connections.",
            gauge: Int(clamping: streams.networks))
        add("connections_accepted_total", "TCP connections let in.", counter: streams.accepted)
        add(
            "connections_refused_total", "Connections that were not served.", by: "reason",
            ConnectionRefusal.allCases.map { ($0.rawValue, streams.refused[$0.rawValue] ?? 0) })
        add(
            "connections_handed_over_total", "Streams of STUN that relay threads took.",
            counter: streams.handedOver)
        add("http_requests_total", "HTTP requests.", counter: streams.httpRequests)
        add("websockets", "WebSockets now.", gauge: Int(clamping: streams.webSockets))
        addHandshakes(numbers)
    }

    private mutating func addHandshakes(_ numbers: RelayNumbers) {
        let counted = [("tls", numbers.door), ("dtls", numbers.secured)]
            .compactMap { name, counters in counters.map { (name, $0) } }
        add(
            "handshakes_total", .counter, "Handshakes of TLS and DTLS that came to their end.",
            counted.map { Sample([("transport", $0)], $1.handshakes) })
        add(
            "handshake_failures_total", .counter,
            "Handshakes that failed, by the reason in OpenSSL's words.",
            counted.flatMap { name, counters in
                counters.failedHandshakes.sorted { $0.key < $1.key }.map {
                    Sample([("transport", name), ("reason", $0.key)], $0.value)
                }
            })
        add(
            "handshake_seconds", "Time of handshakes that came to their end.",
            counted.map { (("transport", $0), $1.handshakeTimes) })
    }
}
