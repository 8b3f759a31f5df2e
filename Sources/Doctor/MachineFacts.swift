/// What the tools of the firewall print. A tool that is not there is nil.
package struct FirewallTexts: Sendable {
    /// `nft -j list ruleset`.
    package var nftables: [UInt8]?
    /// `iptables-save`, and of the legacy kind where rules are there too.
    package var iptables: [String] = []
    package var ip6tables: [String] = []
    /// Tools that are there and failed, with their words.
    package var failures: [String] = []

    package init() {}

    /// Whether any tool answered.
    package var isEmpty: Bool { nftables == nil && iptables.isEmpty && ip6tables.isEmpty }
}

/// Containers, this one and others'.
package struct ContainerFacts: Sendable, Hashable {
    /// `docker` or `podman`, when this program runs in one.
    package var engine: String?
    /// Interfaces that are one end of a pair (veth): in a container the other is a bridge's.
    package var paired: Set<String> = []
    /// UDP ports of the host that docker's proxy holds.
    package var proxiedUDP = PortSet()

    package init() {}
}

/// Numbers of the kernel; nil where it does not tell.
package struct KernelFacts: Sendable, Hashable {
    /// Payload bytes that a socket got when it asked for `sock-buf-size`.
    package var receiveBufferGranted: Int?
    package var sendBufferGranted: Int?
    /// The most that a socket may ask for (`net.core.rmem_max`).
    package var receiveBufferMax: Int?
    /// Packets that came in since boot, and those that were thrown away because a CPU's queue was
    /// full (/proc/net/softnet_stat).
    package var backlogPackets: UInt64?
    package var backlogDrops: UInt64?
    package var backlogMax: Int?
    package var trackedConnections: Int?
    package var trackedConnectionsMax: Int?
    /// UDP ports inside the relay range that other programs hold.
    package var relayPortsTaken: Int?
    /// `ip_local_port_range` and what is reserved of it.
    package var localPorts: ClosedRange<UInt16>?
    package var reservedPorts = PortSet()

    package init() {}
}

/// Open files of the daemon.
package struct FileLimit: Sendable, Hashable {
    package var allowed: Int
    package var wanted: Int

    package init(allowed: Int, wanted: Int) {
        self.allowed = allowed
        self.wanted = wanted
    }
}

/// The machine's clock as the kernel knows it (adjtimex(2)).
package struct ClockFact: Sendable, Hashable {
    package var isSynchronised: Bool
    package var errorMaxMicroseconds: Int64

    package init(isSynchronised: Bool, errorMaxMicroseconds: Int64) {
        self.isSynchronised = isSynchronised
        self.errorMaxMicroseconds = errorMaxMicroseconds
    }
}

/// What a time server said.
package struct TimeFact: Sendable, Hashable {
    package var server: String
    /// How far its clock is ahead of this machine's.
    package var aheadMilliseconds: Int64
    package var roundTripMilliseconds: Int64

    package init(server: String, aheadMilliseconds: Int64, roundTripMilliseconds: Int64) {
        self.server = server
        self.aheadMilliseconds = aheadMilliseconds
        self.roundTripMilliseconds = roundTripMilliseconds
    }
}
