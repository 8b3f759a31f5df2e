import Primitives
import Testing

@testable import Doctor
@testable import Probe

/// Facts of a machine on which all is well, and what one changed fact comes to.
@Suite struct ExaminationTests {
    private static let now: UInt64 = 1_795_248_000
    private static let address = IPAddress(198, 51, 100, 1)

    private static func facts(_ change: (inout DoctorFacts) -> Void = { _ in }) -> DoctorFacts {
        var facts = DoctorFacts(file: "/etc/turnstone/turnstone.conf")
        facts.unixSeconds = now
        facts.isRoot = true
        facts.host = "turn.example.org"
        facts.service = service(local: address, advertised: address)
        facts.daemon = .found(
            .answers(
                DaemonFacts(version: "1", ownVersion: "1", processID: 5, uptimeSeconds: 90)))
        facts.interfaces = [InterfaceFact(name: "eth0", address: address)]
        facts.probes = .found([probe()])
        facts.credentialSource = "a credential of the daemon"
        facts.certificates = [certificate()]
        facts.firewall = .found(FirewallTexts())
        facts.kernel.receiveBufferGranted = 2_097_152
        facts.kernel.sendBufferGranted = 2_097_152
        facts.kernel.localPorts = 32_768...60_999
        facts.limits = .found(FileLimit(allowed: 100_000, wanted: 50_000))
        facts.clock = .found(ClockFact(isSynchronised: true, errorMaxMicroseconds: 10))
        change(&facts)
        return facts
    }

    private static func service(local: IPAddress, advertised: IPAddress) -> PlannedService {
        var service = PlannedService(
            listeners: [.init(transport: .udp, address: TransportAddress(local, 3_478))],
            relays: [.init(local: local, advertised: advertised)], relayPorts: 49_152...65_535)
        service.socketBuffer = 2_097_152
        return service
    }

    private static func probe(_ change: (inout PathResult) -> Void = { _ in }) -> ProbeReport {
        var settings = ProbeSettings(host: "turn.example.org")
        settings.areTransportsChosen = true
        settings.unixSeconds = now
        var report = ProbeReport(settings: settings)
        report.addresses = [address]
        var path = PathResult(transport: .udp, server: TransportAddress(address, 3_478))
        path.steps = [.binding, .allocate].map {
            ProbeStep(name: $0, outcome: .ok, nanoseconds: 1, retransmissions: 0)
        }
        path.relayed = TransportAddress(address, 50_000)
        path.echoes = [EchoMode.indications, .channels].map { mode in
            var echo = EchoResult(mode: mode)
            (echo.sent, echo.received, echo.reached) = (20, 20, 20)
            return echo
        }
        change(&path)
        report.paths = [path]
        return report
    }

    private static func certificate(
        _ change: (inout ProbeCertificate) -> Void = { _ in }
    ) -> CertificateFact {
        var certificate = ProbeCertificate(
            names: ["turn.example.org"], subject: "CN=turn.example.org", issuer: "CN=R3",
            notBefore: 0, notAfter: Int64(now) + 60 * 86_400, isSelfSigned: false, chainLength: 2,
            key: "ECDSA 256", fingerprint: "0a", distrust: nil)
        change(&certificate)
        return CertificateFact(
            file: "/etc/ssl/full.pem", keyFile: "/etc/ssl/key.pem", source: "f:1: cert=full.pem",
            outcome: .usable(certificate))
    }

    /// The findings that are more than notes, and the exit code.
    private func judge(_ change: (inout DoctorFacts) -> Void) -> (ids: [String], code: Int32) {
        let report = DoctorReport(Self.facts(change))
        return (
            report.findings.filter { $0.severity > .note }.map(\.finding.id), report.exitCode
        )
    }

