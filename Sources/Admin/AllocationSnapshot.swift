package import Primitives

/// Packets and bytes that passed in one direction; bytes are payload, without any header of ours.
package struct Traffic: Codable, Hashable, Sendable {
    package var packets: UInt64
    package var bytes: UInt64

    package init(packets: UInt64 = 0, bytes: UInt64 = 0) {
        self.packets = packets
        self.bytes = bytes
    }

    package static func + (a: Self, b: Self) -> Self {
        Self(packets: a.packets &+ b.packets, bytes: a.bytes &+ b.bytes)
    }
}

/// What passed per second, averaged over the last `seconds`.
package struct TrafficRate: Codable, Hashable, Sendable {
    /// The window of the average; 0 while nothing was measured yet.
    package var seconds: UInt32
    package var upPacketsPerSecond: UInt64
    package var upBitsPerSecond: UInt64
    package var downPacketsPerSecond: UInt64
    package var downBitsPerSecond: UInt64

    /// The rate between two readings of the counters that lie so far apart; less than a second
    /// counts as one.
    package init(
        nanoseconds: UInt64 = 0, up: Traffic = Traffic(), down: Traffic = Traffic(),
        earlierUp: Traffic = Traffic(), earlierDown: Traffic = Traffic()
    ) {
        let window = max(Double(nanoseconds) / 1e9, 1)
        func rate(_ now: UInt64, _ earlier: UInt64, times factor: Double = 1) -> UInt64 {
            // A counter never falls; if one did, a rate of nothing is the safer thing to show.
            now > earlier ? UInt64(Double(now - earlier) * factor / window) : 0
        }
        seconds = UInt32(clamping: (nanoseconds + 500_000_000) / 1_000_000_000)
        upPacketsPerSecond = rate(up.packets, earlierUp.packets)
        upBitsPerSecond = rate(up.bytes, earlierUp.bytes, times: 8)
        downPacketsPerSecond = rate(down.packets, earlierDown.packets)
        downBitsPerSecond = rate(down.bytes, earlierDown.bytes, times: 8)
    }
}

/// A relayed transport address: what peers see, and what the socket is bound to behind a NAT.
package struct RelayedAddress: Codable, Hashable, Sendable {
    package var advertised: TransportAddress
    package var local: TransportAddress

    package init(advertised: TransportAddress, local: TransportAddress) {
        self.advertised = advertised
        self.local = local
    }
}

/// A peer that may send to an allocation, and be sent to (RFC 8656 §9).
package struct PermissionSnapshot: Codable, Hashable, Sendable {
    package var peer: IPAddress
    package var expiresInSeconds: UInt32

    package init(peer: IPAddress, expiresInSeconds: UInt32) {
        self.peer = peer
        self.expiresInSeconds = expiresInSeconds
    }
}

/// A channel bound to a peer (RFC 8656 §12).
package struct ChannelSnapshot: Codable, Hashable, Sendable {
    package var number: UInt16
    package var peer: TransportAddress
    package var expiresInSeconds: UInt32

    package init(number: UInt16, peer: TransportAddress, expiresInSeconds: UInt32) {
        self.number = number
        self.peer = peer
        self.expiresInSeconds = expiresInSeconds
    }
}

/// A TCP connection between a relay and a peer (RFC 6062).
package struct ConnectionSnapshot: Codable, Hashable, Sendable {
    package var peer: TransportAddress
    /// The peer came to the relay; else the client asked for it.
    package var incoming: Bool
    /// `connecting`, `pending` (the client has not come for it yet) or `bound`.
    package var state: String
    /// Where the client's stream for it comes from, once bound.
    package var stream: TransportAddress?
    package var ageSeconds: UInt32

    package init(
        peer: TransportAddress, incoming: Bool, state: String, stream: TransportAddress?,
        ageSeconds: UInt32
    ) {
        self.peer = peer
        self.incoming = incoming
        self.state = state
        self.stream = stream
        self.ageSeconds = ageSeconds
    }
}

/// One allocation at one moment, as the admin socket shows it.
///
/// "Up" is from the client to its peers, "down" from the peers to the client.
package struct AllocationSnapshot: Codable, Hashable, Sendable {
    package var id: AllocationName
    /// The user name as it was authenticated; from the network, so never trust it to be printable.
    package var user: String
    /// The name quotas and bans are kept under: `user` without the expiry of a REST name.
    package var account: String
    package var client: TransportAddress
    /// The listener the client reached, and how: `udp`, `tcp`, `tls` or `dtls`.
    package var listener: TransportAddress
    package var transport: String
    /// What the relays pass on: `udp`, or `tcp` (RFC 6062).
    package var relayTransport: String
    /// One per family (RFC 8656 §7.2), IPv4 first.
    package var relays: [RelayedAddress]
    package var ageSeconds: UInt64
    package var expiresInSeconds: UInt32
    /// The lifetime that Allocate granted.
    package var lifetimeSeconds: UInt32
    package var permissions: [PermissionSnapshot]
    package var channels: [ChannelSnapshot]
    package var connections: [ConnectionSnapshot]
    package var up: Traffic
    package var down: Traffic
    /// Dropped packets by reason; the keys are the drop reasons' metric labels.
    package var drops: [String: UInt64]
    package var rate: TrafficRate
    package var worker: UInt16

    package init(
        id: AllocationName, user: String, account: String, client: TransportAddress,
        listener: TransportAddress, transport: String, relayTransport: String = "udp",
        relays: [RelayedAddress], ageSeconds: UInt64, expiresInSeconds: UInt32,
        lifetimeSeconds: UInt32, permissions: [PermissionSnapshot] = [],
        channels: [ChannelSnapshot] = [], connections: [ConnectionSnapshot] = [],
        up: Traffic = Traffic(), down: Traffic = Traffic(), drops: [String: UInt64] = [:],
        rate: TrafficRate = TrafficRate()
    ) {
        self.id = id
        self.user = user
        self.account = account
        self.client = client
        self.listener = listener
        self.transport = transport
        self.relayTransport = relayTransport
        self.relays = relays
        self.ageSeconds = ageSeconds
        self.expiresInSeconds = expiresInSeconds
        self.lifetimeSeconds = lifetimeSeconds
        self.permissions = permissions
        self.channels = channels
        self.connections = connections
        self.up = up
        self.down = down
        self.drops = drops
        self.rate = rate
        worker = id.worker
    }
}
