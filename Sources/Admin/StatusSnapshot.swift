package import Primitives

/// The whole daemon at one moment.
package struct StatusSnapshot: Codable, Hashable, Sendable {
    package var version: String
    package var processID: Int32
    package var uptimeSeconds: UInt64
    package var realm: String
    /// Whether nobody new is taken, by `drain`.
    package var draining = false
    package var listeners: [ListenerSnapshot]
    package var relays: [RelayHost]
    package var ports: PortSnapshot
    package var allocations: AllocationCounts
    package var workers: [WorkerSnapshot]
    package var stun: StunCounters
    package var budget: BudgetSnapshot
    /// Nil where no stream is served.
    package var streams: StreamsSnapshot?
    /// In the order of the configuration; empty without TLS.
    package var certificates: [CertificateSnapshot]
    /// What the start warned of, oldest first: the short form of `turnstone check` and of limits
    /// the system refused to raise.
    package var warnings: [String]

    package init(
        version: String = TurnstoneVersion.current, processID: Int32, uptimeSeconds: UInt64,
        realm: String, listeners: [ListenerSnapshot], relays: [RelayHost], ports: PortSnapshot,
        allocations: AllocationCounts, workers: [WorkerSnapshot], stun: StunCounters,
        budget: BudgetSnapshot, streams: StreamsSnapshot? = nil,
        certificates: [CertificateSnapshot] = [], warnings: [String]
    ) {
        self.version = version
        self.processID = processID
        self.uptimeSeconds = uptimeSeconds
        self.realm = realm
        self.listeners = listeners
        self.relays = relays
        self.ports = ports
        self.allocations = allocations
        self.workers = workers
        self.stun = stun
        self.budget = budget
        self.streams = streams
        self.certificates = certificates
        self.warnings = warnings
    }
}

/// An address clients reach, and the transport spoken there.
package struct ListenerSnapshot: Codable, Hashable, Sendable {
    package var address: TransportAddress
    /// `udp`, `tcp`, `tls` or `dtls`.
    package var transport: String

    package init(address: TransportAddress, transport: String) {
        self.address = address
        self.transport = transport
    }
}

/// An address relay ports are opened on, and the one peers are told behind a NAT.
package struct RelayHost: Codable, Hashable, Sendable {
    package var advertised: IPAddress
    package var local: IPAddress

    package init(advertised: IPAddress, local: IPAddress) {
        self.advertised = advertised
        self.local = local
    }
}

/// The relay port range, first and last included, and how many ports are open in it, summed over
/// all relay addresses.
package struct PortSnapshot: Codable, Hashable, Sendable {
    package var first: UInt16
    package var last: UInt16
    package var inUse: UInt64

    package init(first: UInt16, last: UInt16, inUse: UInt64) {
        self.first = first
        self.last = last
        self.inUse = inUse
    }
}

/// How many allocations live, ever were, and may be at once.
package struct AllocationCounts: Codable, Hashable, Sendable {
    package var current: UInt64
    package var sinceStart: UInt64
    /// Nil when neither a quota nor the system bounds them.
    package var max: UInt64?

    package init(current: UInt64, sinceStart: UInt64, max: UInt64?) {
        self.current = current
        self.sinceStart = sinceStart
        self.max = max
    }
}

/// The counters of one relay worker since the start.
package struct WorkerSnapshot: Codable, Hashable, Sendable {
    package var number: UInt16
    package var allocations: UInt64
    package var up: Traffic
    package var down: Traffic
    /// Packets this daemon dropped, by reason (the metric labels).
    package var drops: [String: UInt64]
    /// Packets the kernel dropped before we saw them, its receive buffer being full.
    package var kernelReceiveDrops: UInt64
    package var hairpin: HairpinCounts

    package init(
        number: UInt16, allocations: UInt64, up: Traffic, down: Traffic, drops: [String: UInt64],
        kernelReceiveDrops: UInt64, hairpin: HairpinCounts
    ) {
        self.number = number
        self.allocations = allocations
        self.up = up
        self.down = down
        self.drops = drops
        self.kernelReceiveDrops = kernelReceiveDrops
        self.hairpin = hairpin
    }
}

/// Packets handed from one allocation to another in memory: within a worker, and between two.
package struct HairpinCounts: Codable, Hashable, Sendable {
    package var sameWorker: UInt64
    package var otherWorker: UInt64

    package init(sameWorker: UInt64 = 0, otherWorker: UInt64 = 0) {
        self.sameWorker = sameWorker
        self.otherWorker = otherWorker
    }
}

/// STUN requests since the start, and the answers that were errors.
package struct StunCounters: Codable, Hashable, Sendable {
    /// By method: `binding`, `allocate`, `refresh`, `create-permission`, `channel-bind`,
    /// `connect`, `connection-bind`.
    package var requests: [String: UInt64]
    /// By error code: `401`, `486`, ...
    package var errors: [String: UInt64]
    /// Peers that clients asked for and did not get, by class: `private`, `loopback`, ...
    package var deniedPeers: [String: UInt64]
    /// What became of connections with peers (RFC 6062): `made`, `accepted`, `bound`; `unbound`:
    /// no client came in time; `failed`; `cut` by a reload; `not-permitted` and `over-limit`:
    /// incoming ones that were closed at once.
    package var peerConnections: [String: UInt64]

    package init(
        requests: [String: UInt64], errors: [String: UInt64],
        deniedPeers: [String: UInt64] = [:], peerConnections: [String: UInt64] = [:]
    ) {
        self.requests = requests
        self.errors = errors
        self.deniedPeers = deniedPeers
        self.peerConnections = peerConnections
    }
}

/// What unauthenticated sources were answered, and where the budget for them ended.
package struct BudgetSnapshot: Codable, Hashable, Sendable {
    package var requests: UInt64
    package var bytesIn: UInt64
    package var bytesOut: UInt64
    /// Answers cut to their shortest form at the bound.
    package var shortened: UInt64
    /// Requests left without an answer at the bound.
    package var silenced: UInt64

    package init(
        requests: UInt64 = 0, bytesIn: UInt64 = 0, bytesOut: UInt64 = 0, shortened: UInt64 = 0,
        silenced: UInt64 = 0
    ) {
        self.requests = requests
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.shortened = shortened
        self.silenced = silenced
    }
}
