import Configuration
import Crypto
import Forwarding
import LinuxIO
import Primitives
import STUN
import TURN

/// What `TURN` is told, made from what the file says and the machine has.
struct SettingsMapping: Sendable {
    var configuration: ServerConfiguration
    var machine: Machine
    private(set) var plan: StartPlan
    /// The sockets behind the plan.
    private(set) var slots: ListenerSlots
    /// The machine as it was when the plan was made.
    private var plannedOn: Machine
    /// Where allocations of before still relay.
    private(set) var formerRelays: [ServerSettings.RelayAddress] = []
    private(set) var formerPorts: [ClosedRange<UInt16>] = []
    /// How many relay sockets the system allows.
    var relaySocketsMax: Int
    /// How many connections of TCP allocations to peers it allows, in all workers.
    var peerConnectionsMax: Int
    /// Whether new allocations are granted: not while the server drains.
    var isAccepting = true
    /// 32 bytes that all nonces of this run hang on; they live as long as the process.
    var nonceKey = Entropy.bytes(32)

    init(
        configuration: ServerConfiguration, machine: Machine, plan: StartPlan,
        relaySocketsMax: Int, peerConnectionsMax: Int
    ) {
        self.configuration = configuration
        self.machine = machine
        self.plan = plan
        self.relaySocketsMax = relaySocketsMax
        self.peerConnectionsMax = peerConnectionsMax
        slots = ListenerSlots(plan)
        plannedOn = machine
    }

    /// Where relay ports are drawn.
    var ports: ClosedRange<UInt16> {
        let relay = configuration.relay
        return min(relay.minPort, relay.maxPort)...relay.maxPort
    }

    /// The ledgers all workers share.
    func sharedState(_ settings: ServerSettings) -> SharedState {
        SharedState(
            quotas: QuotaLedger(limits: settings.limits),
            ports: PortLedger(
                addresses: plan.relays.map(\.local), ports: ports, workers: plan.workers),
            nonceKey: nonceKey)
    }

    var settings: ServerSettings {
        let hash = OpenSSLHash()
        var settings = ServerSettings(
            credentials: Credentials(credentials, hash: hash),
            listeners: slots.listeners,
            relayAddresses: plan.relays)
        settings.fingerprint = configuration.stun.fingerprint
        settings.software = configuration.stun.software ? "Turnstone" : nil
        settings.lifetimes = lifetimes
        settings.limits = limits
        settings.features = features(settings.credentials)
        settings.features.accepting = isAccepting
        settings.tellsBindings = configuration.log.bindings
        settings.peerPolicy = PeerPolicy(peers)
        settings.defaultFamily =
            switch configuration.relay.defaultFamily {
            case .ipv4: .ipv4
            case .ipv6: .ipv6
            case .keep: .client
            }
        return settings
    }

    /// Bounds of the clients behind TCP and TLS.
    var streamSettings: StreamSettings {
        let limits = configuration.streams.limits
        return StreamSettings(
            idleLimit: limits.allocateTimeout,
            queue: .init(
                bytes: limits.queueBytes, age: UInt64(limits.queueMilliseconds) * 1_000_000))
    }

    /// Asks the system for as many open files as the configuration needs by now, and shares out
    /// what it grants. Returns what there is to warn of.
    mutating func shareOpenFiles(isRunning: Bool) -> String? {
        let shares = ProcessLimits.raise(
            for: OpenFiles(configuration, plan), isRunning: isRunning)
        relaySocketsMax = shares.relaySockets
        peerConnectionsMax = shares.peerConnections
        if !plan.streams.isEmpty { configuration.streams.limits.connections = shares.connections }
        return shares.warning
    }

    private var lifetimes: ServerSettings.Lifetimes {
        var lifetimes = ServerSettings.Lifetimes()
        let limits = configuration.limits
        lifetimes.allocationMax = limits.maxLifetime
        lifetimes.allocation = min(lifetimes.allocation, limits.maxLifetime)
        lifetimes.permission = limits.permissionLifetime
        lifetimes.channel = limits.channelLifetime
        lifetimes.nonce = configuration.credentials.nonceLifetime
        lifetimes.allocationAgeMax =
            limits.maxAllocationAge.count == 0 ? nil : limits.maxAllocationAge
        return lifetimes
    }

