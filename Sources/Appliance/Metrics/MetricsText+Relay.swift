import Admin
import Primitives
import Reception
import TURN
import WebAPI

// What the relay's numbers are called and mean.
extension MetricsText {
    /// Without the answers of the workers their families are left out: a gap says more than a fall
    /// to zero.
    mutating func add(_ numbers: RelayNumbers) {
        add(
            "workers_answering", "Relay threads that answered for this text.",
            gauge: numbers.reports.count)
        if numbers.isComplete {
            addAllocations(numbers)
            addRequests(numbers)
            addTraffic(numbers)
            addPeerConnections(numbers)
            addWorkers(numbers)
            addAliases(numbers)
        }
        addStreams(numbers)
        addCertificates(numbers)
        if let hooks = numbers.hooks { addHooks(hooks) }
    }

    private mutating func addAllocations(_ numbers: RelayNumbers) {
        let opened = numbers.sum(\.opened)
        let closed = numbers.sum(\.closed)
        func samples(_ count: (Counters.AllocationKind) -> UInt64) -> [Sample] {
            ServerSettings.Transport.all.flatMap { client in
                Counters.AllocationKind.Relay.allCases.map { relay in
                    let kind = Counters.AllocationKind(client: client, relay: relay)
                    return Sample(
                        [("transport", "\(client)"), ("family", relay.rawValue)], count(kind))
                }
            }
        }
        add(
            "allocations", .gauge,
            "Allocations now, by the client's transport and the relay's"
                + " family.",
            samples { (opened[$0] ?? 0) &- (closed[$0] ?? 0) })
        add(
            "allocations_opened_total", .counter, "Allocations that began.",
            samples { opened[$0] ?? 0 })
        add(
            "allocations_ended_total", "Allocations that ended.", by: "reason",
            [
                ("deleted", numbers.sum(\.deletedByClient)), ("expired", numbers.sum(\.expired)),
                ("killed", numbers.sum(\.killed)), ("revoked", numbers.sum(\.revoked)),
                ("evicted", numbers.sum(\.evicted)), ("too-old", numbers.sum(\.tooOld)),
                ("stream-closed", numbers.sum(\.streamsClosed)),
            ])
        add(
            "allocation_lifetime_seconds", "How long allocations lived that have ended.",
            [(nil, Times(numbers.lifetimes))])
        add(
            "allocations_max",
            "Allocations that the configuration or the system allows; 0: any"
                + " number.",
            gauge: Int(clamping: numbers.status.allocations.max ?? 0))
        add("permissions", "Permissions now.", gauge: numbers.sum(\.permissions))
        add("channels", "Channels now.", gauge: numbers.sum(\.channels))
        add(
            "relay_ports_in_use", "Relay ports that are open.",
            gauge: Int(clamping: numbers.status.ports.inUse))
        add(
            "relay_ports", "Relay ports of the configured range, of one address.",
            gauge: Int(numbers.status.ports.last - numbers.status.ports.first) + 1)
    }

