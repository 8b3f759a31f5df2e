import Primitives
import Testing

@testable import Configuration

/// What a line's value becomes in the settings.
struct ReaderTests {
    private func settings(_ text: String) throws -> ServerConfiguration {
        let (configuration, report) = Configuration.parse(text, file: "t")
        return try #require(configuration, "\(report.text)")
    }

    private func codes(_ text: String) -> [String] {
        Configuration.parse(text, file: "t").1.lines.flatMap(\.problems).map(\.code)
    }

    @Test func emptyFileGivesDefaults() throws {
        #expect(try settings("") == ServerConfiguration())
        let defaults = ServerConfiguration()
        #expect(defaults.listening.port == 3478)
        #expect(defaults.relay.portCount == 16384)
        #expect(defaults.limits.allocationsPerUser == 40)
        #expect(defaults.process.adminSocket == "/run/turnstone/admin.sock")
    }

    @Test(arguments: KeyTable.keys.filter { !$0.standard.isEmpty && $0.verdict != .notYet })
    func documentedDefaultIsTheDefault(key: Key) throws {
        let (configuration, report) = Configuration.parse("\(key.name)=\(key.standard)", file: "t")
        #expect(configuration == ServerConfiguration(), "\(report.text)")
        #expect(report.lines[0].problems.isEmpty, "\(report.text)")
    }

