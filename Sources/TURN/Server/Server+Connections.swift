package import Primitives

// Connections between TCP relays and peers (RFC 6062 §5).
extension Server {
    /// A peer has connected to a TCP relay (RFC 6062 §5.3).
    ///
    /// - Parameter peer: where the connection comes from, as the socket says.
    /// - Returns: what to call the connection; nil: close it at once.
    package mutating func peerAccepted(
        _ relay: RelayID, from peer: TransportAddress, at now: Now
    ) -> ConnectionID? {
        self.now = now
        return nil
    }

    /// The connection that `.connectPeer` asked for is up.
    package mutating func peerConnected(_ connection: ConnectionID, at now: Now) {
        self.now = now
    }

    /// The connection that `.connectPeer` asked for could not be made; its socket is closed.
    package mutating func peerFailed(_ connection: ConnectionID, at now: Now) {
        self.now = now
    }

    /// Peer or client closed a connection and everything that could be passed on has been; the
    /// driver has closed its sockets.
    ///
    /// A peer that has sent its last byte before a client bound the connection is not closed yet:
    /// its bytes are still owed to the client (RFC 6062 §5.4).
    package mutating func connectionClosed(_ connection: ConnectionID, at now: Now) {
        self.now = now
    }

    /// A client's stream is gone, and its allocation with it (RFC 8656 §5).
    package mutating func streamClosed(_ client: FiveTuple, at now: Now) {
        self.now = now
    }

    /// The worker that knows a connection by the number clients know it by (CONNECTION-ID).
    package static func worker(ofConnection number: UInt32) -> WorkerID {
        WorkerID(index: UInt16(number >> 24))
    }
}
