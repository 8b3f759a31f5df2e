import Primitives

@testable import Admin

/// Snapshots with a value in every member, so that a change of the schema cannot go unseen.
enum Samples {
    static func endpoint(_ text: String) -> TransportAddress {
        guard let pattern = EndpointPattern(text), let port = pattern.port else {
            preconditionFailure("not an endpoint: \(text)")
        }
        return TransportAddress(pattern.ip, port)
    }

    static func ip(_ text: String) -> IPAddress {
        guard let address = IPAddress(text) else { preconditionFailure("not an address: \(text)") }
        return address
    }

    static let allocation = AllocationSnapshot(
        id: AllocationName(worker: 1, slot: 17, generation: 3),
        user: "1763708400:alice", account: "alice", client: endpoint("198.51.100.7:50123"),
        listener: endpoint("203.0.113.5:3478"), transport: "udp",
        relays: [
            RelayedAddress(
                advertised: endpoint("203.0.113.5:51034"), local: endpoint("10.0.0.5:51034")),
            RelayedAddress(
                advertised: endpoint("[2001:db8::5]:49160"), local: endpoint("[2001:db8::5]:49160")
            ),
        ],
        ageSeconds: 754, expiresInSeconds: 446, lifetimeSeconds: 600,
        permissions: [PermissionSnapshot(peer: ip("192.0.2.77"), expiresInSeconds: 212)],
        channels: [
            ChannelSnapshot(
                number: 0x4001, peer: endpoint("192.0.2.77:61000"), expiresInSeconds: 512)
        ],
        up: Traffic(packets: 61_234, bytes: 52_345_678),
        down: Traffic(packets: 59_876, bytes: 1_234_567_890),
        drops: ["no-permission": 12, "send-buffer-full": 3],
        rate: TrafficRate(
            nanoseconds: 5_000_000_000, up: Traffic(packets: 500, bytes: 600_000),
            down: Traffic(packets: 490, bytes: 1_500_000)))

    static let other = AllocationSnapshot(
        id: AllocationName(worker: 0, slot: 2, generation: 1), user: "bob", account: "bob",
        client: endpoint("[2001:db8:1::9]:40000"), listener: endpoint("[2001:db8::5]:3478"),
        transport: "tls", relayTransport: "tcp",
        relays: [
            RelayedAddress(
                advertised: endpoint("203.0.113.5:52000"), local: endpoint("203.0.113.5:52000"))
        ],
        ageSeconds: 5, expiresInSeconds: 595, lifetimeSeconds: 600,
        connections: [
            ConnectionSnapshot(
                peer: endpoint("192.0.2.9:80"), incoming: true, state: "bound",
                stream: endpoint("[2001:db8:1::9]:40001"), ageSeconds: 3)
        ])

    static let status = StatusSnapshot(
        version: "9.8.7", processID: 4242, uptimeSeconds: 93_784, realm: "example.org",
        listeners: [
            ListenerSnapshot(address: endpoint("203.0.113.5:3478"), transport: "udp"),
            ListenerSnapshot(address: endpoint("[2001:db8::5]:3478"), transport: "udp"),
        ],
        relays: [RelayHost(advertised: ip("203.0.113.5"), local: ip("10.0.0.5"))],
        ports: PortSnapshot(first: 49_152, last: 65_535, inUse: 3),
        allocations: AllocationCounts(current: 2, sinceStart: 1_204, max: 8_000),
        workers: [
            WorkerSnapshot(
                number: 0, allocations: 1, up: Traffic(packets: 10, bytes: 1_000),
                down: Traffic(packets: 20, bytes: 2_500), drops: ["no-permission": 4],
                kernelReceiveDrops: 0, hairpin: HairpinCounts(sameWorker: 7, otherWorker: 8)),
            WorkerSnapshot(
                number: 1, allocations: 1, up: Traffic(packets: 61_234, bytes: 52_345_678),
                down: Traffic(packets: 59_876, bytes: 1_234_567_890),
                drops: ["no-permission": 12, "send-buffer-full": 3], kernelReceiveDrops: 9,
                hairpin: HairpinCounts()),
        ],
        stun: StunCounters(
            requests: ["allocate": 2_410, "binding": 93_000], errors: ["401": 1_205, "486": 2],
            deniedPeers: ["private": 9],
            peerConnections: ["made": 3, "not-permitted": 1]),
        budget: BudgetSnapshot(
            requests: 1_300, bytesIn: 40_000, bytesOut: 120_000, shortened: 5, silenced: 6),
        streams: StreamsSnapshot(
            open: 120, halfOpen: 3, networks: 40, accepted: 99_000,
            refused: ["full": 2, "not-a-protocol": 7], handshakes: 800,
            failedHandshakes: ["no shared cipher": 5], handedOver: 700, httpRequests: 60,
            webSockets: 4),
        certificates: [
            CertificateSnapshot(
                file: "/etc/turn.pem", names: ["example.org", "203.0.113.5"],
                expiresInSeconds: 864_000, fingerprint: "0a1b")
        ],
        warnings: ["line 12: no-loopback-peers has no effect: loopback is always denied"])

