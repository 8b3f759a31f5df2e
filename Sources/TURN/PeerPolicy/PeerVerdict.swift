package import Primitives

/// What kind of address a denied peer is; the raw value is the label in metrics and logs.
package enum PeerClass: String, Sendable, CaseIterable {
    // Hard: no configuration opens them (design ruling on the two tiers).
    case unspecified
    case loopback
    case linkLocal = "link-local"
    case metadata
    case multicast
    case broadcast
    case teredo
    case sixToFour = "6to4"
    /// A port that this daemon listens on, or another port of an own address outside the
    /// relay range.
    case listener
    /// An own address behind a transition prefix: a detour to ourselves has no honest use.
    case ownAddress = "own-address"

    // Soft: opened by `allowed-peer-ip`.
    case `private`
    case cgnat
    case uniqueLocal = "unique-local"
    case nat64
    /// IPv4-mapped, IPv4-compatible and IPv4-translated addresses: never on the wire.
    case embedded
    case documentation
    case benchmarking
    /// Reserved or unallocated: nobody can be there.
    case reserved
    /// The remaining blocks of the special-purpose registries.
    case special
    /// A `denied-peer-ip` line.
    case configured

    /// How many classes there are, for counters indexed by `index`.
    package static let count = allCases.count

    /// Hard classes are never opened by `allowed-peer-ip`.
    package var isHard: Bool {
        switch self {
        case .unspecified, .loopback, .linkLocal, .metadata, .multicast, .broadcast, .teredo,
            .sixToFour, .listener, .ownAddress:
            true
        default: false
        }
    }
}

/// How packets for an accepted peer travel.
package enum PeerReach: Sendable, Hashable {
    /// Through the kernel, to the world.
    case network
    /// An own address: only to live relay ports of this daemon, in memory.
    case hairpin
    /// Loopback opened by force: to a live relay port in memory, else through the kernel.
    case hairpinOrNetwork
}

/// The answer to "may this client talk to that peer?".
package enum PeerVerdict: Sendable, Hashable {
    case allowed(PeerReach)
    /// Answered with 403 (RFC 8656 §9.2, §12.2).
    case denied(PeerDenial)

    package var isAllowed: Bool {
        if case .allowed = self { true } else { false }
    }
}

/// Why a peer is denied: plain values, turned into words only when somebody reads them.
package struct PeerDenial: Sendable, Hashable {
    package let peerClass: PeerClass
    /// The address that was judged: the peer, or the one embedded in it.
    package let address: IPAddress
    /// True when `address` is embedded in the peer address.
    package let isEmbedded: Bool
    /// The number of the entry in `SpecialPurposeBlock.all` or of the configuration line.
    let entry: UInt16
}
