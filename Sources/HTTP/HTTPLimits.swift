package import Primitives

/// The bounds of one connection; what lies beyond each is an `HTTPRefusal`.
package struct HTTPLimits: Hashable, Sendable {
    /// Method, target and version together. RFC 9112 §3 asks for at least 8,000.
    package var startLineBytesMax = 8_000
    /// The start line and all fields with their line ends: what common servers allow.
    package var headBytesMax = 16_384
    /// How many fields a head may have; a browser sends about 15.
    package var fieldCountMax = 64
    package var bodyBytesMax = 65_536
    /// How much of following requests may have come while one is answered: one read of a driver,
    /// which stops reading then.
    package var aheadBytesMax = 65_536
    /// From the first byte of a request to its last: bounds what a slow sender can hold.
    package var requestSeconds = Seconds(10)
    /// Between requests, before the connection is closed without a word.
    package var idleSeconds = Seconds(60)
    /// For the other side to take a response.
    package var sendSeconds = Seconds(10)

    package init() {}
}
