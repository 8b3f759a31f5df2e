import Primitives
import TURN
import Testing

@testable import Appliance

@Suite struct ClientURIsTests {
    static let lan = IPAddress(10, 0, 0, 5)
    static let outside = IPAddress(203, 0, 113, 5)

    func uris(
        _ places: [(IPAddress, UInt16, ServerSettings.Transport)], names: [String] = [],
        publicName: String? = nil
    ) -> [String] {
        ClientURIs(
            listeners: places.map { .init(address: TransportAddress($0.0, $0.1), transport: $0.2) },
            relays: [.init(local: Self.lan, advertised: Self.outside)], names: names,
            publicName: publicName
        ).list
    }

    @Test("The public address is told, plain before TLS, loopback and DTLS never")
    func order() {
        let places: [(IPAddress, UInt16, ServerSettings.Transport)] = [
            (IPAddress(127, 0, 0, 1), 3478, .udp), (Self.lan, 443, .tls), (Self.lan, 443, .tcp),
            (Self.lan, 3478, .udp), (Self.lan, 3478, .dtls),
        ]
        #expect(
            uris(places, names: ["*.example.org", "192.0.2.1", "turn.example.org"]) == [
                "stun:203.0.113.5:3478", "turn:203.0.113.5:3478?transport=udp",
                "turn:203.0.113.5:443?transport=tcp", "turns:turn.example.org:443?transport=tcp",
            ])
    }

    @Test("A public name stands in the place of every address, once for each port")
    func publicName() {
        let v6 = IPAddress("2001:db8::5")!
        #expect(
            uris(
                [(Self.lan, 3478, .udp), (v6, 3478, .udp), (Self.lan, 443, .tls)],
                publicName: "turn.example.org") == [
                    "stun:turn.example.org:3478", "turn:turn.example.org:3478?transport=udp",
                    "turns:turn.example.org:443?transport=tcp",
                ])
    }

    @Test("Two addresses with one name give one URI for TLS")
    func onceForEachPort() {
        let v6 = IPAddress("2001:db8::5")!
        #expect(
            uris([(Self.lan, 443, .tls), (v6, 443, .tls)], names: ["turn.example.org"])
                == ["turns:turn.example.org:443?transport=tcp"])
        #expect(uris([(v6, 3478, .tcp)]) == ["turn:[2001:db8::5]:3478?transport=tcp"])
    }

    @Test func withoutAName() {
        #expect(uris([(Self.lan, 443, .tls)], names: ["*.example.org", "10.0.0.5"]).isEmpty)
    }

    @Test func loopbackAlone() {
        #expect(
            uris([(IPAddress(127, 0, 0, 1), 3478, .tcp)]) == ["turn:127.0.0.1:3478?transport=tcp"])
    }
}
