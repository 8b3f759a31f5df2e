import Configuration
import Primitives
import TURN
import Testing

@testable import Appliance

@Suite struct StartPlanTests {
    static let lan = IPAddress(10, 0, 0, 5)
    static let bridge = IPAddress(172, 17, 0, 1)
    static let v6 = IPAddress("2001:db8::5")!
    static let loopback = IPAddress(127, 0, 0, 1)

    static let machine = Machine(
        interfaces: [
            .init(ip: loopback, prefix: 8, isLoopback: true),
            .init(ip: lan, prefix: 24, isLoopback: false),
            .init(ip: bridge, prefix: 16, isLoopback: false),
            .init(ip: v6, prefix: 64, isLoopback: false),
            .init(ip: IPAddress("fe80::1")!, prefix: 64, isLoopback: false),
        ], defaultSources: [lan, v6], cores: 2, domain: "example.org")

    func plan(_ change: (inout ServerConfiguration) -> Void) throws -> StartPlan {
        var configuration = ServerConfiguration()
        change(&configuration)
        return try StartPlan(configuration, on: Self.machine)
    }

    @Test("Nothing said: every address listens, only those that lead outside relay")
    func defaults() throws {
        let plan = try plan { _ in }
        #expect(
            plan.udp
                == [Self.loopback, Self.lan, Self.bridge, Self.v6].map {
                    TransportAddress($0, 3478)
                })
        #expect(plan.relays.map(\.local) == [Self.lan, Self.v6])
        #expect(plan.relays.map(\.advertised) == [Self.lan, Self.v6])
        #expect(plan.workers == 2)
        #expect(plan.realm == "example.org")
    }

    @Test func namedAddressesWin() throws {
        let plan = try plan {
            $0.listening.addresses = [Self.lan]
            $0.listening.auxiliary = [TransportAddress(Self.lan, 443)]
            $0.process.workers = 1
        }
        let expected = [TransportAddress(Self.lan, 3478), TransportAddress(Self.lan, 443)]
        #expect(plan.udp == expected)
        #expect(plan.streams == expected.map { StreamEndpoint(address: $0) })
        #expect(plan.relays.map(\.local) == [Self.lan])
        #expect(plan.workers == 1)
    }

    @Test("A wildcard stands for the addresses of its family")
    func wildcard() throws {
        let plan = try plan { $0.listening.addresses = [IPAddress(0, 0, 0, 0)] }
        #expect(plan.udp.map(\.ip) == [Self.loopback, Self.lan, Self.bridge])
        #expect(plan.relays.map(\.local) == [Self.lan, Self.v6])
    }

    @Test("external-ip: for all of the family, or for the private half it names")
    func external() throws {
        let all = IPAddress(203, 0, 113, 1)
        let one = IPAddress(203, 0, 113, 2)
        let plan = try plan {
            $0.relay.addresses = [Self.lan, Self.bridge, Self.v6]
            $0.relay.external = [
                ServerConfiguration.ExternalAddress(publicAddress: all),
                ServerConfiguration.ExternalAddress(
                    publicAddress: one, privateAddress: Self.bridge),
            ]
        }
        #expect(plan.relays.map(\.advertised) == [all, one, Self.v6])
        #expect(plan.warnings.isEmpty)
    }

    @Test func unusedExternalIsSaid() throws {
        let plan = try plan {
            $0.relay.external = [
                ServerConfiguration.ExternalAddress(
                    publicAddress: IPAddress(203, 0, 113, 1),
                    privateAddress: IPAddress(10, 9, 9, 9))
            ]
        }
        #expect(plan.warnings.count == 1)
        #expect(plan.warnings.first?.contains("203.0.113.1") == true)
    }

    @Test("An address the machine does not have is explained")
    func foreignAddress() {
        let failure = #expect(throws: StartFailure.self) {
            try plan { $0.listening.addresses = [IPAddress(203, 0, 113, 1)] }
        }
        #expect(failure?.description.contains("external-ip=203.0.113.1") == true)
        #expect(failure?.description.contains("10.0.0.5") == true)
    }

    @Test func nothingToListenOn() {
        #expect(throws: StartFailure.self) {
            try plan {
                $0.listening.udp = false
                $0.listening.tcp = false
            }
        }
    }
}