    static let credential = CredentialReply(
        urls: ["turn:203.0.113.5:3478?transport=udp"], username: "1763794800:alice",
        credential: "c2VjcmV0IG9mIGEgdGVzdA==", realm: "example.org", ttlSeconds: 86_400,
        expiresAt: 1_763_794_800)
}

extension Samples {
    static let reportJSON = """
        {"browser":"Mozilla/5.0","clock_offset_ms":-1500,"findings":[{"level":"problem",\
        "code":"udp_blocked","says":"UDP does not come through.","remedy":"Open UDP 3478."}],\
        "results":[{"url":"turn:203.0.113.5:3478?transport=tcp","works":true,"took_ms":41,\
        "candidates":[{"type":"relay","address":"203.0.113.5","port":50000,"at_ms":40,\
        "protocol":"tcp"}],"errors":[{"code":701,"text":"timed out","at_ms":9}],"relayed":\
        {"connected":true,"connect_ms":90,"rtt_us":12345,"kbps":8000,"sent":9,"received":8}}],\
        "outside":[{"url":"turn:203.0.113.5:3478?transport=tcp","announced":"203.0.113.9",\
        "connected":false,"elsewhere":true,"answers":false}]}
        """

    static let report = ReportSnapshot(
        summary: ReportSummary(
            id: 7, ageSeconds: 65, client: ip("198.51.100.7"), user: "alice", level: "problem",
            findings: ["udp_blocked"]), content: reportContent)

    private static var reportContent: ReportContent {
        guard let content = ReportContent(keptAs: Array(reportJSON.utf8)) else {
            preconditionFailure("the sample is no report")
        }
        return content
    }
}

/// A daemon with two allocations and a notebook of what was ordered.
struct FakeService: AdminService {
    var all = [Samples.other, Samples.allocation]
    var orders: [KillOrder] = []
    var canIssue = true

    mutating func answer(_ request: AdminRequest) -> AdminReply {
        switch request {
        case .status: .status(Samples.status)
        case .allocations(let filter): .allocations(AllocationList(all, filter: filter))
        case .allocation(let id):
            all.first { $0.id == id }.map { .allocation($0) } ?? Self.missing(id)
        case .kill(let order): kill(order)
        case .issueCredential:
            canIssue
                ? .credential(Samples.credential)
                : .refused(AdminRefusal(.notConfigured, "no static-auth-secret is set"))
        case .calls: .calls(CallList(matched: 1, calls: [Samples.call]))
        case .call(let id):
            id == Samples.call.id
                ? .call(Samples.call) : .refused(AdminRefusal(.noSuchCall, "no call \(id)"))
        case .endCall(let id): .callEnded(CallEndReply(id: id, reason: "deleted"))
        case .sessions: .sessions(Samples.sessions)
        case .kick: .kicked(KickReply(kicked: 2, calls: 1))
        case .users: .users(Samples.users)
        case .reports: .reports(ReportList(reports: [Samples.report.summary], forgotten: 2))
        case .report(let id):
            id == Samples.report.summary.id
                ? .report(Samples.report)
                : .refused(AdminRefusal(.noSuchReport, "no report \(id)"))
        case .explainCredential: .explanation(Samples.explanation)
        case .revokeCredential(let name):
            .revoked(RevokeReply(account: name, seconds: 90, killed: 1))
        case .refusals: .refusals(Samples.refusals)
        case .metrics: .metrics(Array("# TYPE a gauge\na 1\n".utf8))
        case .logLevel: .logLevel(LogLevelReply(level: "info"))
        case .setLogLevel(let level): .logLevel(LogLevelReply(level: level))
        case .drain(let order):
            .drain(
                DrainReply(
                    draining: order.isOn, stops: order.stops, allocations: 1, callers: 2))
        case .reload(let isRehearsal): .reload(Samples.reload(isRehearsal: isRehearsal))
        case .configuration: .configuration(Samples.configuration)
        }
    }

    private mutating func kill(_ order: KillOrder) -> AdminReply {
        orders.append(order)
        let count = all.count
        switch order.target {
        case .allocation(let id):
            all.removeAll { $0.id == id }
            guard all.count < count else { return Self.missing(id) }
        case .user(let name): all.removeAll { $0.user == name || $0.account == name }
        case .matching(let filter): all.removeAll { filter.matches($0) }
        }
        return .killed(KillReply(killed: count - all.count))
    }

    private static func missing(_ id: AllocationName) -> AdminReply {
        .refused(
            AdminRefusal(.noSuchAllocation, "no allocation \(id); it may have ended meanwhile"))
    }
}
