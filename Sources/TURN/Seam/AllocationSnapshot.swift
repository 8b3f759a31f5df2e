package import Primitives

/// An allocation as people and the admin interface see it; a copy without secrets.
package struct AllocationSnapshot: Sendable {
    package var handle: AllocationHandle
    /// The name as the client sent it.
    package var username: String
    /// What quotas count it under.
    package var quotaKey: String
    package var client: FiveTuple
    package var relays: [RelaySnapshot]
    package var ageSeconds: UInt32
    /// What the Allocate request was granted.
    package var lifetimeSeconds: UInt32
    /// Until the last of its relays ends.
    package var expiresInSeconds: UInt32
    package var permissions: [PermissionSnapshot]
    package var channels: [ChannelSnapshot]

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

    /// A channel binding and how long it lasts.
    package struct ChannelSnapshot: Sendable, Hashable {
        package var number: UInt16
        package var peer: TransportAddress
        package var expiresInSeconds: UInt32
    }
}
