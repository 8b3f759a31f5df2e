package import Primitives

/// What configuration and the system say about peers; replaced as a whole by a reload.
package struct PeerPolicySettings: Sendable {
    /// `allowed-peer-ip`: opens soft classes and wins over `denied` (coturn's precedence).
    package var allowed: [PeerRule] = []
    /// `denied-peer-ip`.
    package var denied: [PeerRule] = []
    /// The networks on the link (`--lan`, `scripts/run`): opened like `allowed`.
    package var onLink: [AddressRange] = []
    /// Every address of every interface, and both halves of each `external-ip`.
    package var ownAddresses: [IPAddress] = []
    /// The directed broadcast addresses of the interfaces.
    package var broadcasts: [IPAddress] = []
    /// What the daemon listens on; an unspecified address stands for every own address.
    package var listeners: [TransportAddress] = []
    /// `min-port`...`max-port`.
    package var relayPorts: ClosedRange<UInt16> = 49152...65535
    /// Ranges of before that relays still have ports in: these are reached until they end.
    package var formerRelayPorts: [ClosedRange<UInt16>] = []
    /// Opens loopback (`scripts/run`, or `allow-loopback-peers` confirmed by force).
    package var forceLoopback = false

    package init() {}
}

/// One line of configuration about peers.
package struct PeerRule: Sendable, Hashable {
    package var range: AddressRange
    /// The line as the operator wrote it and where, for messages.
    package var source: String

    package init(_ range: AddressRange, source: String) {
        self.range = range
        self.source = source
    }
}
