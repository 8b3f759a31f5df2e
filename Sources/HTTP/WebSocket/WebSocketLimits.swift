package import Primitives

/// The bounds of one WebSocket; what lies beyond ends it.
package struct WebSocketLimits: Hashable, Sendable {
    /// Larger messages end it with 1009. A session description with all its candidates is far
    /// below 64 KiB, which also is what one read of a driver takes.
    package var messageBytesMax = 65_536
    /// What a sender of larger ones is told; a protocol above may have a code of its own.
    package var tooBigCode = WebSocketCloseCode.messageTooBig
    /// Frames of one message; more end it with 1008. Empty frames cost a sender two bytes and
    /// never end, so the bytes alone are no bound.
    package var messageFramesMax = 1_024
    /// Without a byte from the peer for so long it is asked with a Ping. Below the minute after
    /// which common proxies and address translators forget a connection.
    package var pingSeconds = Seconds(30)
    /// For any byte to come after the Ping.
    package var pongSeconds = Seconds(15)
    /// Beyond so many bytes that were sent and have not left, nothing is read from the peer.
    package var pauseBytes = 65_536
    /// Beyond so many of them no message is taken: what a pause allows, and the answers to a
    /// message and to what one read of 64 KiB brought behind it, as large as they.
    package var outputBytesMax = 262_144
    /// What a peer is told that reads too slowly. RFC 6455 §7.4.1 has no code for it; 1013 asks to
    /// come again later.
    package var slowCode = WebSocketCloseCode.tryAgainLater
    /// For the peer to confirm a close, and for the last bytes to leave.
    package var closeSeconds = Seconds(5)
    /// For the peer to take note that this side closes, while what it sends is discarded.
    package var lingerSeconds = Seconds(2)
    /// How much of that; a round trip's worth of a fast link.
    package var lingerBytesMax = 1_048_576

    package init() {}
}
