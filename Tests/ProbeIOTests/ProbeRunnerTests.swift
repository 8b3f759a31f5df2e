import LinuxIO
import Primitives
import Probe
import ProbeIO
import Testing

/// Real sockets on loopback. Servers that are well are in `Tests/Interop/check_probe.py`.
@Suite struct ProbeRunnerTests {
    private let loopback = IPAddress(127, 0, 0, 1)

    private func settings(_ port: UInt16) -> ProbeSettings {
        var settings = ProbeSettings(host: "127.0.0.1")
        settings.port = port
        settings.securePort = port
        settings.timeout = Seconds(2)
        settings.unixSeconds = Clock.now().unixSeconds
        return settings
    }

    /// A UDP and a TCP port at which nothing listens: bound, so that nobody else takes them, and
    /// given back before use.
    private func closedPort() throws -> UInt16 {
        let socket = try UDPSocket(bind: TransportAddress(loopback, 0))
        return try socket.handle.localAddress().port
    }

    @Test func aClosedPortIsKnownOverEveryTransport() throws {
        let report = try ProbeRunner.run(settings(try closedPort()))
        #expect(report.addresses == [loopback])
        #expect(report.paths.count == 4)
        for path in report.paths {
            #expect(path.steps.map(\.outcome) == [.failed(.refused)], "\(path.transport)")
        }
        #expect(report.exitCode == 4)
    }

    @Test func aSilentPortIsGivenUpInTime() throws {
        let silent = try UDPSocket(bind: TransportAddress(loopback, 0))
        var settings = settings(try silent.handle.localAddress().port)
        settings.transports = [.udp, .dtls]
        let report = try ProbeRunner.run(settings)
        #expect(report.paths.map { $0.steps.last?.outcome } == [.silence, .silence])
        #expect(report.paths[0].steps.last?.retransmissions == 1)
        let longest = report.paths.flatMap(\.steps).map(\.nanoseconds).max() ?? 0
        #expect(longest >= 1_000_000_000)
    }

    @Test func aNameWithoutAddress() throws {
        var settings = settings(3_478)
        settings.host = "nobody.invalid"
        let report = try ProbeRunner.run(settings)
        #expect(report.nameFailure != nil)
        #expect(report.findings.map(\.id) == ["name-not-found"])
    }

    @Test func anotherFamily() throws {
        var settings = settings(3_478)
        settings.family = .ipv6
        let report = try ProbeRunner.run(settings)
        #expect(report.addresses.isEmpty)
        #expect(report.exitCode == 4)
    }

    @Test func authoritiesThatAreNone() throws {
        #expect(throws: ProbeImpossible.self) {
            try ProbeRunner.run(
                settings(3_478), authorities: .named(pem: Array("none".utf8), file: "a.pem"))
        }
    }
}
