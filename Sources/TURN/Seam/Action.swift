package import Primitives

/// What the driver of a `Server` must do, in the order given.
package enum Action: Sendable {
    /// Send `server.outgoing[bytes]` to the client over the listener of its 5-tuple. The bytes
    /// stay valid until `nextAction()` returned nil.
    case send(to: FiveTuple, bytes: Range<Int>)
    /// Bind a UDP socket, or a TCP socket that listens, then call `relayOpened` or `relayFailed`
    /// before the next `nextAction()`. What comes in over TCP is for `peerAccepted`.
    case openRelay(RelayID, local: IPAddress, port: UInt16, transport: RelayTransport)
    case closeRelay(RelayID)
    /// Start a connection from the relayed transport address, answered by `peerConnected` or
    /// `peerFailed` at once or later; a `closeConnection` may come first.
    case connectPeer(ConnectionID, from: RelayID, to: TransportAddress)
    /// The client's stream and the peer's connection are one from now on (RFC 6062 §5.4): bytes
    /// that the peer sent before go to the client behind the response, which is the `send` just
    /// before; bytes that the client sent behind its request go to the peer. The driver reports
    /// the end of either by `connectionClosed`.
    case bindConnection(ConnectionID, client: FiveTuple)
    /// Close the socket towards the peer, and the client's stream if one is bound to it. Nothing
    /// is to be reported about this connection any more.
    case closeConnection(ConnectionID)
    /// Close a client's stream or DTLS session once what was queued for it is sent.
    case closeStream(FiveTuple)
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
    /// With `.tcp` the relays pass connections; no datagram may leave or enter through them.
    package var transport: RelayTransport
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
