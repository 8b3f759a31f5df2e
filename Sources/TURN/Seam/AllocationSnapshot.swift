package import Primitives

/// An allocation as people and the admin interface see it; a copy without secrets.
package struct AllocationSnapshot: Sendable {
    package var handle: AllocationHandle
    /// The name as the client sent it.
    package var username: String
    /// What quotas count it under.
    package var quotaKey: String
    package var client: FiveTuple
    /// What its relays pass on.
    package var transport: RelayTransport
    package var relays: [RelaySnapshot]
    package var ageSeconds: UInt32
    /// What the Allocate request was granted.
    package var lifetimeSeconds: UInt32
    /// Until the last of its relays ends.
    package var expiresInSeconds: UInt32
    package var permissions: [PermissionSnapshot]
    package var channels: [ChannelSnapshot]
    /// Connections with peers; none but in TCP allocations.
    package var connections: [ConnectionSnapshot]

    /// A relayed transport address, as its socket is bound and as peers see it.
    package struct RelaySnapshot: Sendable, Hashable {
        package var local: TransportAddress
        package var advertised: TransportAddress
    }

    /// A permission and how long it lasts.
    package struct PermissionSnapshot: Sendable, Hashable {
        package var peer: IPAddress
        package var expiresInSeconds: UInt32
    }

    /// A TCP connection with a peer (RFC 6062).
    package struct ConnectionSnapshot: Sendable, Hashable {
        package var id: ConnectionID
        package var peer: TransportAddress
        /// The peer came to us.
        package var isIncoming: Bool
        package var state: State
        /// The client's stream, once bound.
        package var stream: FiveTuple?
        package var ageSeconds: UInt32

        /// How far a connection has come.
        package enum State: String, Sendable, Hashable {
            case connecting, pending, bound
        }
    }

    /// A channel binding and how long it lasts.
    package struct ChannelSnapshot: Sendable, Hashable {
        package var number: UInt16
        package var peer: TransportAddress
        package var expiresInSeconds: UInt32
    }
}