    private var limits: ServerSettings.Limits {
        var limits = ServerSettings.Limits()
        let wanted = configuration.limits
        limits.allocationsPerUser = wanted.allocationsPerUser
        limits.allocations =
            wanted.allocations == 0 ? relaySocketsMax : min(wanted.allocations, relaySocketsMax)
        limits.allocationsPerWorker = max(1, relaySocketsMax)
        limits.permissionsPerAllocation = wanted.permissionsPerAllocation
        limits.permissionsPerUser = wanted.permissionsPerUser
        limits.channelsPerAllocation = wanted.channelsPerAllocation
        let streams = configuration.streams.limits
        limits.connectionsPerAllocation = streams.peerConnectionsPerAllocation
        limits.connectionsPerUser = streams.peerConnectionsPerUser
        limits.connectionsPerWorker = max(1, peerConnectionsMax / plan.workers)
        limits.newPermissionsPerSecond = wanted.newPermissionsPerSecond
        limits.permissionBurst = wanted.newPermissionsBurst
        limits.bytesPerSecond = UInt64(wanted.bytesPerSecondPerAllocation)
        limits.bytesPerSecondPerUser = UInt64(wanted.bytesPerSecondPerUser)
        limits.bytesPerSecondTotal = UInt64(wanted.bytesPerSecond)
        limits.unauthenticatedFloorBitsPerSecond = 8 * UInt64(wanted.unauthenticatedFloorBytes)
        limits.unauthenticatedFactor = wanted.unauthenticatedFactor
        limits.workers = plan.workers
        return limits
    }

    private func features(_ credentials: TURN.Credentials) -> ServerSettings.Features {
        var features = ServerSettings.Features()
        features.binding = !configuration.stun.noSTUN
        features.stunOnly = configuration.stun.stunOnly
        features.secureBinding = configuration.stun.authenticatesBinding
        features.highChannels = configuration.stun.highChannels
        features.udpRelay = configuration.relay.udp
        // RFC 6062 §4: only clients that came by TCP or TLS get a TCP allocation.
        features.tcpRelay = configuration.relay.tcp && !plan.streams.isEmpty
        features.sha256 = configuration.credentials.offersSHA256 && credentials.allowsSHA256
        features.userHash =
            configuration.credentials.offersUserHash && credentials.allowsUserHash
        return features
    }

    private var credentials: CredentialSettings {
        var settings = CredentialSettings(realm: plan.realm)
        settings.users = configuration.credentials.users.compactMap { user in
            switch user.key {
            case .password(let text): .init(name: user.name, password: .text(Secret(text)))
            case .md5(let bytes):
                CredentialKey(.md5, bytes).map { .init(name: user.name, password: .md5Key($0)) }
            }
        }
        settings.secrets = configuration.credentials.secrets.map { Secret($0) }
        settings.separator = configuration.credentials.separator
        return settings
    }

    private var peers: PeerPolicySettings {
        var settings = PeerPolicySettings()
        let rules = configuration.peers
        settings.allowed = rules.allowed.map { PeerRule($0.range, source: $0.source) }
        settings.denied = rules.denied.map { PeerRule($0.range, source: $0.source) }
        if rules.opensLocalNetworks {
            settings.onLink = machine.interfaces.filter { !$0.isLoopback }
                .compactMap { AddressRange($0.ip, prefix: $0.prefix) }
        }
        let named = (plan.relays + formerRelays).flatMap { [$0.local, $0.advertised] }
        let external = configuration.relay.external.flatMap {
            [$0.publicAddress, $0.privateAddress].compactMap(\.self)
        }
        settings.ownAddresses = machine.interfaces.map(\.ip) + named + external
        settings.broadcasts = machine.interfaces.compactMap(\.broadcast)
        settings.listeners = listeningPorts
        settings.relayPorts = ports
        settings.formerRelayPorts = formerPorts
        settings.forceLoopback = rules.allowsLoopback
        return settings
    }

