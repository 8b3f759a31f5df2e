import Crypto
import LinuxIO
import Primitives
import Reception
import TURN

/// A stream of STUN messages on its way to the worker that will serve it: from the door, or from
/// a worker that found a ConnectionBind for another one's connection (RFC 6062 §5.4).
///
/// Whoever holds the parcel owns the socket. Nothing is written to it that is still unsent.
struct StreamParcel: Sendable {
    var socket: TCPHandle
    /// Established; nil for plain TCP.
    var session: TLSSession?
    /// As the client is known: behind a proxy not the address of the connection.
    var client: TransportAddress
    /// The number for TCP or that for TLS of the endpoint the client came by.
    var listener: ListenerID
    /// What the client sent and nobody has looked at, decrypted; begins with a STUN message. More
    /// may wait in the socket without a new notice of it.
    var unread: [UInt8]
    /// Given back when the connection is closed and this reference dropped.
    var place: ConnectionPlace

    var tuple: FiveTuple { FiveTuple(client: client, listener: listener) }
}