    private func expect(
        _ id: String, _ code: Int32, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout DoctorFacts) -> Void
    ) {
        let found = judge(change)
        #expect(found.ids == [id] && found.code == code, "\(found)", sourceLocation: sourceLocation)
        for finding in DoctorReport(Self.facts(change)).findings {
            #expect(!finding.finding.why.isEmpty && !finding.finding.mend.isEmpty)
        }
    }

    @Test func allIsWell() {
        let report = DoctorReport(Self.facts())
        #expect(report.findings.isEmpty && report.exitCode == 0)
        #expect(report.checks.allSatisfy { $0.status == .ok }, "\(report.checks)")
        #expect(report.checks.map(\.check) == DoctorCheck.allCases)
    }

    @Test func theDaemon() {
        expect("daemon-not-running", 3) { $0.daemon = .found(.silent("Connection refused")) }
        expect("daemon-old", 1) {
            $0.daemon = .found(
                .answers(DaemonFacts(version: "1", ownVersion: "2", processID: 5, uptimeSeconds: 9))
            )
        }
        let coturn = PortFact(
            transport: "UDP", address: TransportAddress(Self.address, 3_478),
            command: "turnserver", processID: 7)
        expect("port-held", 3) {
            $0.daemon = .found(.silent("No such file"))
            $0.holders = [coturn, coturn]
        }
        let mend = DoctorReport(Self.facts { $0.holders = [coturn] }).findings.first
        #expect(mend?.commands.first == "systemctl disable --now coturn")
    }

    @Test func theConfiguration() {
        expect("realm-missing", 1) {
            $0.problems = [.init(severity: .warning, code: "realm-missing", text: "f: no realm")]
        }
        let found = judge {
            $0.problems = [.init(severity: .error, code: "invalid-value", text: "f:3: bad")]
            $0.service = nil
        }
        #expect(found.ids == ["invalid-value"] && found.code == 2)
    }

    @Test func listenersAndRelay() {
        expect("udp-no-answer", 3) {
            $0.probes = .found([
                Self.probe {
                    $0.steps = [
                        ProbeStep(
                            name: .binding, outcome: .silence, nanoseconds: 1, retransmissions: 3)
                    ]
                    $0.echoes = []
                }
            ])
        }
        expect("relay-lost", 3) {
            $0.probes = .found([
                Self.probe { path in
                    for index in path.echoes.indices { path.echoes[index].received = 0 }
                }
            ])
        }
        // Without credentials nothing is wrong, and it says what was not seen.
        let report = DoctorReport(Self.facts { $0.credentialSource = nil })
        #expect(report.checks.first { $0.check == .relay }?.status == .unknown)
        #expect(report.exitCode == 0)
    }

    @Test func addresses() throws {
        let inner = IPAddress(10, 0, 0, 4)
        let other = IPAddress(203, 0, 113, 5)
        func plan(_ local: IPAddress, _ told: IPAddress) -> (inout DoctorFacts) -> Void {
            {
                $0.service = Self.service(local: local, advertised: told)
                $0.interfaces = [InterfaceFact(name: "eth0", address: local)]
            }
        }
        expect("external-ip-missing", 3, plan(inner, inner))
        expect("external-ip-wrong", 3, plan(Self.address, other))
        expect("external-ip-private", 1, plan(inner, IPAddress(10, 9, 9, 9)))
        expect("external-ip-local", 3) {
            plan(inner, other)(&$0)
            $0.interfaces.append(InterfaceFact(name: "eth1", address: other))
        }
        // Behind a NAT it cannot be seen, unless an echo comes by way of the public address.
        let hidden = DoctorReport(Self.facts(plan(inner, other)))
        #expect(hidden.exitCode == 0)
        #expect(hidden.checks.first { $0.check == .addresses }?.status == .unknown)
        func seen(as mapped: IPAddress) -> (inout DoctorFacts) -> Void {
            {
                plan(inner, other)(&$0)
                $0.outsideProbes = [
                    OutsideProbe(
                        relay: .init(local: inner, advertised: other),
                        report: Self.probe { $0.mapped = TransportAddress(mapped, 1) })
                ]
            }
        }
        expect("external-ip-wrong", 3, seen(as: IPAddress(203, 0, 113, 77)))
        #expect(judge(seen(as: other)).ids == [])
        // What came back for one address says nothing of another.
        let second = IPAddress(203, 0, 113, 6)
        let found = judge {
            seen(as: other)(&$0)
            $0.service?.relays.append(.init(local: IPAddress(10, 0, 0, 5), advertised: second))
        }
        #expect(found.ids == [] && found.code == 0)
        let six = try #require(IPAddress("fd00::2"))
        expect("relay-address-private", 1) {
            $0.service?.relays.append(.init(local: six, advertised: six))
        }
        expect("external-ip-unused", 1) { $0.service?.unusedExternal = ["203.0.113.5/10.0.0.9"] }
        expect("name-elsewhere", 3) { $0.hostAddresses = [other] }
        expect("name-not-found", 3) { $0.hostFailure = "Name or service not known" }
        #expect(judge { $0.hostAddresses = [Self.address] }.ids == [])
        let loopback = IPAddress(127, 0, 0, 1)
        expect("loopback-only", 1, plan(loopback, loopback))
    }

    @Test func certificates() {
        func with(
            _ change: @escaping (inout ProbeCertificate) -> Void
        ) -> (inout DoctorFacts) -> Void {
            { $0.certificates = [Self.certificate(change)] }
        }
        let now = Int64(Self.now)
        expect("certificate-expired", 3, with { $0.notAfter = now - 5 })
        expect("certificate-not-valid-yet", 3, with { $0.notBefore = now + 5 })
        expect("certificate-expires-soon", 1, with { $0.notAfter = now + 5 * 86_400 })
        expect("certificate-name", 3, with { $0.names = ["www.example.org"] })
        expect(
            "certificate-self-signed", 3,
            with {
                $0.isSelfSigned = true
                $0.distrust = "self-signed certificate"
            })
        expect(
            "certificate-chain", 3,
            with {
                $0.chainLength = 1
                $0.distrust = "unable to get local issuer certificate"
            })
        expect("certificate-untrusted", 3, with { $0.distrust = "certificate revoked" })
        expect("certificate-unusable", 3) {
            $0.certificates[0].outcome = .unusable("/etc/ssl/full.pem cannot be read: No such file")
        }
        expect("certificate-key", 3) {
            $0.certificates[0].outcome = .unusable("the key does not match the certificate")
        }
        expect("certificate-stale", 1) {
            var shown = Self.probe()
            var other = ProbeHandshake(
                version: "TLSv1.3", cipher: "x", chosenProtocol: nil, certificate: nil)
            if case .usable(var old) = $0.certificates[0].outcome {
                old.fingerprint = "0b"
                other.certificate = old
            }
            shown.paths[0].handshake = other
            $0.probes = .found([shown])
        }
        #expect(judge { $0.host = nil }.ids == [])
        // A second certificate may be the one for the name.
        #expect(
            judge {
                $0.certificates.append(Self.certificate { $0.names = ["www.example.org"] })
            }.ids == [])
    }

    @Test func firewall() {
        func rules(_ text: String) -> (inout DoctorFacts) -> Void {
            {
                var texts = FirewallTexts()
                texts.iptables = ["*filter\n:INPUT DROP [0:0]\n:ufw-user-input - [0:0]\n\(text)\n"]
                $0.firewall = .found(texts)
            }
        }
        expect("firewall-relay", 3, rules("-A INPUT -p udp --dport 3478 -j ACCEPT"))
        expect("firewall-listener", 3, rules("-A INPUT -p udp --dport 49152:65535 -j ACCEPT"))
        #expect(judge(rules("-A INPUT -p udp -j ACCEPT")).ids == [])
        let commands = DoctorReport(Self.facts(rules("-A INPUT -p udp --dport 3478 -j ACCEPT")))
            .findings.flatMap(\.commands)
        #expect(commands == ["ufw allow 49152:65535/udp"])
        let closed = DoctorReport(Self.facts { $0.firewall = .closed("only root sees the rules") })
        #expect(closed.checks.first { $0.check == .firewall }?.status == .unknown)
    }

    @Test func theMachine() {
        func bridged(_ local: IPAddress) -> (inout DoctorFacts) -> Void {
            {
                $0.service = Self.service(local: local, advertised: Self.address)
                $0.interfaces = [InterfaceFact(name: "eth0", address: local)]
                $0.container.engine = "docker"
                $0.container.paired = ["eth0"]
            }
        }
        let inner = IPAddress(172, 17, 0, 2)
        expect("container-bridge", 3, bridged(inner))
        // One that is routed to the container itself is no bridge's.
        #expect(judge(bridged(Self.address)).ids == [])
        #expect(
            judge {
                bridged(inner)(&$0)
                $0.container.engine = nil
            }.ids == [])
        expect("docker-proxy", 1) { $0.container.proxiedUDP = PortSet([50_000...50_040]) }
        #expect(judge { $0.container.proxiedUDP = PortSet([50_000...50_001]) }.ids == [])
        expect("socket-buffers", 1) { $0.kernel.receiveBufferGranted = 212_992 }
        expect("backlog-drops", 1) {
            $0.kernel.backlogPackets = 1_000_000
            $0.kernel.backlogDrops = 5_000
            $0.kernel.backlogMax = 1_000
        }
        expect("conntrack-full", 1) {
            ($0.kernel.trackedConnections, $0.kernel.trackedConnectionsMax) = (85, 100)
        }
        expect("conntrack-full", 3) {
            ($0.kernel.trackedConnections, $0.kernel.trackedConnectionsMax) = (65_536, 65_536)
        }
        expect("relay-ports-taken", 1) { $0.kernel.relayPortsTaken = 5_000 }
        #expect(judge { $0.kernel.relayPortsTaken = 50 }.ids == [])
        expect("file-limit", 1) { $0.limits = .found(FileLimit(allowed: 1_024, wanted: 50_000)) }
    }

    /// The bound is named where it stands in the way alone, and is never made smaller.
    @Test(arguments: [(2_097_152, "4194304"), (4_194_304, nil), (67_108_864, nil)])
    func packetsThatFindNoRoom(bound: Int, raised: String?) {
        func drops(_ facts: inout DoctorFacts) {
            facts.kernel.receiveBufferMax = bound
            facts.daemon = .found(
                .answers(
                    DaemonFacts(
                        version: "1", ownVersion: "1", processID: 5, uptimeSeconds: 9,
                        packets: 100_000, kernelDrops: 500)))
        }
        expect("kernel-drops", 1, drops)
        let finding = DoctorReport(Self.facts(drops)).findings.first
        let wanted = raised.map { ["sysctl -w net.core.rmem_max=\($0)"] } ?? []
        #expect(finding?.commands == wanted + ["systemctl restart turnstone"])
        #expect(finding?.finding.mend.contains("sock-buf-size=4194304") == true)
    }

    @Test func theClock() {
        func unkept(_ facts: inout DoctorFacts) {
            facts.clock = .found(
                ClockFact(isSynchronised: false, errorMaxMicroseconds: 16_000_000))
        }
        expect("clock-unsynchronised", 1, unkept)
        func commands(_ change: (inout DoctorFacts) -> Void) -> [String] {
            DoctorReport(Self.facts(change)).findings.flatMap(\.commands)
        }
        #expect(commands(unkept) == ["timedatectl set-ntp true"])
        let missing = commands {
            unkept(&$0)
            $0.hasTimeService = false
        }
        #expect(missing == ["apt-get install systemd-timesyncd", "timedatectl set-ntp true"])
        func ahead(_ milliseconds: Int64, _ roundTrip: Int64 = 20) -> (inout DoctorFacts) -> Void {
            {
                $0.time = .found(
                    TimeFact(
                        server: "time.example.org", aheadMilliseconds: milliseconds,
                        roundTripMilliseconds: roundTrip))
            }
        }
        #expect(judge(ahead(300)).ids == [])
        // What the way may have taken is not known to be the clock.
        #expect(judge(ahead(2_500, 2_000)).ids == [])
        expect("clock-wrong", 1, ahead(-30_000))
        expect("clock-wrong", 3, ahead(3_600_000))
        expect("clock-wrong", 3, ahead(.min))
    }

    @Test func whatIsNotWantedIsLeftOut() {
        let found = judge {
            $0.clock = .found(ClockFact(isSynchronised: false, errorMaxMicroseconds: 0))
            $0.skipped = [.clock]
        }
        #expect(found.ids == [] && found.code == 0)
    }
}
