package import Primitives

/// The bounds of one WebSocket; what lies beyond ends it.
package struct WebSocketLimits: Hashable, Sendable {
    /// Larger messages end it with 1009. A session description with all its candidates is far
    /// below 64 KiB, which also is what one read of a driver takes.
    package var messageBytesMax = 65_536
    /// Frames of one message; more end it with 1008. Empty frames cost a sender two bytes and
    /// never end, so the bytes alone are no bound.
    package var messageFramesMax = 1_024
    /// Without a byte from the peer for so long it is asked with a Ping. Below the minute after
    /// which common proxies and address translators forget a connection.
    package var pingSeconds = Seconds(30)
    /// For any byte to come after the Ping.
    package var pongSeconds = Seconds(15)
    /// For the peer to confirm a close.
    package var closeSeconds = Seconds(5)

    package init() {}
}
