import Admin
import Configuration
import Forwarding
import Primitives
import TURN

/// What a start needs to know of the machine; the values that `LinuxIO` reads from it.
struct Machine: Sendable {
    var interfaces: [LocalAddress]
    /// Where packets to the outside leave from, at most one address for each family.
    var defaultSources: [IPAddress]
    var cores: Int
    var domain: String

    /// One address of one interface.
    struct LocalAddress: Sendable, Hashable {
        var ip: IPAddress
        var prefix: Int
        var isLoopback: Bool
        var broadcast: IPAddress?
    }
}

/// Where the daemon will listen and relay: the configuration applied to this machine's addresses.
///
/// Pure: the same configuration and machine always give the same plan.
struct StartPlan: Sendable, Equatable {
    /// Addresses with a UDP socket in each worker.
    var udp: [TransportAddress] = []
    /// TCP ports; the control thread accepts on them.
    var streams: [StreamEndpoint] = []
    var served: ServedTransports
    /// Neither TLS nor DTLS was switched off, and there is nothing to serve them with.
    var lacksCertificate: Bool
    var relays: [ServerSettings.RelayAddress] = []
    var workers: Int
    var realm: String
    /// What the operator should know, in words.
    var warnings: [String] = []

    init(_ configuration: ServerConfiguration, on machine: Machine) throws(StartFailure) {
        workers = Self.workers(configuration, machine)
        realm = configuration.credentials.realm(hostDomain: machine.domain)
        let usable = machine.interfaces.filter { !$0.ip.isLinkLocal }
        served = ServedTransports(configuration)
        lacksCertificate = configuration.streams.tls && configuration.streams.certificates.isEmpty
        udp = Self.udp(configuration, served, usable)
        streams = Self.streams(configuration, served, usable)
        let listening = udp.map(\.ip) + streams.map(\.address.ip)
        guard !listening.isEmpty else {
            throw StartFailure(
                "there is nothing to listen on: set listening-ip, or allow udp or tcp again")
        }
        try Self.checkLocal(listening + configuration.relay.addresses, machine)
        let locals = Self.relayAddresses(configuration, machine, usable)
        relays = locals.map { local in
            ServerSettings.RelayAddress(
                local: local, advertised: Self.advertised(local, configuration.relay.external))
        }
        guard !relays.isEmpty else {
            throw StartFailure("there is no address to relay from: set relay-ip")
        }
        guard 2 * relays.count <= RelayMap.addressesMax else {
            throw StartFailure("more than \(RelayMap.addressesMax / 2) addresses to relay from")
        }
        if let warning = overlap(with: configuration.relay) { warnings.append(warning) }
        for external in configuration.relay.external where !relays.contains(external) {
            warnings.append(
                "external-ip \(external.publicAddress) stands for no relay address of this "
                    + "machine (\(locals.map(\.description).joined(separator: ", ")))")
        }
    }

    /// Something else than plain UDP.
    var servesConnections: Bool { !streams.isEmpty || served.dtls && !udp.isEmpty }

    private static func workers(_ configuration: ServerConfiguration, _ machine: Machine) -> Int {
        let wanted = configuration.process.workers
        // Worker numbers are written into one byte of the relay map and of reservation tokens.
        return min(wanted > 0 ? wanted : machine.cores, 128)
    }

    /// `relay-ip`; else the listening addresses; else, where nothing was said, the addresses that
    /// lead outside. A bridge of a container engine is never picked by chance.
    private static func relayAddresses(
        _ configuration: ServerConfiguration, _ machine: Machine,
        _ usable: [Machine.LocalAddress]
    ) -> [IPAddress] {
        let named =
            configuration.relay.addresses.isEmpty
            ? configuration.listening.addresses : configuration.relay.addresses
        let fixed = named.filter { !$0.isUnspecified }
        if !fixed.isEmpty { return fixed }
        if !machine.defaultSources.isEmpty { return machine.defaultSources }
        let outside = usable.filter { !$0.isLoopback }.map(\.ip)
        return outside.isEmpty ? usable.map(\.ip) : outside
    }

    /// The `external-ip` that names this local address, else the one for all of its family.
    private static func advertised(
        _ local: IPAddress, _ external: [ServerConfiguration.ExternalAddress]
    ) -> IPAddress {
        let exact = external.first { $0.privateAddress == local }
        let general = external.first {
            $0.privateAddress == nil && $0.publicAddress.family == local.family
        }
        return (exact ?? general)?.publicAddress ?? local
    }

    /// An address that this machine does not have is the commonest wrong configuration.
    private static func checkLocal(
        _ addresses: [IPAddress], _ machine: Machine
    ) throws(StartFailure) {
        for ip in addresses where !ip.isUnspecified {
            let isLocal =
                machine.interfaces.contains { $0.ip == ip }
                || ip.family == .ipv4 && ip.v4 >> 24 == 127
            guard !isLocal else { continue }
            let have = machine.interfaces.map(\.ip.description).joined(separator: ", ")
            throw StartFailure(
                "\(ip) is no address of this machine (it has \(have)). Behind a NAT, listen on "
                    + "the private address and name the public one: external-ip=\(ip)")
        }
    }
}

/// Why the daemon cannot start, in words for the operator.
struct StartFailure: Error, CustomStringConvertible {
    var description: String
    /// What the process ends with; a service manager does not start it again on `notAccepted`.
    var code: ExitCode

    init(_ description: String, code: ExitCode = .failure) {
        self.description = description
        self.code = code
    }
}

extension Array<ServerSettings.RelayAddress> {
    /// Whether an `external-ip` line is in use.
    func contains(_ external: ServerConfiguration.ExternalAddress) -> Bool {
        contains {
            $0.advertised == external.publicAddress
                && (external.privateAddress == nil || external.privateAddress == $0.local)
        }
    }
}

extension IPAddress {
    /// fe80::/10 needs a zone to be reached; no client is ever told one.
    fileprivate var isLinkLocal: Bool { family == .ipv6 && high >> 54 == 0x3fa }
}
