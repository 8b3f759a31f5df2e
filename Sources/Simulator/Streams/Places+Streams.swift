import Primitives
import TURN

extension Places {
    /// The listeners of worlds of streams, by family and whether they speak TLS.
    static func listener(_ family: AddressFamily, isTLS: Bool) -> ListenerID {
        ListenerID(index: (family == .ipv4 ? 0 : 2) + (isTLS ? 1 : 0))
    }

    static func streamSettings(
        _ scenario: StreamScenario, closedPeers: Bool
    ) -> ServerSettings {
        var settings = settings(scenario.base, closedPeers: closedPeers)
        settings.listeners = [relayV4, relayV6].flatMap { relay in
            [ServerSettings.Transport.tcp, .tls].map {
                .init(address: TransportAddress(relay.local, 3478), transport: $0)
            }
        }
        settings.limits.connectionsPerAllocation = scenario.connectionsPerAllocation
        settings.limits.connectionsPerUser = scenario.connectionsPerUser
        // The rate of new peers has tests of its own.
        settings.limits.newPermissionsPerSecond = 1_000_000
        settings.limits.permissionBurst = 1_000_000
        return settings
    }
}