    private mutating func addRequests(_ numbers: RelayNumbers) {
        let stun = numbers.status.stun
        add(
            "stun_requests_total", "STUN and TURN requests.", by: "method",
            stun.requests.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        add(
            "stun_errors_total", "Requests that were refused, by error code.", by: "code",
            stun.errors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        let refusals = numbers.sum(\.refusals).sorted {
            ($0.key.code, $0.key.cause) < ($1.key.code, $1.key.cause)
        }
        add(
            "stun_refusals_total", .counter,
            "Requests that were refused, by error code and cause; without the first 401 of every"
                + " client, which asks for credentials.",
            refusals.map { refusal, count in
                Sample([("code", "\(refusal.code)"), ("cause", refusal.cause)], count)
            })
        addAuthentication(numbers, refusals.map { ($0.key, $0.value) })
        add(
            "peers_denied_total", "Peers that clients asked for and did not get, by class.",
            by: "class",
            PeerClass.allCases.map { ($0.rawValue, stun.deniedPeers[$0.rawValue] ?? 0) })
        add(
            "stun_dropped_total", "Messages that got no answer.", by: "reason",
            [
                ("malformed", numbers.sum(\.droppedMalformed)),
                ("unexpected", numbers.sum(\.droppedUnexpected)),
                ("indication", numbers.sum(\.droppedIndications)),
                ("switched-off", numbers.sum(\.droppedDisabled)),
                ("budget", numbers.sum(\.droppedBudget)),
                ("fingerprint", numbers.sum(\.droppedFingerprint)),
                ("icmp", numbers.sum(\.droppedICMP)), ("loop", numbers.sum(\.droppedLoop)),
            ])
        let budget = numbers.status.budget
        add(
            "unproven_bytes_total", .counter, "Bytes from and to senders without credentials.",
            [
                Sample([("direction", "in")], budget.bytesIn),
                Sample([("direction", "out")], budget.bytesOut),
            ])
        add(
            "unproven_cut_total", "Answers to unknown senders that the budget cut.", by: "how",
            [("shortened", budget.shortened), ("silenced", budget.silenced)])
    }

    /// The first, ordinary 401 of every client is a result like others.
    private mutating func addAuthentication(
        _ numbers: RelayNumbers, _ refusals: [(key: Counters.Refusal, value: UInt64)]
    ) {
        let codes: Set<UInt16> = [401, 438, 441]
        var results: [String: UInt64] = [:]
        for (refusal, count) in refusals where codes.contains(refusal.code) {
            results[refusal.cause, default: 0] += count
        }
        let explained = refusals.filter { $0.key.code == 401 }.reduce(0) { $0 + $1.value }
        let all = numbers.sum(\.error401)
        results["asked"] = all - min(explained, all)
        results["accepted"] = numbers.sum(\.authenticated)
        add(
            "authentications_total",
            "Signed requests by what their signature was found to be; asked: without a signature,"
                + " as everybody begins.",
            by: "result", results.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    private mutating func addTraffic(_ numbers: RelayNumbers) {
        let (up, down) = (numbers.sum(\.up), numbers.sum(\.down))
        func both(_ path: KeyPath<Traffic, UInt64>) -> [Sample] {
            [
                Sample([("direction", "up")], up[keyPath: path]),
                Sample([("direction", "down")], down[keyPath: path]),
            ]
        }
        add(
            "relayed_packets_total", .counter, "Packets relayed; up: from clients to peers.",
            both(\.packets))
        add(
            "relayed_bytes_total", .counter, "Bytes of their payload; up: from clients to peers.",
            both(\.bytes))
        var drops: [String: UInt64] = [:]
        for report in numbers.reports {
            drops.merge(report.snapshot.drops, uniquingKeysWith: +)
            drops["kernelReceive", default: 0] += report.snapshot.kernelReceiveDrops
        }
        add(
            "dropped_packets_total",
            "Packets that were not relayed; kernelReceive: the socket's buffer was full.",
            by: "reason", drops.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        let hairpin = numbers.reports.map(\.snapshot.hairpin)
        add(
            "hairpin_packets_total", "Packets between two clients of this server.", by: "worker",
            [
                ("same", hairpin.reduce(0) { $0 + $1.sameWorker }),
                ("other", hairpin.reduce(0) { $0 + $1.otherWorker }),
            ])
    }

    private mutating func addPeerConnections(_ numbers: RelayNumbers) {
        add(
            "peer_connections_total", "Connections with peers (RFC 6062), by what became of them.",
            by: "result",
            numbers.status.stun.peerConnections.sorted { $0.key < $1.key }
                .map { ($0.key, $0.value) })
    }

    private mutating func addWorkers(_ numbers: RelayNumbers) {
        func each(_ value: (WorkerReport) -> Sample) -> [Sample] { numbers.reports.map(value) }
        func name(_ report: WorkerReport) -> [(name: String, value: String)] {
            [("worker", "\(report.snapshot.number)")]
        }
        add(
            "worker_cpu_seconds_total", .counter,
            "CPU time of each relay thread; its rate is how busy the thread is, of 1.",
            each { Sample(name($0), Double($0.load.cpu) / 1_000_000_000) })
        add(
            "worker_allocations", .gauge, "Allocations of each relay thread.",
            each { Sample(name($0), $0.snapshot.allocations) })
    }

    private mutating func addCertificates(_ numbers: RelayNumbers) {
        guard !numbers.status.certificates.isEmpty else { return }
        add(
            "certificate_expiry_timestamp_seconds", .gauge,
            "When each certificate ends, unix time.",
            numbers.status.certificates.map {
                let end = Int64(clamping: numbers.now.unixSeconds) + $0.expiresInSeconds
                return Sample([("file", $0.file)], UInt64(clamping: end))
            })
    }

    private mutating func addHooks(_ hooks: HookCounters) {
        add(
            "webhooks_total", "Events for webhooks, by what became of them.", by: "result",
            [
                ("delivered", hooks.delivered), ("given-up", hooks.givenUp),
                ("dropped", hooks.dropped),
            ])
        add("webhook_retries_total", "Tries beyond the first.", counter: hooks.retried)
        add("webhooks_queued", "Events that wait.", gauge: hooks.queued)
        add(
            "chat_questions_total", "Questions to the resolver of chats.", by: "result",
            [
                ("resolved", hooks.resolved), ("unresolved", hooks.unresolved),
                ("refused", hooks.refused),
            ])
    }
}

extension MetricsText.Times {
    fileprivate init(_ lifetimes: Counters.Lifetimes) {
        self.init(
            bounds: Counters.Lifetimes.bounds.map { Int64($0) * 1000 },
            buckets: lifetimes.buckets, sumMilliseconds: lifetimes.sumSeconds * 1000)
    }
}

extension ServerSettings.Transport {
    fileprivate static let all: [Self] = [.udp, .tcp, .tls, .dtls]
}
