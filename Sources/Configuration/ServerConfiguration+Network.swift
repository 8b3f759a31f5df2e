package import Primitives

extension ServerConfiguration {
    /// Where clients are served.
    package struct Listening: Sendable, Equatable {
        /// Local addresses to serve on; empty means every address of every interface.
        /// `0.0.0.0` and `::` stand for every address of their family.
        package var addresses: [IPAddress] = []
        /// Bind sockets to this interface (SO_BINDTODEVICE).
        package var device: String?
        /// The port of every listening address (RFC 8489 §8.1: 3478).
        package var port: UInt16 = 3478
        /// The second port of RFC 5780; 0 means `port` plus one.
        package var alternatePort: UInt16 = 0
        /// Further endpoints beside `addresses` and `port`.
        package var auxiliary: [TransportAddress] = []
        /// Open UDP ports, for plain clients and DTLS.
        package var udp = true
        /// Serve plain TCP clients: TURN without TLS, and HTTP without TLS.
        package var tcp = true

        package init() {}
    }

    /// Where relayed packets leave from, and what clients are told about it.
    package struct Relay: Sendable, Equatable {
        /// Local addresses for relay sockets; empty means the listening addresses.
        package var addresses: [IPAddress] = []
        /// Bind relay sockets to this interface (SO_BINDTODEVICE).
        package var device: String?
        /// Public addresses in the place of local ones, in file order.
        package var external: [ExternalAddress] = []
        /// The lowest relay port (RFC 8656 §7.2 recommends 49152).
        package var minPort: UInt16 = 49152
        /// The highest relay port, inclusive.
        package var maxPort: UInt16 = 65535
        /// Grant UDP allocations.
        package var udp = true
        /// Grant TCP allocations (RFC 6062).
        package var tcp = true
        /// The family of an allocation whose request names none.
        package var defaultFamily = DefaultFamily.ipv4
        /// SO_RCVBUF and SO_SNDBUF of client and relay sockets, in bytes.
        package var socketBufferBytes = 2_097_152

        package init() {}

        /// How many relay ports one relay address has.
        package var portCount: Int { maxPort < minPort ? 0 : Int(maxPort) - Int(minPort) + 1 }
    }

    /// One `external-ip`: the address that peers see in the place of a local one.
    package struct ExternalAddress: Sendable, Hashable {
        /// The address told to clients.
        package var publicAddress: IPAddress
        /// The local relay address it stands for; nil means every local address of its family.
        package var privateAddress: IPAddress?

        package init(publicAddress: IPAddress, privateAddress: IPAddress? = nil) {
            self.publicAddress = publicAddress
            self.privateAddress = privateAddress
        }
    }

    /// Which family an allocation gets when the request has no REQUESTED-ADDRESS-FAMILY.
    package enum DefaultFamily: String, Sendable {
        /// What RFC 8656 §7.2 says.
        case ipv4
        case ipv6
        /// The family the client came with.
        case keep
    }

    /// Which peers may be reached, on top of what is always denied.
    package struct PeerRules: Sendable, Equatable {
        /// `allowed-peer-ip`: beats `denied` as in coturn, opens soft-denied ranges, never hard
        /// ones.
        package var allowed: [PeerRange] = []
        /// `denied-peer-ip`.
        package var denied: [PeerRange] = []
        /// `allow-loopback-peers=force`: relay to 127.0.0.0/8 and ::1.
        package var allowsLoopback = false
        /// `lan`: allow the networks this machine's interfaces are on.
        package var opensLocalNetworks = false

        package init() {}
    }

    /// One line about peers.
    package struct PeerRange: Sendable, Hashable {
        package var range: AddressRange
        /// The line and where it stands, for messages: `FILE:LINE: KEY=VALUE`.
        package var source: String
    }

    /// What STUN and TURN answers look like.
    package struct STUNBehaviour: Sendable, Equatable {
        /// Answer Binding only, refuse every TURN request.
        package var stunOnly = false
        /// Do not answer Binding requests.
        package var noSTUN = false
        /// Demand credentials for Binding too.
        package var authenticatesBinding = false
        /// Put FINGERPRINT into every answer (RFC 8489 §14.7).
        package var fingerprint = false
        /// Put SOFTWARE into answers to authenticated requests (RFC 8489 §14.14).
        package var software = false
        /// Accept channel numbers up to 0x7FFF (RFC 5766 §11) instead of 0x4FFF (RFC 8656 §12).
        package var highChannels = false
        /// NAT behaviour discovery (RFC 5780).
        package var natDiscovery = false
        /// Mobility (RFC 8016).
        package var mobility = false

        package init() {}
    }
}

extension IPAddress {
    /// 0.0.0.0 or `::`.
    package var isUnspecified: Bool { high == 0 && low == 0 }
}
