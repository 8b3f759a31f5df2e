import Primitives
import Testing

@testable import Probe

@Suite struct DiagnosisTests {
    private let address = IPAddress(198, 51, 100, 1)
    private let now: UInt64 = 1_800_000_000

    private func report(
        _ paths: [PathResult], _ credentials: ProbeCredentials = .user(name: "a", password: "b"),
        _ change: (inout ProbeSettings) -> Void = { _ in }
    ) -> ProbeReport {
        var settings = ProbeSettings(host: "turn.example.org")
        settings.credentials = credentials
        settings.unixSeconds = now
        change(&settings)
        var report = ProbeReport(settings: settings)
        report.addresses = [address]
        report.paths = paths
        return report
    }

    /// A path on which everything went well but for the steps given.
    private func path(
        _ transport: ProbeTransport = .udp, _ steps: [StepName: StepOutcome] = [:],
        _ echoes: [EchoMode: Int] = [.ownSocket: 20, .indications: 20, .channels: 20],
        _ change: (inout PathResult) -> Void = { _ in }
    ) -> PathResult {
        var path = PathResult(
            transport: transport,
            server: TransportAddress(address, transport.isSecure ? 5_349 : 3_478))
        path.realm = "r"
        path.mapped = TransportAddress(IPAddress(198, 51, 100, 2), 1)
        path.relayed = TransportAddress(address, 50_000)
        for name in StepName.allCases {
            let outcome = steps[name] ?? (name == .challenge ? refused(401) : .ok)
            path.steps.append(
                ProbeStep(name: name, outcome: outcome, nanoseconds: 1, retransmissions: 0))
        }
        path.echoes = EchoMode.allCases.compactMap { mode in
            echoes[mode].map { received in
                var echo = EchoResult(mode: mode)
                (echo.sent, echo.received, echo.largeSent) = (20, received, 5)
                echo.largeReceived = min(5, received / 4)
                return echo
            }
        }
        change(&path)
        return path
    }

    /// A path that ended at its first step.
    private func failed(
        _ transport: ProbeTransport, _ name: StepName, _ outcome: StepOutcome
    ) -> PathResult {
        path(transport, [:], [:]) {
            $0.relayed = nil
            $0.mapped = nil
            $0.steps = [
                ProbeStep(name: name, outcome: outcome, nanoseconds: 1, retransmissions: 0)
            ]
        }
    }

    private func refused(_ code: UInt16) -> StepOutcome {
        .refused(TurnRefusal(code: code, reason: "", realm: "r", hasNonce: true))
    }

    private func ids(_ report: ProbeReport) -> [String] { report.findings.map(\.id) }

    @Test func allWell() {
        let report = report(ProbeTransport.allCases.map { path($0) })
        #expect(report.findings == [])
        #expect(report.verdict == .ok)
        #expect(report.exitCode == 0)
    }

    // MARK: - Reach

    @Test func udpThatIsSilentIsAnErrorAndNamesTheOtherNetwork() throws {
        let report = report([failed(.udp, .binding, .silence), path(.tcp)])
        let finding = try #require(report.findings.first)
        #expect(finding.id == "udp-no-answer")
        #expect(finding.severity == .error)
        #expect(finding.mend.contains("this network blocks UDP"))
        #expect(report.verdict == .failed)
        #expect(report.exitCode == 3)
    }

    @Test func nothingAnswers() {
        let report = report([
            failed(.udp, .binding, .failed(.refused)), failed(.tcp, .connect, .failed(.refused)),
            failed(.tls, .connect, .silence), failed(.dtls, .handshake, .silence),
        ])
        #expect(ids(report) == ["udp-refused", "tcp-refused", "tls-no-answer", "dtls-no-answer"])
        #expect(report.exitCode == 4)
    }

