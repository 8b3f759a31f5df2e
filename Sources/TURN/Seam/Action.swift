package import Primitives

/// What the driver of a `Server` must do, in the order given.
package enum Action: Sendable {
    /// Send `server.outgoing[bytes]` to the client over the listener of its 5-tuple. The bytes
    /// stay valid until `nextAction()` returned nil.
    case send(to: FiveTuple, bytes: Range<Int>)
    /// Bind a UDP socket, then call `relayOpened` or `relayFailed` before the next `nextAction()`.
    case openRelay(RelayID, local: IPAddress, port: UInt16)
    case closeRelay(RelayID)
    case installAllocation(InstalledAllocation)
    /// The allocation with all its permissions and channels is gone. Its relays are closed by
    /// `closeRelay`, which follows.
    case removeAllocation(AllocationID)
    /// A family of a dual allocation was given up; permissions and channels of that family too.
    case removeFamily(AllocationID, AddressFamily)
    case setExpiry(AllocationID, MonotonicTime)
    /// Install or refresh. `own`: the peer is an address of this server, reachable only at live
    /// relay ports (hairpin).
    case installPermission(AllocationID, peer: IPAddress, expires: MonotonicTime, own: Bool)
    case removePermission(AllocationID, peer: IPAddress)
    /// Install or refresh. `own` as for a permission.
    case installChannel(
        AllocationID, channel: UInt16, peer: TransportAddress, expires: MonotonicTime, own: Bool)
    case removeChannel(AllocationID, channel: UInt16)
    /// Asks when the allocation last carried data; answer with `answerTraffic` before the next
    /// `nextAction()`.
    case queryTraffic(AllocationID)
    /// Something for the log; holds no secret.
    case event(Event)
}

/// Everything the forwarding side needs to know of a new allocation.
package struct InstalledAllocation: Sendable {
    package var id: AllocationID
    package var client: FiveTuple
    /// The relay of each family, nil where the client has none.
    package var relayV4: Relay?
    package var relayV6: Relay?
    package var expires: MonotonicTime
    /// Whose bytes it counts under.
    package var user: UserSlot
    /// Bytes of payload per second in each direction; 0: unlimited.
    package var bytesPerSecond: UInt64

    /// One relayed transport address.
    package struct Relay: Sendable, Hashable {
        package var id: RelayID
        /// What the socket is bound to.
        package var local: TransportAddress
        /// What clients and peers see (RFC 8656 §3: relayed transport address).
        package var advertised: TransportAddress
    }
}
