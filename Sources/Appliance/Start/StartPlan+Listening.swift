import Configuration
import Primitives
import TURN

/// A TCP port that clients connect to.
struct StreamEndpoint: Sendable, Hashable {
    var address: TransportAddress
    /// Every connection must start with a PROXY header, of a trusted proxy.
    var expectsProxyHeader = false
}

/// Which transports clients are served on, once their first bytes have told.
struct ServedTransports: Sendable, Hashable {
    /// Plain datagrams.
    var udp = true
    /// Streams without TLS: STUN and HTTP.
    var tcp = true
    var tls = false
    var dtls = false

    /// HTTP alone, by one of the two.
    init(httpWithTLS: Bool) {
        udp = false
        tcp = !httpWithTLS
        tls = httpWithTLS
    }

    init(_ configuration: ServerConfiguration) {
        let streams = configuration.streams
        udp = configuration.listening.udp
        tcp = configuration.listening.tcp
        tls = streams.servesTLS
        dtls = streams.dtls && udp && !streams.certificates.isEmpty
    }
}

extension StartPlan {
    /// The listening port, with DTLS the TLS port too, then the auxiliary servers.
    static func udp(
        _ configuration: ServerConfiguration, _ served: ServedTransports,
        _ usable: [Machine.LocalAddress]
    ) -> [TransportAddress] {
        guard served.udp else { return [] }
        let ports =
            [configuration.listening.port] + (served.dtls ? [configuration.streams.port] : [])
        return endpoints(configuration.listening, ports, usable)
    }

    /// The same for streams; behind a proxy its port alone, since the proxy may hold the others.
    static func streams(
        _ configuration: ServerConfiguration, _ served: ServedTransports,
        _ usable: [Machine.LocalAddress]
    ) -> [StreamEndpoint] {
        guard served.tcp || served.tls else { return [] }
        var listening = configuration.listening
        var ports: [UInt16] = []
        let isProxied = configuration.streams.proxyPort > 0
        if isProxied {
            ports = [configuration.streams.proxyPort]
            listening.auxiliary = []
        } else {
            // As in coturn: `no-tcp` leaves the TLS port, no certificate the listening port.
            if served.tcp { ports.append(listening.port) }
            if served.tls { ports.append(configuration.streams.port) }
        }
        return endpoints(listening, ports, usable).map {
            StreamEndpoint(address: $0, expectsProxyHeader: isProxied)
        }
    }

    /// Every address on each of `ports`, wildcards spelled out, then the auxiliary servers; each
    /// once.
    private static func endpoints(
        _ listening: ServerConfiguration.Listening, _ ports: [UInt16],
        _ usable: [Machine.LocalAddress]
    ) -> [TransportAddress] {
        let all = usable.map(\.ip)
        let wanted = listening.addresses.isEmpty ? all : listening.addresses
        let named = ports.filter { $0 > 0 }.flatMap { port in
            wanted.map { TransportAddress($0, port) }
        }
        var result: [TransportAddress] = []
        for place in named + listening.auxiliary {
            // A socket on the wildcard would answer from whatever address routing picks.
            let spelled =
                place.ip.isUnspecified ? all.filter { $0.family == place.ip.family } : [place.ip]
            for address in spelled.map({ TransportAddress($0, place.port) })
            where !result.contains(address) {
                result.append(address)
            }
        }
        return result
    }

    /// What clients can come by, for people to read and for URIs.
    var servedListeners: [ServerSettings.Listener] {
        var result: [ServerSettings.Listener] = []
        if served.udp { result += udp.map { .init(address: $0, transport: .udp) } }
        if served.dtls { result += udp.map { .init(address: $0, transport: .dtls) } }
        for endpoint in streams {
            if served.tcp { result.append(.init(address: endpoint.address, transport: .tcp)) }
            if served.tls { result.append(.init(address: endpoint.address, transport: .tls)) }
        }
        return result
    }

    /// Own ports that lie where relays are made: the system gives no relay such a port, and peer
    /// rules keep relays from reaching them; a firewall opened for relays opens them as well.
    func overlap(with relay: ServerConfiguration.Relay) -> String? {
        let locals = relays.map(\.local)
        let ports = (udp + streams.map(\.address)).filter { place in
            locals.contains(place.ip) && place.port >= relay.minPort && place.port <= relay.maxPort
        }
        guard !ports.isEmpty else { return nil }
        let list = Set(ports.map(\.port)).sorted().map(String.init).joined(separator: ", ")
        return "listening on port \(list) inside the relay ports \(relay.minPort)-"
            + "\(relay.maxPort): no relay gets it. Choose min-port and max-port beside it"
    }

    /// A line for each open port: what clients can come by, and what is missing for more.
    var announcement: [String] {
        let datagrams = [served.udp ? "UDP" : nil, served.dtls ? "DTLS" : nil].compactMap(\.self)
        let connections = [served.tcp ? "TCP" : nil, served.tls ? "TLS" : nil].compactMap(\.self)
        let places = udp + streams.map(\.address).filter { !udp.contains($0) }
        let ports = places.map { place in
            var words = udp.contains(place) ? datagrams : []
            let endpoint = streams.first { $0.address == place }
            if endpoint != nil { words += connections }
            return "listening on \(place) \(words.joined(separator: ", "))"
                + (endpoint?.expectsProxyHeader == true ? " behind a proxy" : "")
        }
        guard lacksCertificate else { return ports }
        return ports + ["no certificate (cert, pkey): TLS and DTLS are off"]
    }
}
