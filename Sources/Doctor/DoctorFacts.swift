package import Primitives
package import Probe

/// Everything the rules look at.
package struct DoctorFacts: Sendable {
    /// The path of the configuration.
    package var file: String
    /// The name clients use, as asked for or configured; nil: none is known.
    package var host: String?
    /// The addresses of that name; empty where nobody asked, and nobody is asked unless told to.
    package var hostAddresses: [IPAddress] = []
    /// Why the name has no address; nil where it has, or nobody asked.
    package var hostFailure: String?
    package var unixSeconds: UInt64 = 0
    package var isRoot = false
    /// Checks that were not wanted.
    package var skipped: Set<DoctorCheck> = []

    package var problems: [ConfigurationProblem] = []
    /// Nil where the configuration allows no start.
    package var service: PlannedService?
    package var daemon = Look<DaemonState>.closed("it was not asked")
    /// Programs other than the daemon on its ports.
    package var holders: [PortFact] = []
    /// One for each address that was tried.
    package var probes = Look<[ProbeReport]>.closed("nothing was tried")
    /// From which credentials allocations were made; nil: there were none.
    package var credentialSource: String?
    /// Relays by way of their public addresses, where these are none of this machine's.
    package var outsideProbes: [OutsideProbe] = []
    package var interfaces: [InterfaceFact] = []
    package var certificates: [CertificateFact] = []
    package var firewall = Look<FirewallTexts>.closed("it was not read")
    package var container = ContainerFacts()
    package var kernel = KernelFacts()
    package var limits = Look<FileLimit>.closed("the daemon does not run")
    package var clock = Look<ClockFact>.closed("it was not read")
    /// Whether a program that keeps a clock is installed.
    package var hasTimeService = true
    /// Nil: no server was to be asked.
    package var time: Look<TimeFact>?

    package init(file: String) { self.file = file }
}

/// What `turnstone check` says of the file.
package struct ConfigurationProblem: Sendable, Hashable {
    package var severity: Severity
    /// The report's own word for it.
    package var code: String
    /// With the line it stands in.
    package var text: String

    package init(severity: Severity, code: String, text: String) {
        self.severity = severity
        self.code = code
        self.text = text
    }
}

/// What a start with the configuration would open on this machine.
package struct PlannedService: Sendable, Hashable {
    package struct Listener: Sendable, Hashable {
        package var transport: ProbeTransport
        package var address: TransportAddress
        /// Only a proxy gets an answer there.
        package var isBehindProxy: Bool

        package init(
            transport: ProbeTransport, address: TransportAddress, isBehindProxy: Bool = false
        ) {
            self.transport = transport
            self.address = address
            self.isBehindProxy = isBehindProxy
        }
    }

    /// An address that relays, and what clients are told.
    package struct Relay: Sendable, Hashable {
        package var local: IPAddress
        package var advertised: IPAddress

        package init(local: IPAddress, advertised: IPAddress) {
            self.local = local
            self.advertised = advertised
        }
    }

    package var listeners: [Listener]
    package var relays: [Relay]
    package var relayPorts: ClosedRange<UInt16>
    /// `external-ip` values that stand for no address of this machine.
    package var unusedExternal: [String] = []
    /// Whether anything is relayed at all.
    package var relaysUDP = true
    /// Bytes that each socket asks for (`sock-buf-size`).
    package var socketBuffer = 0

    package init(
        listeners: [Listener], relays: [Relay], relayPorts: ClosedRange<UInt16>
    ) {
        self.listeners = listeners
        self.relays = relays
        self.relayPorts = relayPorts
    }
}

/// The server, asked from a relay's own address by way of the one that clients are told.
package struct OutsideProbe: Sendable {
    package var relay: PlannedService.Relay
    package var report: ProbeReport

    package init(relay: PlannedService.Relay, report: ProbeReport) {
        self.relay = relay
        self.report = report
    }
}

/// Whether a daemon answers at the admin socket.
package enum DaemonState: Sendable, Hashable {
    case answers(DaemonFacts)
    /// With the system's reason.
    case silent(String)
}

/// What the running daemon says of itself.
package struct DaemonFacts: Sendable, Hashable {
    package var version: String
    /// Of the program that asks.
    package var ownVersion: String
    package var processID: Int32
    package var uptimeSeconds: UInt64
    package var packets: UInt64
    /// Packets that the kernel threw away because the daemon's buffers were full.
    package var kernelDrops: UInt64
    /// Lines of the configuration that are not in force; nil where it would not say.
    package var pendingChanges: [String]?

    package init(
        version: String, ownVersion: String, processID: Int32, uptimeSeconds: UInt64,
        packets: UInt64 = 0, kernelDrops: UInt64 = 0, pendingChanges: [String]? = nil
    ) {
        self.version = version
        self.ownVersion = ownVersion
        self.processID = processID
        self.uptimeSeconds = uptimeSeconds
        self.packets = packets
        self.kernelDrops = kernelDrops
        self.pendingChanges = pendingChanges
    }
}

/// A port of ours that somebody else has.
package struct PortFact: Sendable, Hashable {
    /// `UDP` or `TCP`.
    package var transport: String
    package var address: TransportAddress
    /// Nil where only root sees it.
    package var command: String?
    package var processID: Int32?

    package init(
        transport: String, address: TransportAddress, command: String?, processID: Int32?
    ) {
        self.transport = transport
        self.address = address
        self.command = command
        self.processID = processID
    }
}

/// One address of one interface.
package struct InterfaceFact: Sendable, Hashable {
    package var name: String
    package var address: IPAddress

    package init(name: String, address: IPAddress) {
        self.name = name
        self.address = address
    }
}

/// A certificate as its files are, tried in a handshake in memory.
package struct CertificateFact: Sendable, Hashable {
    package var file: String
    package var keyFile: String
    /// The line of the configuration, as `FILE:LINE: KEY=VALUE`.
    package var source: String
    package var outcome: Outcome

    package enum Outcome: Sendable, Hashable {
        case usable(ProbeCertificate)
        /// Why no server can use the pair.
        case unusable(String)
        /// The user who asks may not read it.
        case forbidden(String)
    }

    package init(file: String, keyFile: String, source: String, outcome: Outcome) {
        self.file = file
        self.keyFile = keyFile
        self.source = source
        self.outcome = outcome
    }
}
