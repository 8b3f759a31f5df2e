import Primitives
import TURN

/// What a client is told to reach this server: `stun:`, `turn:` and `turns:` URIs (RFC 7064,
/// RFC 7065), those that browsers understand, in the order they should try them.
struct ClientURIs: Sendable {
    var listeners: [ServerSettings.Listener]
    /// Under which public address a local one is known.
    var relays: [ServerSettings.RelayAddress]
    /// Names of the certificate that clients without a name are shown, as it has them.
    var names: [String]
    /// The name to write in the place of every address; nil: the addresses.
    var publicName: String?

    /// Loopback only where nothing else is served; each once.
    var list: [String] {
        let outside = listeners.filter { !$0.address.ip.isLoopback }
        let served = outside.isEmpty ? listeners : outside
        var result: [String] = []
        for transport in [ServerSettings.Transport.udp, .tcp, .tls] {
            for listener in served where listener.transport == transport {
                for uri in uris(listener) where !result.contains(uri) { result.append(uri) }
            }
        }
        return result
    }

    private func uris(_ listener: ServerSettings.Listener) -> [String] {
        let place =
            publicName.map { "\($0):\(listener.address.port)" }
            ?? advertised(listener.address).description
        switch listener.transport {
        case .udp: return ["stun:\(place)", "turn:\(place)?transport=udp"]
        case .tcp: return ["turn:\(place)?transport=tcp"]
        case .tls:
            return hostName.map { ["turns:\($0):\(listener.address.port)?transport=tcp"] } ?? []
        // Browsers come by DTLS never.
        case .dtls: return []
        }
    }

    /// TLS needs a name that the certificate has; a wildcard or an address is none.
    private var hostName: String? {
        publicName ?? names.first { !$0.hasPrefix("*") && $0.contains(".") && IPAddress($0) == nil }
    }

    private func advertised(_ address: TransportAddress) -> TransportAddress {
        let relay = relays.first { $0.local == address.ip }
        return TransportAddress(relay?.advertised ?? address.ip, address.port)
    }
}
