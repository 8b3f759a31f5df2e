import Crypto
import Primitives
import TURN

/// The addresses, users and settings that all worlds share.
enum Places {
    static let relayV4 = ServerSettings.RelayAddress(
        local: IPAddress(10, 0, 0, 5), advertised: IPAddress(198, 51, 100, 1))
    static let relayV6 = ServerSettings.RelayAddress(
        local: IPAddress(v6High: 0x2001_0db8_0001_0000, low: 1),
        advertised: IPAddress(v6High: 0x2001_0db8_0001_0000, low: 1))
    static let clientV4 = IPAddress(192, 0, 2, 77)
    static let clientV6 = IPAddress(v6High: 0x2001_0db8_00cc_0000, low: 77)

    /// Peers that may be talked to, and those of the second list only until a reload.
    static let openPeers = [
        IPAddress(203, 0, 113, 1), IPAddress(203, 0, 113, 2), IPAddress(8, 8, 8, 8),
        IPAddress(v6High: 0x2606_4700_0000_0000, low: 5),
    ]
    static let doubtfulPeers = [
        IPAddress(203, 0, 113, 200), IPAddress(203, 0, 113, 201),
        IPAddress(v6High: 0x2606_4700_0000_0000, low: 6),
    ]
    /// Peers that nobody may ever talk to.
    static let deniedPeers = [
        IPAddress(10, 0, 0, 9), IPAddress(127, 0, 0, 1), IPAddress(169, 254, 169, 254),
        IPAddress(v6High: 0, low: 0xffff_cb00_7101), IPAddress(v6High: 0, low: 1),
        IPAddress(v6High: 0x2002_cb00_7101_0000, low: 1),
    ]
    static let own = [relayV4.local, relayV4.advertised, relayV6.local]

    private static let secret = Secret("north")

    /// Even users are static, odd ones time-limited.
    static func credentials(_ user: Int, expires: UInt64) -> (name: String, password: [UInt8]) {
        guard user % 2 == 1 else { return ("user\(user)", Array("password\(user)".utf8)) }
        let name = "\(expires):user\(user)"
        return (
            name,
            TimeLimitedPassword.derive(name: name, secret: secret, hash: OpenSSLHash()).bytes
        )
    }

    static func settings(_ scenario: Scenario, closedPeers: Bool) -> ServerSettings {
        var credentials = CredentialSettings(realm: Wire.realm)
        credentials.users = stride(from: 0, to: scenario.users, by: 2).compactMap {
            StaticUser(line: "user\($0):password\($0)")
        }
        credentials.secrets = [Secret("south"), secret]
        var settings = ServerSettings(
            credentials: Credentials(credentials, hash: OpenSSLHash()),
            listeners: [
                .init(address: TransportAddress(relayV4.local, 3478), transport: .udp),
                .init(address: TransportAddress(relayV6.local, 3478), transport: .udp),
            ],
            relayAddresses: [relayV4, relayV6])
        settings.limits.allocationsPerUser = scenario.allocationsPerUser
        settings.limits.allocations = scenario.allocationsTotal
        settings.limits.permissionsPerAllocation = 5
        settings.limits.channelsPerAllocation = 4
        settings.limits.workers = scenario.workers
        settings.limits.bindAttempts = 3
        settings.lifetimes.channel = Seconds(scenario.channelSeconds)
        var peers = PeerPolicySettings()
        peers.allowed = [range("203.0.113.0/24")]
        peers.ownAddresses = own
        peers.relayPorts = scenario.ports
        peers.listeners = settings.listeners.map(\.address)
        if closedPeers {
            peers.allowed = [range("203.0.113.0/25")]
            peers.denied = [range("2606:4700::6")]
        }
        settings.peerPolicy = PeerPolicy(peers)
        return settings
    }

    private static func range(_ text: String) -> PeerRule {
        guard let range = AddressRange(text) else { preconditionFailure("bad range \(text)") }
        return PeerRule(range, source: text)
    }
}
