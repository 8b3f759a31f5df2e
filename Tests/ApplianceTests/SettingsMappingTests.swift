import Configuration
import Primitives
import STUN
import TURN
import Testing

@testable import Appliance

/// What the protocol is told about listeners.
@Suite struct SettingsMappingTests {
    static let lan = StartPlanTests.lan
    static let outside = IPAddress(203, 0, 113, 1)

    func settings(_ change: (inout ServerConfiguration) -> Void) throws -> ServerSettings {
        var configuration = ServerConfiguration()
        configuration.listening.addresses = [Self.lan]
        configuration.streams.certificates = [
            .init(certificate: "c.pem", privateKey: "k.pem", source: "")
        ]
        change(&configuration)
        let plan = try StartPlan(configuration, on: StartPlanTests.machine)
        return SettingsMapping(
            configuration: configuration, machine: StartPlanTests.machine, plan: plan,
            relaySocketsMax: 100, peerConnectionsMax: 50
        ).settings
    }

    @Test("Every port has a number for each transport it can carry")
    func listeners() throws {
        let settings = try settings { $0.streams.port = 3478 }
        #expect(settings.listeners.map(\.transport) == [.udp, .dtls, .tcp, .tls])
        for (number, listener) in settings.listeners.enumerated() {
            let place = ListenerIndex.place(of: ListenerID(index: UInt16(number)))
            #expect("\(place)".hasPrefix("\(listener.transport)"))
        }
        #expect(settings.listeners.allSatisfy { $0.address == TransportAddress(Self.lan, 3478) })
    }

    @Test("No relay reaches an own port, of any transport, under either address")
    func ownPortsAreClosed() throws {
        let settings = try settings {
            $0.listening.udp = false
            $0.listening.auxiliary = [TransportAddress(Self.lan, 50_000)]
            $0.relay.external = [
                ServerConfiguration.ExternalAddress(publicAddress: Self.outside)
            ]
        }
        for ip in [Self.lan, Self.outside] {
            for port in [3478, 5349, 50_000] as [UInt16] {
                #expect(settings.peerPolicy.isListener(ip, port))
                let peer = CanonicalPeer(canonicalising: ip)
                #expect(!settings.peerPolicy.judge(channel: peer, port: port).isAllowed)
            }
            #expect(!settings.peerPolicy.isListener(ip, 50_001))
        }
    }
}
