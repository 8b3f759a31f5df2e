import Appliance
import Doctor
import Primitives
import Probe
import ProbeIO

/// Comes to every listener as a client of this machine does.
struct ListenerProber {
    let plan: Installation.Plan
    /// The name to ask for in TLS; nil: the address.
    let host: String?
    let credentials: ProbeCredentials
    let authorities: ProbeRunner.Authorities
    let unixSeconds: UInt64

    private static let patience = Seconds(6)

    func run() -> Look<[ProbeReport]> {
        let open = plan.listeners.filter { !$0.isBehindProxy }
        var addresses: [IPAddress] = []
        for listener in open where !addresses.contains(listener.address.ip) {
            addresses.append(listener.address.ip)
        }
        let relaying = relaying(addresses)
        var reports: [ProbeReport] = []
        do throws(ProbeImpossible) {
            for address in addresses.prefix(ProbeSettings.addressesMax) {
                var rest = open.filter { $0.address.ip == address }
                if relaying.contains(address) {
                    for listener in takeRelaying(&rest) {
                        var one = [listener]
                        reports.append(try probe(Group(taking: &one), at: address, credentials))
                    }
                }
                while !rest.isEmpty {
                    reports.append(try probe(Group(taking: &rest), at: address, .none))
                }
            }
            return .found(reports)
        } catch {
            return .closed(error.description)
        }
    }

    /// Where allocations are made: at one address of each family, which others reach if any is.
    private func relaying(_ addresses: [IPAddress]) -> [IPAddress] {
        let outside = addresses.filter { !$0.isLoopback }
        return AddressFamily.allCases.compactMap { family in
            (outside.isEmpty ? addresses : outside).first { $0.family == family }
        }
    }

    /// One after the other, with two allocations each: a quota may be small.
    private func takeRelaying(_ rest: inout [Installation.Listener]) -> [Installation.Listener] {
        let chosen = ["udp", "tls"].compactMap { name in rest.first { $0.transport == name } }
        let listeners = chosen.isEmpty ? Array(rest.prefix(1)) : chosen
        rest.removeAll(where: listeners.contains)
        return listeners
    }

    private func probe(
        _ group: Group, at address: IPAddress, _ credentials: ProbeCredentials
    ) throws(ProbeImpossible) -> ProbeReport {
        try ProbeRunner.run(settings(group, at: address, credentials), authorities: authorities)
    }

    /// Listeners that one probe can try at the same time.
    private struct Group {
        var port: UInt16?
        var securePort: UInt16?
        var transports: [ProbeTransport] = []

        /// Takes what fits out of `rest`, which is not empty.
        init(taking rest: inout [Installation.Listener]) {
            var left: [Installation.Listener] = []
            for listener in rest {
                guard let transport = ProbeTransport(rawValue: listener.transport) else { continue }
                let port = transport.isSecure ? securePort : self.port
                guard port == nil || port == listener.address.port,
                    !transports.contains(transport)
                else {
                    left.append(listener)
                    continue
                }
                if transport.isSecure {
                    securePort = listener.address.port
                } else {
                    self.port = listener.address.port
                }
                transports.append(transport)
            }
            rest = left
        }
    }

    private func settings(
        _ group: Group, at address: IPAddress, _ credentials: ProbeCredentials
    ) -> ProbeSettings {
        var settings = ProbeSettings(host: host ?? "\(address)")
        settings.addresses = [address]
        settings.port = group.port ?? settings.port
        settings.securePort = group.securePort ?? settings.securePort
        settings.transports = group.transports
        settings.areTransportsChosen = true
        settings.credentials = credentials
        settings.timeout = Self.patience
        settings.unixSeconds = unixSeconds
        return settings
    }

    /// More relays behind routers than anybody would wait for: each may take `outsidePatience`.
    private static let outsideMax = 4
    private static let outsidePatience = Seconds(2)

    /// By way of the public addresses, where a router in front of this machine has them: some turn
    /// such packets around. None for those from which nothing comes back.
    func outside(own: [IPAddress]) -> [OutsideProbe] {
        let relays = plan.relays.filter {
            !own.contains($0.advertised) && !AddressScope.isPrivate($0.advertised)
        }
        return relays.prefix(Self.outsideMax).compactMap { relay in
            outside(relay).map {
                OutsideProbe(
                    relay: .init(local: relay.local, advertised: relay.advertised), report: $0)
            }
        }
    }

    private func outside(_ relay: Installation.Relay) -> ProbeReport? {
        let listener = plan.listeners.first {
            $0.transport == "udp" && $0.address.ip == relay.local
        }
        guard let listener else { return nil }
        var settings = ProbeSettings(host: "\(relay.advertised)")
        settings.addresses = [relay.advertised]
        // What translates one address of the machine need not translate another to the same.
        settings.source = relay.local
        settings.port = listener.address.port
        settings.transports = [.udp]
        settings.timeout = Self.outsidePatience
        settings.unixSeconds = unixSeconds
        return try? ProbeRunner.run(settings, authorities: authorities)
    }
}
