package import Primitives

extension ServerConfiguration {
    /// The bounds of every table and rate of the relay.
    package struct Limits: Sendable, Equatable {
        /// Allocations one user may hold; 0 means no bound of its own. 40 lets ten people behind
        /// one name gather on two interfaces and two families.
        package var allocationsPerUser = 40
        /// Allocations of the whole server; 0 means as many as the port range holds.
        package var allocations = 0
        /// Permissions one allocation may hold.
        package var permissionsPerAllocation = 128
        /// Channels one allocation may hold; at most 4096 exist (RFC 8656 §12).
        package var channelsPerAllocation = 128
        /// Permissions all allocations of one user may hold.
        package var permissionsPerUser = 1024
        /// New permissions per second of one user once the burst is spent: passes the checks of ICE
        /// (RFC 8445 §14.2 paces one per 50 ms), not a port scan.
        package var newPermissionsPerSecond = 20
        /// New permissions at once.
        package var newPermissionsBurst = 200
        /// Bytes per second of one allocation, each direction; 0 means no bound.
        package var bytesPerSecondPerAllocation = 0
        /// Bytes per second of all allocations of one user, both directions together; 0 means no
        /// bound.
        package var bytesPerSecondPerUser = 0
        /// Bytes per second of the whole server, both directions together; 0 means no bound.
        package var bytesPerSecond = 0
        /// Bytes per second always granted to answers that nobody authenticated: 1 Mbit/s.
        package var unauthenticatedFloorBytes = 125_000
        /// How many times the bytes received such answers may be, above the floor.
        package var unauthenticatedFactor = 4
        /// The longest LIFETIME granted (RFC 8656 §7.2 recommends at most one hour).
        package var maxLifetime = Seconds(3600)
        /// How long a channel binding lives (RFC 8656 §12: 10 minutes).
        package var channelLifetime = Seconds(600)
        /// How long a permission lives (RFC 8656 §9: 5 minutes).
        package var permissionLifetime = Seconds(300)
        /// The age at which an allocation ends whatever it refreshes; 0 means never.
        package var maxAllocationAge = Seconds(0)
        /// Draining ends once no more than this many allocations are left.
        package var drainAllocations = 0

        package init() {}
    }
}
