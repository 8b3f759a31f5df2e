// Probe: what a client finds when it comes to a STUN or TURN server, and what is wrong with it.
//
// It owns the client's side of the protocol (RFC 8489 §6.2.1 and §9.2, RFC 8656), the order in
// which a server is tried, the rules that turn results into findings, and the report for people and
// programs. It never opens a socket, reads a clock or resolves a name: `ProbeIO` does, for the
// command line and for `doctor`.
package import Primitives

/// What carries a client to the server.
package enum ProbeTransport: String, Sendable, Hashable, CaseIterable {
    case udp
    case tcp
    case tls
    case dtls

    /// Bytes arrive whole and in order or not at all: nothing is sent twice (RFC 8489 §6.2.2).
    package var isStream: Bool { self == .tcp || self == .tls }
    package var isSecure: Bool { self == .tls || self == .dtls }
}

/// What to try, and how long.
package struct ProbeSettings: Sendable {
    /// A name or the text of an address, without brackets.
    package var host: String
    /// Where to go instead of what the name says; nil: what it says.
    package var addresses: [IPAddress]?
    /// The own address to come from; nil: the one that the system chooses.
    package var source: IPAddress?
    /// For `udp` and `tcp`.
    package var port: UInt16 = 3478
    /// For `tls` and `dtls`.
    package var securePort: UInt16 = 5349
    package var transports = ProbeTransport.allCases
    /// Whether the transports were asked for by name: one that is not offered is then a failure.
    package var areTransportsChosen = false
    /// Nil: both.
    package var family: AddressFamily?
    package var credentials = ProbeCredentials.none
    /// The realm that the server is expected to name; nil: whichever it names.
    package var realm: String?
    /// The bound for one address, all transports together.
    package var timeout = Self.timeoutDefault
    /// The wall clock at the start.
    package var unixSeconds: UInt64 = 0

    package static let timeoutDefault = Seconds(10)
    package static let timeouts = Seconds(2)...Seconds(120)
    /// More addresses of a name than anybody would wait for.
    package static let addressesMax = 8

    package init(host: String) { self.host = host }

    package func port(for transport: ProbeTransport) -> UInt16 {
        transport.isSecure ? securePort : port
    }

    /// How long one answer, one connection or one handshake may take: half of the time, so that
    /// what comes behind it still has a chance.
    var patience: UInt64 { min(timeout.nanoseconds / 2, 5_000_000_000) }
}
