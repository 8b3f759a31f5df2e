/// What a server counted since its start, one number per event and drop reason.
package struct Counters: Sendable, Hashable {
    package var bindingRequests: UInt64 = 0
    package var classicBindingRequests: UInt64 = 0
    package var allocateRequests: UInt64 = 0
    package var refreshRequests: UInt64 = 0
    package var createPermissionRequests: UInt64 = 0
    package var channelBindRequests: UInt64 = 0
    package var connectRequests: UInt64 = 0
    package var connectionBindRequests: UInt64 = 0

    package var allocations: UInt64 = 0
    /// Those of `allocations` that pass connections (RFC 6062).
    package var tcpAllocations: UInt64 = 0
    /// The same by kind, and of those the ones that ended.
    package var opened: [AllocationKind: UInt64] = [:]
    package var closed: [AllocationKind: UInt64] = [:]
    package var lifetimes = Lifetimes()
    /// Requests whose signature and nonce were good.
    package var authenticated: UInt64 = 0
    package var retransmittedAllocates: UInt64 = 0
    package var deletedByClient: UInt64 = 0
    package var expired: UInt64 = 0
    package var killed: UInt64 = 0
    package var revoked: UInt64 = 0
    package var evicted: UInt64 = 0
    package var tooOld: UInt64 = 0
    package var streamsClosed: UInt64 = 0
    package var permissionsInstalled: UInt64 = 0
    package var permissionsExpired: UInt64 = 0
    package var permissionsCut: UInt64 = 0
    package var channelsBound: UInt64 = 0
    package var channelsExpired: UInt64 = 0
    /// Connections with peers that a Connect request made.
    package var connectionsMade: UInt64 = 0
    /// Connections that peers made and a permission let in.
    package var connectionsAccepted: UInt64 = 0
    package var connectionsBound: UInt64 = 0
    /// No ConnectionBind came in time.
    package var connectionsUnbound: UInt64 = 0
    /// Connects that failed or took too long.
    package var connectsFailed: UInt64 = 0
    /// Cut because a reload denies the peer.
    package var connectionsCut: UInt64 = 0
    /// Incoming ones closed at once: no permission, or a denied peer (RFC 6062 §5.3).
    package var connectionsNotPermitted: UInt64 = 0
    /// Incoming ones closed at once: a limit was reached.
    package var connectionsOverLimit: UInt64 = 0
    package var icmpReported: UInt64 = 0
    package var relayBindFailures: UInt64 = 0

    package var error400: UInt64 = 0
    package var error401: UInt64 = 0
    package var error403: UInt64 = 0
    package var error420: UInt64 = 0
    package var error437: UInt64 = 0
    package var error438: UInt64 = 0
    package var error440: UInt64 = 0
    package var error441: UInt64 = 0
    package var error442: UInt64 = 0
    package var error443: UInt64 = 0
    package var error446: UInt64 = 0
    package var error447: UInt64 = 0
    package var error486: UInt64 = 0
    package var error500: UInt64 = 0
    package var error508: UInt64 = 0

    /// By code and cause, without the ordinary first 401 of every client.
    package var refusals: [Refusal: UInt64] = [:]

    /// Peers that were asked for and denied (403), by class.
    package var deniedPeers: [PeerClass: UInt64] = [:]

    /// Damaged header or attributes (RFC 8489 §6.3).
    package var droppedMalformed: UInt64 = 0
    /// A method or class that a server does not take.
    package var droppedUnexpected: UInt64 = 0
    package var droppedIndications: UInt64 = 0
    package var droppedDisabled: UInt64 = 0
    /// The budget of unauthenticated bytes was spent.
    package var droppedBudget: UInt64 = 0
    package var droppedFingerprint: UInt64 = 0
    package var droppedICMP: UInt64 = 0
    /// From an own relay address (RFC 8656 §21.1.7).
    package var droppedLoop: UInt64 = 0

    package init() {}
}