    @Test func absentTransportsAreAMatterOfWhatWasAsked() {
        let absent = [
            path(.udp), failed(.tcp, .connect, .failed(.refused)),
            failed(.dtls, .handshake, .silence),
        ]
        let usual = report(absent)
        #expect(usual.findings.map(\.severity) == [.warning, .note])
        #expect(usual.status(of: absent[2]) == .notOffered)
        let chosen = report(absent) { $0.areTransportsChosen = true }
        #expect(chosen.findings.map(\.severity) == [.error, .error])
        #expect(chosen.status(of: absent[2]) == .failed)
    }

    @Test func aMachineWithoutIPv6SaysNothingOfTheServer() {
        var away = failed(.udp, .binding, .failed(.unreachable("Network is unreachable")))
        away = PathResult(
            transport: .udp,
            server: TransportAddress(IPAddress(v6High: 0x2001_0DB8 << 32, low: 1), 3_478))
        away.steps = [
            ProbeStep(
                name: .binding, outcome: .failed(.unreachable("Network is unreachable")),
                nanoseconds: 1, retransmissions: 0)
        ]
        var report = report([path(.udp), away])
        report.addresses.append(away.server.ip)
        #expect(report.findings.map(\.id) == ["no-route"])
        #expect(report.exitCode == 0)
    }

    @Test(arguments: [
        ("wrong version number", Severity.warning), ("the server closed the connection", .warning),
        ("no shared cipher", .error),
    ])
    func handshakes(_ reason: String, _ severity: Severity) {
        let report = report([path(.udp), failed(.tls, .handshake, .failed(.handshake(reason)))])
        #expect(report.findings.map(\.id) == ["handshake-failed"])
        #expect(report.findings.map(\.severity) == [severity])
    }

    @Test func somethingElseListens() {
        for outcome in [StepOutcome.silence, .failed(.closed), .failed(.local("no STUN"))] {
            #expect(ids(report([path(.udp), failed(.tcp, .binding, outcome)])) == ["no-stun"])
        }
    }

    // MARK: - Credentials

    @Test(arguments: [
        (ProbeCredentials.user(name: "1799999688:bob", password: ""), "credential-expired"),
        (.user(name: "1800000600:bob", password: ""), "credential-refused"),
        (.user(name: "bob", password: ""), "credential-refused"),
        (.secret("x", user: nil), "secret-refused"),
    ])
    func refusedCredentials(_ credentials: ProbeCredentials, _ id: String) {
        let path = path(.udp, [.allocate: refused(401)], [:]) { $0.relayed = nil }
        let report = report([path], credentials)
        #expect(ids(report) == [id])
        #expect(report.exitCode == 3)
        if id == "credential-expired" {
            #expect(report.findings[0].what.contains("5 min"))
        }
    }

    @Test(
        arguments: [
            (438, "nonce-stale"), (441, "credential-refused"), (442, "no-udp-relay"),
            (486, "quota-reached"), (508, "no-capacity"), (403, "allocate-refused"),
        ] as [(UInt16, String)])
    func refusals(_ code: UInt16, _ id: String) {
        let path = path(.udp, [.allocate: refused(code)], [:]) { $0.relayed = nil }
        #expect(ids(report([path])) == [id])
    }

    @Test func theChallenge() {
        func challenged(_ outcome: StepOutcome) -> PathResult {
            path(.udp, [.challenge: outcome], [:]) {
                $0.relayed = nil
                $0.steps.removeAll { $0.name != .binding && $0.name != .challenge }
            }
        }
        let bare = TurnRefusal(code: 401, reason: "", realm: nil, hasNonce: true)
        let other = TurnRefusal(code: 300, reason: "", realm: nil)
        #expect(ids(report([challenged(.refused(bare))])) == ["challenge-broken"])
        #expect(ids(report([challenged(.refused(other))])) == ["alternate-server"])
        #expect(report([challenged(.silence)]).exitCode == 3)
        let curious = report([challenged(refused(400))], .none)
        #expect(ids(curious) == ["no-turn", "no-credentials"])
        #expect(curious.exitCode == 1)
        #expect(ids(report([challenged(refused(401))], .none)) == ["no-credentials"])
    }

