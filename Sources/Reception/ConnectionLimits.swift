/// How many stream connections there may be at a time. 0 for a network means no bound of its own.
///
/// A network is what one source easily gets: /24 of IPv4, /64 of IPv6.
package struct ConnectionLimits: Hashable, Sendable {
    /// All connections together, at least 1.
    package var open = 16_384
    package var openPerNetwork = 512
    /// Connections whose protocol is not known yet, TLS handshakes included; at least 1.
    package var halfOpen = 4_096
    package var halfOpenPerNetwork = 64

    package init() {}
}

/// Why a connection was refused or ended before it was served; also the label of its counter.
package enum ConnectionRefusal: String, Hashable, Sendable, CaseIterable {
    /// `ConnectionLimits.open` is reached.
    case tooMany = "too-many"
    case tooManyOfNetwork = "too-many-of-network"
    case tooManyHalfOpen = "too-many-half-open"
    case tooManyHalfOpenOfNetwork = "too-many-half-open-of-network"
    /// Nothing was decided within the deadline.
    case tooSlow = "too-slow"
    /// The first bytes are no protocol that is served here.
    case unknownProtocol = "unknown-protocol"
    /// TLS where there is no certificate, or STUN where only HTTP was agreed, and the like.
    case notServed = "not-served"
    case handshake = "tls-handshake"
    /// From an address that is not among those that may speak for others.
    case untrustedProxy = "untrusted-proxy"
    /// A listener that demands the PROXY protocol got something else.
    case noProxyHeader = "no-proxy-header"
    /// The system had no descriptor or memory for it.
    case noResources = "no-resources"

    /// For the log, behind a number: `12 because of ...`.
    package var text: String {
        switch self {
        case .tooMany: "too many connections"
        case .tooManyOfNetwork: "too many connections of one network"
        case .tooManyHalfOpen: "too many unfinished connections"
        case .tooManyHalfOpenOfNetwork: "too many unfinished connections of one network"
        case .tooSlow: "nothing to decide on in time"
        case .unknownProtocol: "an unknown protocol"
        case .notServed: "a protocol that is not served there"
        case .handshake: "a failed TLS handshake"
        case .untrustedProxy: "an address that is no trusted proxy"
        case .noProxyHeader: "a missing or broken PROXY header"
        case .noResources: "no descriptors or memory left"
        }
    }
}