    @Test func addresses() throws {
        let listening = try settings(
            """
            listening-ip=192.0.2.1
            listening-ip=2001:db8::1
            listening-ip=
            aux-server=192.0.2.1:443
            aux-server=[2001:db8::1]:80
            listening-port=3479
            """
        ).listening
        let v6 = IPAddress(v6High: 0x2001_0db8_0000_0000, low: 1)
        #expect(listening.addresses == [IPAddress(192, 0, 2, 1), v6, IPAddress(v4: 0)])
        #expect(
            listening.auxiliary == [
                TransportAddress(IPAddress(192, 0, 2, 1), 443), TransportAddress(v6, 80),
            ])
        #expect(listening.port == 3479)
    }

    @Test func listenAllIsBothWildcards() throws {
        let listening = try settings("listen-all").listening
        #expect(listening.addresses == [IPAddress(v4: 0), IPAddress(v6High: 0, low: 0)])
        #expect(listening.addresses.allSatisfy { $0.isUnspecified })
    }

    @Test func externalAddresses() throws {
        let relay = try settings(
            """
            external-ip=203.0.113.5/10.0.0.4
            external-ip=203.0.113.6
            external-ip=2001:db8::5
            """
        ).relay
        #expect(
            relay.external == [
                ServerConfiguration.ExternalAddress(
                    publicAddress: IPAddress(203, 0, 113, 5), privateAddress: IPAddress(10, 0, 0, 4)
                ),
                ServerConfiguration.ExternalAddress(publicAddress: IPAddress(203, 0, 113, 6)),
                ServerConfiguration.ExternalAddress(
                    publicAddress: IPAddress(v6High: 0x2001_0db8_0000_0000, low: 5)),
            ])
    }

    @Test func firstPlainExternalAddressOfAFamilyCounts() throws {
        let text = "external-ip=203.0.113.5\nexternal-ip=203.0.113.6"
        #expect(
            try settings(text).relay.external.map(\.publicAddress) == [IPAddress(203, 0, 113, 5)])
        #expect(codes(text) == ["repeated-external-ip"])
    }

    @Test func nothingIsBoundTwice() throws {
        let text = """
            listening-ip=192.0.2.1
            listening-ip=192.0.2.1
            relay-ip=192.0.2.1
            relay-ip=192.0.2.1
            aux-server=192.0.2.1:443
            aux-server=192.0.2.1:443
            aux-server=192.0.2.1:3478
            """
        let configuration = try settings(text)
        #expect(configuration.listening.addresses.count == 1)
        #expect(configuration.relay.addresses.count == 1)
        #expect(configuration.listening.auxiliary.map(\.port) == [443])
        #expect(codes(text) == ["aux-server-redundant"])
        #expect(try settings("listen-all\nlistening-ip=::").listening.addresses.count == 2)
    }

    @Test func wildcardRelayAddressIsNone() throws {
        #expect(try settings("relay-ip=0.0.0.0").relay.addresses.isEmpty)
    }

    @Test func peerRanges() throws {
        let peers = try settings(
            """
            denied-peer-ip=10.0.0.0-10.0.0.255
            denied-peer-ip=192.0.2.1 - 192.0.2.9
            denied-peer-ip=192.0.2.77
            allowed-peer-ip=10.0.0.0/30
            allowed-peer-ip=fd00::/8
            """
        ).peers
        #expect(
            peers.denied.map(\.range.description) == [
                "10.0.0.0-10.0.0.255", "192.0.2.1-192.0.2.9", "192.0.2.77",
            ])
        #expect(
            peers.allowed.map(\.range.description) == [
                "10.0.0.0-10.0.0.3", "fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            ])
    }

    @Test func peerRangesKnowTheirLine() throws {
        let peers = try settings("\ndenied-peer-ip 10.0.0.0/8").peers
        #expect(peers.denied.map(\.source) == ["t:2: denied-peer-ip=10.0.0.0/8"])
    }

    @Test func loopbackNeedsForce() throws {
        #expect(try !settings("allow-loopback-peers").peers.allowsLoopback)
        #expect(try !settings("allow-loopback-peers=true").peers.allowsLoopback)
        #expect(try settings("allow-loopback-peers=force").peers.allowsLoopback)
        let verdicts = ["", "=force", "=no"].map {
            Configuration.parse("allow-loopback-peers" + $0, file: "t").1.lines[0].verdict
        }
        #expect(verdicts == [.refused, .dangerous, .honoured])
    }

    @Test func secondsWithoutValueAreTheDefault() throws {
        #expect(try settings("stale-nonce").credentials.nonceLifetime == Seconds(600))
        #expect(try settings("stale-nonce=0").credentials.nonceLifetime == Seconds(0))
        #expect(try settings("max-allocate-lifetime 1200").limits.maxLifetime == Seconds(1200))
    }

    @Test(arguments: [
        ("listening-port=3478 # main", "trailing-comment"),
        ("user-quota=3478;", "text-after-number"),
    ])
    func numbersEndWithTheirDigits(text: String, code: String) throws {
        _ = try settings(text)
        #expect(codes(text).contains(code))
    }

    @Test func repeatedKeyWarnsAndLastOneCounts() throws {
        let text = "realm=a\nrealm=b"
        #expect(try settings(text).credentials.realm == "b")
        #expect(codes(text) == ["repeated-key"])
    }

    @Test func verbosity() throws {
        #expect(try settings("verbose").log.level == .detail)
        #expect(try settings("Verbose\nverbose").log.level == .debug)
        #expect(try settings("log-min-level=error").log.level == .error)
        #expect(try settings("log-min-level=Debug").log.level == .info)
        #expect(try settings("log-file=-").log.file == nil)
        #expect(try settings("log-format=json").log.format == .json)
        #expect(try settings("log-format=Text").log.format == .text)
        #expect(try settings("verbose").log.format == .text)
        #expect(codes("log-format=xml") == ["invalid-value"])
        #expect(try settings("log-file=/var/log/turn.log").log.file == "/var/log/turn.log")
    }

    @Test func systemLog() throws {
        #expect(try settings("log-file=syslog").log.usesSystemLog)
        #expect(try settings("syslog").log.usesSystemLog)
        #expect(try settings("syslog=no").log.usesSystemLog == false)
        #expect(try settings("syslog").log.facility.number == 3)
        // The numbers of syslog.h.
        for (name, number) in [
            ("LOG_DAEMON", 3), ("LOG_USER", 1), ("LOG_AUTHPRIV", 10), ("LOG_FTP", 11),
            ("LOG_LOCAL0", 16), ("local7", 23),
        ] {
            let log = try settings("syslog\nsyslog-facility=\(name)").log
            #expect(log.facility.number == number, "\(name)")
        }
        #expect(codes("syslog-facility=LOG_NOWHERE") == ["invalid-value"])
        #expect(codes("syslog\nlog-file=/var/log/turn.log") == ["log-file-unused"])
        #expect(try settings("log-binding").log.bindings)
    }

    @Test func threads() throws {
        #expect(try settings("relay-threads=0").process.workers == 1)
        #expect(try settings("relay-threads=6\ncpus=2").process.workers == 6)
        #expect(try settings("cpus=2").process.workers == 2)
        #expect(try settings("workers=3").process.workers == 3)
    }

    @Test func errorsGiveNoSettings() {
        let (configuration, report) = Configuration.parse("min-port=x", file: "t.conf")
        #expect(configuration == nil)
        #expect(report.exitStatus() == 2)
        #expect(
            report.diagnostics(from: .error) == [
                "t.conf:1: error: min-port = x: `x` is no number. Accepted: a whole number from 0"
                    + " to"
                    + " 65535."
            ])
    }

    @Test func everythingIsBounded() {
        let many = (0...Configuration.Bounds.addresses).map { "relay-ip=10.0.0.\($0)\n" }.joined()
        #expect(Configuration.parse(many, file: "t").0 == nil)
        let secrets = (0...Configuration.Bounds.secrets).map {
            "static-auth-secret=a-long-secret-of-\($0)\n"
        }
        #expect(Configuration.parse(secrets.joined(), file: "t").0 == nil)
        let lines = [UInt8](repeating: UInt8(ascii: "\n"), count: 10)
        #expect(Configuration.parse(lines, file: "t").0 != nil)
        let large = [UInt8](
            repeating: UInt8(ascii: "\n"), count: Configuration.Bounds.fileBytes + 1)
        #expect(Configuration.parse(large, file: "t").0 == nil)
        let long = Array(repeating: "no-cli", count: Configuration.Bounds.lines + 1).joined(
            separator: "\n")
        #expect(Configuration.parse(long, file: "t").0 == nil)
    }
}