    /// Those of `prometheus`, wildcards spelled out.
    private var metricsPorts: [TransportAddress] {
        guard configuration.metrics.isServed else { return [] }
        return configuration.metrics.endpoints.flatMap { endpoint in
            guard endpoint.ip.isUnspecified else { return [endpoint] }
            return machine.interfaces.filter { $0.ip.family == endpoint.ip.family }
                .map { TransportAddress($0.ip, endpoint.port) }
        }
    }

    /// Every own port that somebody connects or sends to, also under the public address it is known
    /// by: no relay may reach one.
    private var listeningPorts: [TransportAddress] {
        let local = plan.udp + plan.streams.map(\.address) + metricsPorts
        let outside = plan.relays.filter { $0.local != $0.advertised }.flatMap { relay in
            local.filter { $0.ip == relay.local }.map {
                TransportAddress(relay.advertised, $0.port)
            }
        }
        return Array(Set(local + outside))
    }
}

// A reload.
extension SettingsMapping {
    /// What a reload with `new` makes of it, and which sockets come and go.
    ///
    /// Addresses that the machine got or lost meanwhile count only where the file says something
    /// else about listening or relaying: who changes a quota does not close a port.
    ///
    /// - Throws: why this cannot be served.
    func following(
        _ new: ServerConfiguration, on machine: Machine
    ) throws(StartFailure) -> (next: Self, change: ListenerChange) {
        var next = self
        next.configuration.takeOver(new)
        next.machine = machine
        if let known = try? StartPlan(next.configuration, on: plannedOn),
            known.servesTheSame(as: plan)
        {
            next.plan = known
        } else {
            next.plan = try StartPlan(next.configuration, on: machine)
            next.plannedOn = machine
        }
        next.plan.workers = plan.workers
        return (next, try slots.change(to: next.plan))
    }

    /// Notes that sockets came and went, and what is still in use of what was before.
    /// `isPublished`: whether a live relay is known by these addresses.
    mutating func follow(
        _ change: ListenerChange, from old: Self, _ ledger: PortLedger,
        isPublished: (ServerSettings.RelayAddress) -> Bool
    ) {
        slots.follow(change)
        _ = forgetRelays(ledger, isPublished: isPublished)
        // Those of just now stay: until workers are told, they make allocations there.
        for relay in old.plan.relays
        where !plan.relays.contains(relay) && !formerRelays.contains(relay) {
            formerRelays.append(relay)
        }
        var uncovered = ledger.portsInUse.filter { !ports.contains($0) }
        formerPorts = [old.ports] + formerPorts
        formerPorts.removeAll { range in
            let count = uncovered.count
            uncovered = uncovered.filter { !range.contains($0) }
            return uncovered.count == count
        }
    }

    /// Forgets addresses of before that nothing relays from any more; true when there was one.
    /// Where a local address has other public ones by now, its ports tell nothing, and the
    /// relays themselves are asked for; where it has none, a reserved port may come back to it.
    mutating func forgetRelays(
        _ ledger: PortLedger, isPublished: (ServerSettings.RelayAddress) -> Bool
    ) -> Bool {
        let count = formerRelays.count
        let served = Set(plan.relays.map(\.local))
        formerRelays.removeAll { relay in
            if plan.relays.contains(relay) { return true }
            return served.contains(relay.local)
                ? !isPublished(relay) : ledger.countInUse(on: relay.local) == 0
        }
        return formerRelays.count < count
    }
}

extension StartPlan {
    /// Whether the same sockets are open and the same addresses relay.
    fileprivate func servesTheSame(as other: StartPlan) -> Bool {
        (udp, streams) == (other.udp, other.streams) && relays == other.relays
            && served == other.served
    }
}
