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
    var plan: StartPlan
    /// How many relay sockets the system allows.
    var relaySocketsMax: Int
    /// How many connections of TCP allocations to peers it allows, in all workers.
    var peerConnectionsMax: Int
    /// Whether new allocations are granted: not while the server drains.
    var isAccepting = true
    /// 32 bytes that all nonces of this run hang on; they live as long as the process.
    var nonceKey = Entropy.bytes(32)

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
            listeners: plan.listeners,
            relayAddresses: plan.relays)
        settings.fingerprint = configuration.stun.fingerprint
        settings.software = configuration.stun.software ? "Turnstone" : nil
        settings.lifetimes = lifetimes
        settings.limits = limits
        settings.features = features(settings.credentials)
        settings.features.accepting = isAccepting
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
    @discardableResult
    mutating func shareOpenFiles() -> String? {
        let shares = ProcessLimits.raise(for: OpenFiles(configuration, plan))
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
        let named = plan.relays.flatMap { [$0.local, $0.advertised] }
        let external = configuration.relay.external.flatMap {
            [$0.publicAddress, $0.privateAddress].compactMap(\.self)
        }
        settings.ownAddresses = machine.interfaces.map(\.ip) + named + external
        settings.broadcasts = machine.interfaces.compactMap(\.broadcast)
        settings.listeners = listeningPorts
        settings.relayPorts = ports
        settings.forceLoopback = rules.allowsLoopback
        return settings
    }

    /// Every own port that clients connect or send to, also under the public address it is known
    /// by: no relay may reach one.
    private var listeningPorts: [TransportAddress] {
        let local = plan.udp + plan.streams.map(\.address)
        let outside = plan.relays.filter { $0.local != $0.advertised }.flatMap { relay in
            local.filter { $0.ip == relay.local }.map {
                TransportAddress(relay.advertised, $0.port)
            }
        }
        return Array(Set(local + outside))
    }
}
