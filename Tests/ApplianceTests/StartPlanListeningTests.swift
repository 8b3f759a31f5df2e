import Configuration
import Primitives
import TURN
import Testing

@testable import Appliance

/// Which ports are opened, by what the file says about transports.
@Suite struct StartPlanListeningTests {
    static let lan = StartPlanTests.lan

    func plan(
        certificate: Bool = true, _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) throws -> StartPlan {
        var configuration = ServerConfiguration()
        configuration.listening.addresses = [Self.lan]
        if certificate {
            configuration.streams.certificates = [
                .init(certificate: "c.pem", privateKey: "k.pem", source: "t:1: cert=c.pem")
            ]
        }
        change(&configuration)
        return try StartPlan(configuration, on: StartPlanTests.machine)
    }

    @Test("With a certificate both ports serve everything")
    func everything() throws {
        let plan = try plan()
        #expect(plan.udp.map(\.port) == [3478, 5349])
        #expect(plan.streams.map(\.address.port) == [3478, 5349])
        #expect(plan.streams.allSatisfy { !$0.expectsProxyHeader })
        #expect(plan.servedListeners.count == 8)
    }

    @Test("Without one the TLS port stays closed, as in coturn")
    func noCertificate() throws {
        let plan = try plan(certificate: false)
        #expect(plan.udp.map(\.port) == [3478])
        #expect(plan.streams.map(\.address.port) == [3478])
        #expect(plan.servedListeners.map(\.transport) == [.udp, .tcp])
    }

    @Test func noDTLS() throws {
        let plan = try plan { $0.streams.dtls = false }
        #expect(plan.udp.map(\.port) == [3478])
        #expect(plan.streams.map(\.address.port) == [3478, 5349])
        #expect(!plan.served.dtls)
    }

    @Test func noTLS() throws {
        let plan = try plan { $0.streams.tls = false }
        #expect(plan.udp.map(\.port) == [3478, 5349])
        #expect(plan.streams.map(\.address.port) == [3478])
        #expect(!plan.served.tls && plan.served.dtls)
    }

    @Test("no-tcp leaves the TLS port and the auxiliary servers")
    func noTCP() throws {
        let plan = try plan {
            $0.listening.tcp = false
            $0.listening.auxiliary = [TransportAddress(Self.lan, 443)]
        }
        #expect(plan.streams.map(\.address.port) == [5349, 443])
        #expect(plan.servedListeners.allSatisfy { $0.transport != .tcp })
    }

    @Test("no-udp closes DTLS too")
    func noUDP() throws {
        let plan = try plan { $0.listening.udp = false }
        #expect(plan.udp.isEmpty)
        #expect(!plan.served.dtls)
        #expect(plan.servedListeners.map(\.transport) == [.tcp, .tls, .tcp, .tls])
    }

    @Test("One port for both is opened once")
    func samePort() throws {
        let plan = try plan {
            $0.streams.port = 3478
            $0.listening.auxiliary = [TransportAddress(Self.lan, 3478)]
        }
        #expect(plan.udp == [TransportAddress(Self.lan, 3478)])
        #expect(plan.streams.map(\.address) == plan.udp)
    }

    @Test("Behind a proxy no other TCP port is opened: the proxy may hold it")
    func proxy() throws {
        let plan = try plan {
            $0.streams.proxyPort = 5555
            $0.listening.auxiliary = [TransportAddress(Self.lan, 443)]
        }
        #expect(
            plan.streams
                == [
                    StreamEndpoint(
                        address: TransportAddress(Self.lan, 5555), expectsProxyHeader: true)
                ])
        #expect(plan.udp.map(\.port) == [3478, 5349, 443])
    }

    @Test("An auxiliary wildcard stands for the addresses of its family")
    func auxiliaryWildcard() throws {
        let plan = try plan {
            $0.listening.auxiliary = [TransportAddress(IPAddress(0, 0, 0, 0), 443)]
        }
        let open = plan.streams.map(\.address).filter { $0.port == 443 }.map(\.ip)
        #expect(open == [StartPlanTests.loopback, Self.lan, StartPlanTests.bridge])
    }

    @Test func announcement() throws {
        let all = try plan { $0.streams.port = 3478 }
        #expect(all.announcement == ["listening on 10.0.0.5:3478 UDP, DTLS, TCP, TLS"])
        let apart = try plan { $0.streams.dtls = false }
        #expect(
            apart.announcement == [
                "listening on 10.0.0.5:3478 UDP, TCP, TLS", "listening on 10.0.0.5:5349 TCP, TLS",
            ])
        let proxied = try plan(certificate: false) {
            $0.listening.udp = false
            $0.streams.proxyPort = 5555
        }
        #expect(
            proxied.announcement == [
                "listening on 10.0.0.5:5555 TCP behind a proxy",
                "no certificate (cert, pkey): TLS and DTLS are off",
            ])
        let plain = try plan(certificate: false) { $0.streams.tls = false }
        #expect(plain.announcement == ["listening on 10.0.0.5:3478 UDP, TCP"])
    }

    @Test(
        "Listening among the relay ports is said, on addresses that relay",
        arguments: [(49152, true), (65535, true), (49151, false), (5349, false)])
    func overlap(port: Int, isSaid: Bool) throws {
        let overlapping = try plan { $0.streams.port = UInt16(port) }
        #expect(overlapping.warnings.contains { $0.contains("port \(port)") } == isSaid)
        let elsewhere = try plan {
            $0.streams.port = UInt16(port)
            $0.relay.addresses = [StartPlanTests.bridge]
        }
        #expect(elsewhere.warnings.isEmpty)
    }
}
