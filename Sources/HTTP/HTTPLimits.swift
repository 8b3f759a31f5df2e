package import Primitives

/// The bounds of one connection; what lies beyond each is an `HTTPRefusal`.
package struct HTTPLimits: Hashable, Sendable {
    /// Method, target and version together. RFC 9112 §3 asks for at least 8,000.
    package var startLineBytesMax = 8_000
    /// One field, name and value; what common servers allow.
    package var fieldLineBytesMax = 8_192
    /// The start line and all fields with their line ends: what common servers allow.
    package var headBytesMax = 16_384
    /// How many fields a head may have; a browser sends about 15.
    package var fieldCountMax = 64
    package var bodyBytesMax = 65_536
    /// The size and the extensions of one chunk (RFC 9112 §7.1.1 demands a bound): 16 digits and
    /// room for extensions, which nobody is known to send.
    package var chunkLineBytesMax = 256
    /// All of a chunked body that is not content: sizes, extensions, line ends and trailers. A
    /// body of the largest size in chunks of seven bytes stays below.
    package var chunkOverheadBytesMax = 65_536
    /// How much of following requests may have come while one is answered: one read of a driver,
    /// which stops reading then.
    package var aheadBytesMax = 65_536
    /// How many requests a connection may carry; the last response says `close`. As nginx does.
    package var requestCountMax = 1_000
    /// From the first byte of a head to its last: bounds what a slow sender can hold.
    package var headSeconds = Seconds(10)
    /// From the end of a head to the end of its body: `bodyBytesMax` within it is a rate that
    /// every link has.
    package var bodySeconds = Seconds(20)
    /// Between requests, before the connection is closed without a word.
    package var idleSeconds = Seconds(60)
    /// For the other side to take a response, and its bytes at `sendBytesPerSecondMin` on top.
    package var sendSeconds = Seconds(10)
    /// 64 kbit/s, what a telephone still has at the edge of its network.
    package static let sendBytesPerSecondMin = 8_192
    /// For the other side to take note that this one closes, while what it sends is discarded.
    package var lingerSeconds = Seconds(2)
    /// How much of that; a round trip's worth of a fast link.
    package var lingerBytesMax = 1_048_576

    package init() {}
}