    @Test func realmAndSignature() {
        let good = report([path()]) { $0.realm = "other" }
        #expect(good.findings.map(\.id) == ["realm-differs"])
        #expect(good.exitCode == 1)
        #expect(ids(report([path { $0.isUnproven = true }])) == ["answer-unproven"])
        #expect(ids(report([path { $0.isOpenRelay = true }])) == ["open-relay"])
        #expect(ids(report([path { $0.lacksFamily = true }])) == ["no-ipv6-relay"])
        #expect(ids(report([path(.udp, [.allocateSecond: refused(486)])])) == ["quota-small"])
        #expect(ids(report([path(.udp, [.allocateSecond: .silence])])) == ["second-client"])
    }

    // MARK: - Relaying

    @Test func theRelayRange() {
        let closed: [EchoMode: Int] = [.ownSocket: 0, .indications: 20, .channels: 20]
        #expect(ids(report([path(.udp, [:], closed)])) == ["relay-range-closed"])
        // Whoever cannot send UDP knows nothing about the range.
        let blocked = report([failed(.udp, .binding, .silence), path(.tcp, [:], closed)])
        #expect(ids(blocked) == ["udp-no-answer", "relay-ports-unknown"])
    }

    @Test func oneWayOnly() {
        let lost = path(.udp, [:], [.ownSocket: 0]) { $0.echoes[0].reached = 20 }
        #expect(ids(report([lost])) == ["relay-send-lost"])
        let local = path(.udp, [:], [.ownSocket: 0]) {
            $0.mapped = TransportAddress(address, 1)
        }
        #expect(ids(report([local])) == ["own-machine"])
        #expect(report([local]).exitCode == 0)
    }

    @Test func relayAddresses() {
        let closed: [EchoMode: Int] = [.ownSocket: 0, .indications: 0]
        let wrong = path(.udp, [:], closed) {
            $0.relayed = TransportAddress(IPAddress(198, 51, 100, 9), 1)
        }
        #expect(ids(report([wrong])) == ["relay-address-wrong"])
        let inner = path(.udp, [:], closed) {
            $0.relayed = TransportAddress(IPAddress(10, 0, 0, 9), 1)
        }
        #expect(ids(report([inner])) == ["relay-address-private"])
        let other = path(.udp) { $0.relayed = TransportAddress(IPAddress(198, 51, 100, 9), 1) }
        #expect(report([other]).findings.map(\.id) == ["relay-address-other"])
        #expect(report([other]).exitCode == 0)
        let hidden = path { $0.mapped = TransportAddress(IPAddress(172, 17, 0, 1), 1) }
        #expect(ids(report([hidden])) == ["client-address-hidden"])
    }

    @Test func betweenAllocations() {
        let lost: [EchoMode: Int] = [.ownSocket: 20, .indications: 0, .channels: 0]
        #expect(ids(report([path(.udp, [:], lost)])) == ["relay-to-relay-lost"])
        let channels: [EchoMode: Int] = [.ownSocket: 20, .indications: 20, .channels: 0]
        #expect(ids(report([path(.udp, [:], channels)])) == ["channels-lost"])
        let denied = path(.udp, [.permitRelay: refused(403)], [.ownSocket: 20])
        #expect(ids(report([denied])) == ["relay-peer-denied"])
        let own = path(.udp, [.permitOwn: refused(403)], [.indications: 20, .channels: 20])
        #expect(report([own]).findings.map(\.severity) == [.warning])
    }

    @Test func loss() {
        func lost(_ count: Int) -> [Severity] {
            report([path(.udp, [:], [.ownSocket: 20 - count])]).findings.map(\.severity)
        }
        #expect(lost(0) == [])
        #expect(lost(1) == [])
        #expect(lost(2) == [.warning])
        #expect(lost(5) == [.error])
        let large = path(.udp, [:], [.ownSocket: 15]) { $0.echoes[0].largeReceived = 0 }
        #expect(ids(report([large])) == ["large-packets-lost"])
    }

    // MARK: - Certificates

