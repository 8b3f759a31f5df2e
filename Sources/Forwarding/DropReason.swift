/// Why a datagram was not forwarded; the raw value is the index of its counter and the name is
/// the metric's label.
package enum DropReason: Int, CaseIterable, Sendable {
    /// ChannelData from a client without an allocation.
    case noAllocation
    /// ChannelData on a number that is not bound, or bound no longer.
    case noChannel
    /// The peer has no live permission, in either direction.
    case noPermission
    /// Shorter than its header says, or no protocol we speak.
    case malformed
    /// A bandwidth limit of the allocation, its user or the server.
    case overLimit
    /// The peer is this server, at a port that is no live relayed transport address.
    case ownAddress
    /// The peer is of a family for which the allocation has no relay.
    case wrongFamily
    /// The send queue of a batch, or the ring to another worker, is full.
    case queueFull
    /// The kernel could not take it: full buffers, no route, too large.
    case notSent
    /// The datagram did not fit into a receive slot.
    case truncated
    /// The client behind a stream does not read what it is sent, or too slowly.
    case slowClient
}
