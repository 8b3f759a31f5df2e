package import Primitives

/// Everything that configuration says about the protocol; replaced as a whole by `apply`.
package struct ServerSettings: Sendable {
    /// RFC 8489 §14.9; part of every key, hence given by the credentials.
    package let realm: String
    /// Value of SOFTWARE in authenticated responses; nil sends none.
    package var software: String?
    /// Add FINGERPRINT to every response, not only where the request had one.
    package var fingerprint = false
    package var listeners: [Listener]
    package var relayAddresses: [RelayAddress]
    package var lifetimes = Lifetimes()
    package var limits = Limits()
    package var features = Features()
    /// Binding requests are events for the log (`log-binding`).
    package var tellsBindings = false
    /// Who may use the server.
    package var credentials: Credentials
    /// Whom clients may talk to.
    package var peerPolicy = PeerPolicy(PeerPolicySettings())
    /// The family of a request without REQUESTED-ADDRESS-FAMILY (RFC 8656 §7.2 wants IPv4).
    package var defaultFamily = DefaultFamily.ipv4

    package init(
        credentials: Credentials, listeners: [Listener], relayAddresses: [RelayAddress]
    ) {
        self.credentials = credentials
        realm = credentials.settings.realm
        self.listeners = listeners
        self.relayAddresses = relayAddresses
    }

    /// One address that clients send to. Its index is its `ListenerID`; a reload adds some, and
    /// keeps the place of those that were closed as long as something refers to it.
    package struct Listener: Sendable, Hashable {
        package var address: TransportAddress
        package var transport: Transport

        package init(address: TransportAddress, transport: Transport) {
            self.address = address
            self.transport = transport
        }
    }

    /// How clients reach a listener.
    package enum Transport: Sendable, Hashable {
        case udp, tcp, tls, dtls
    }

    /// One address that relays are bound to, and what the world sees of it (`external-ip`).
    package struct RelayAddress: Sendable, Hashable {
        package var local: IPAddress
        package var advertised: IPAddress

        package init(local: IPAddress, advertised: IPAddress) {
            self.local = local
            self.advertised = advertised
        }
    }

    /// Which relay a client gets that asks for no family.
    package enum DefaultFamily: Sendable, Hashable {
        case ipv4, ipv6
        /// The family of the client's own address (`keep-address-family`).
        case client
    }

    /// Durations of the protocol.
    package struct Lifetimes: Sendable, Hashable {
        /// RFC 8656 §3.2: default allocation lifetime of 10 minutes.
        package var allocation = Seconds(600)
        /// RFC 8656 §7.2 recommends at most one hour.
        package var allocationMax = Seconds(3600)
        /// RFC 8656 §9: MUST be 300.
        package var permission = Seconds(300)
        /// RFC 8656 §12: 10 minutes.
        package var channel = Seconds(600)
        /// RFC 8656 §7.2: at least 30.
        package var reservation = Seconds(30)
        /// `stale-nonce`; RFC 8656 §5 wants at most an hour. 0: nonces do not expire.
        package var nonce = Seconds(600)
        /// How long a peer may take to accept a connection; RFC 6062 §5.2: at least 30 seconds.
        package var connect = Seconds(30)
        /// How long a connection waits for its ConnectionBind; RFC 6062 §5.2, §5.3: 30 seconds.
        package var unboundConnection = Seconds(30)
        /// How long an allocation may be refreshed since its birth; nil: without end.
        package var allocationAgeMax: Seconds?
        /// How long an allocation without permission or traffic is safe from eviction.
        package var idleGrace = Seconds(30)

        package init() {}
    }

    /// Upper bounds; what happens at each is an error response, an event and a counter.
    package struct Limits: Sendable, Hashable {
        /// At this bound: 486. 0 means unlimited.
        package var allocationsPerUser = 40
        /// In the whole process; at this bound: 508. 0 means unlimited.
        package var allocations = 0
        /// In one worker; its tables never grow beyond it.
        package var allocationsPerWorker = 65_536
        package var permissionsPerAllocation = 128
        package var permissionsPerUser = 1024
        package var channelsPerAllocation = 128
        /// Connections of one TCP allocation with peers (RFC 6062); at this bound: 508, and
        /// incoming ones are closed at once. A client needs one for each stream to a peer.
        package var connectionsPerAllocation = 64
        /// The same for all allocations of one user; then 486.
        package var connectionsPerUser = 256
        /// In one worker; its table never grows beyond it. Each costs two descriptors.
        package var connectionsPerWorker = 16_384
        /// Permissions for new peers, and connections that clients ask for, in one second, per
        /// user; a burst of `permissionBurst` passes.
        package var newPermissionsPerSecond = 20
        package var permissionBurst = 200
        /// Payload bytes per second of one allocation in each direction; 0: unlimited.
        package var bytesPerSecond: UInt64 = 0
        /// The same for all allocations of one user; 0: unlimited.
        package var bytesPerSecondPerUser: UInt64 = 0
        /// The same for the whole server; 0: unlimited.
        package var bytesPerSecondTotal: UInt64 = 0
        /// What may be sent to forged addresses for nothing, in the whole process.
        package var unauthenticatedFloorBitsPerSecond: UInt64 = 1_000_000
        /// Beyond the floor, how many bytes answer one byte of a request without credentials.
        package var unauthenticatedFactor = 4
        /// How many workers share the floor.
        package var workers = 1
        /// How many relay ports are tried when the system refuses to bind one.
        package var bindAttempts = 8

        package init() {}
    }

    /// Switches.
    package struct Features: Sendable, Hashable {
        /// Binding requests are answered (`no-stun` clears it).
        package var binding = true
        /// Nothing but Binding is answered (`stun-only`).
        package var stunOnly = false
        /// Binding needs credentials (`secure-stun`).
        package var secureBinding = false
        /// Offer SHA-256 by PASSWORD-ALGORITHMS (RFC 8489 §14.11), where every key allows it.
        package var sha256 = true
        /// Offer USERHASH (RFC 8489 §14.4), where every user is static.
        package var userHash = false
        /// Channel numbers up to 0x7FFF are accepted, as RFC 5766 §11 allowed
        /// (`rfc5766-channel-numbers`).
        package var highChannels = false
        /// UDP allocations are granted (`no-udp-relay` clears it; then 403).
        package var udpRelay = true
        /// TCP allocations are granted (RFC 6062; `no-tcp-relay` clears it; then 442).
        package var tcpRelay = true
        /// New allocations are granted; cleared while draining (then 508).
        package var accepting = true
        /// Sockets can set the DF bit (RFC 8656 §14).
        package var dontFragment = true

        package init() {}
    }
}