    private func certificate(_ change: (inout ProbeCertificate) -> Void) -> [Finding] {
        var certificate = ProbeCertificate(
            names: ["turn.example.org"], subject: "CN=turn.example.org", issuer: "CN=authority",
            notBefore: Int64(now) - 86_400, notAfter: Int64(now) + 60 * 86_400,
            isSelfSigned: false, chainLength: 2, key: "ECDSA 256", fingerprint: "", distrust: nil)
        change(&certificate)
        let path = path(.tls) {
            $0.handshake = ProbeHandshake(
                version: "TLSv1.3", cipher: "", chosenProtocol: nil, certificate: certificate)
        }
        return report([path]).findings
    }

    @Test func certificates() {
        let now = Int64(now)
        let cases: [(String, Severity, (inout ProbeCertificate) -> Void)] = [
            ("certificate-expired", .error, { $0.notAfter = now - 86_400 * 3 }),
            ("certificate-not-valid-yet", .error, { $0.notBefore = now + 60 }),
            ("certificate-expires-soon", .warning, { $0.notAfter = now + 86_400 * 20 }),
            ("certificate-name", .error, { $0.names = ["www.example.org"] }),
            ("certificate-untrusted", .error, { $0.distrust = "certificate revoked" }),
            (
                "certificate-self-signed", .error,
                {
                    $0.isSelfSigned = true
                    $0.distrust = "self-signed certificate"
                }
            ),
            (
                "certificate-chain", .error,
                {
                    $0.chainLength = 1
                    $0.distrust = "unable to get local issuer certificate"
                }
            ),
            (
                // Said once, though the TLS library finds it too.
                "certificate-expired", .error,
                {
                    $0.notAfter = now - 1
                    $0.distrust = "certificate has expired"
                }
            ),
        ]
        for (id, severity, change) in cases {
            let found = certificate(change)
            #expect(found.map(\.id) == [id])
            #expect(found.map(\.severity) == [severity])
        }
        #expect(certificate { $0.notAfter = now + 86_400 * 21 }.isEmpty)
        #expect(certificate { $0.names = ["*.example.org"] }.isEmpty)
    }

    @Test(arguments: [
        ("turn.example.org", true), ("TURN.example.org", true), ("a.example.net", true),
        ("example.net", false), ("a.b.example.net", false), ("192.0.2.1", true),
        ("192.0.2.2", false), ("2001:db8:0::1", true),
    ])
    func names(_ host: String, _ covers: Bool) {
        let certificate = ProbeCertificate(
            names: ["turn.example.org", "*.example.net", "192.0.2.1", "2001:db8::1"], subject: "",
            issuer: "", notBefore: 0, notAfter: 0, isSelfSigned: false, chainLength: 1, key: "",
            fingerprint: "", distrust: nil)
        #expect(certificate.covers(host) == covers)
    }

    // MARK: - The whole

    @Test func whatIsSeenTwiceIsSaidOnceTheWorstFirst() {
        let closed: [EchoMode: Int] = [.ownSocket: 0, .indications: 20, .channels: 20]
        let report = report([
            path(.udp, [:], closed), path(.tcp, [:], closed),
            failed(.tls, .connect, .failed(.refused)),
        ])
        #expect(ids(report) == ["relay-range-closed", "tls-refused"])
        #expect(report.findings[0].paths.map(\.transport) == [.udp, .tcp])
    }

    @Test func aNameWithoutAddress() {
        var report = report([])
        report.addresses = []
        report.nameFailure = "Name or service not known"
        #expect(ids(report) == ["name-not-found"])
        #expect(report.exitCode == 4)
    }

    @Test func everyFindingExplainsItself() {
        let outcomes: [StepOutcome] = [.silence, .failed(.refused), .failed(.closed)]
        for transport in ProbeTransport.allCases {
            for name in StepName.allCases {
                for outcome in outcomes + [refused(403), refused(500)] {
                    for finding in report([path(transport, [name: outcome])]).findings {
                        #expect(!finding.what.isEmpty && !finding.what.hasSuffix("."))
                        #expect(finding.severity == .note || finding.why.hasSuffix("."))
                        #expect(finding.severity == .note || finding.mend.hasSuffix("."))
                    }
                }
            }
        }
    }
}
