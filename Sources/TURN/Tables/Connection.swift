import Primitives
import STUN

/// One connection between a TCP relay and a peer (RFC 6062 §2), a link in its allocation's list.
struct Connection {
    enum State: UInt8 {
        case vacant
        /// Being made for a Connect request, which waits for its answer.
        case connecting
        /// Up; the client has not come for it yet.
        case pending
        /// One with a stream of the client.
        case bound
        /// Over. The index is not used again before all actions that name it have been taken.
        case closed
    }

    var state = State.vacant
    /// CONNECTION-ID: what clients call it.
    var number: UInt32 = 0
    var allocation = noIndex
    /// As peers are named to clients: a relay of ours by its advertised address.
    var peer = TransportAddress(IPAddress(v4: 0), 0)
    /// The peer came to us (RFC 6062 §5.3).
    var isIncoming = false
    /// When it ends unless its state changes; bound ones end with their allocation.
    var expires = MonotonicTime.never
    var born = MonotonicTime(nanoseconds: 0)
    /// The client's stream, once bound.
    var stream: FiveTuple?
    var next = noIndex

    // Of the Connect request, for its answer.
    var transaction = TransactionID(0)
    var fingerprint = false
    var key = SigningKey()
}
