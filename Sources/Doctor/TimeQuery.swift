/// One question to a time server, and what its answer says (RFC 5905 §7.3, §14: a client that keeps
/// no state).
package struct TimeQuery: Sendable, Hashable {
    /// When it leaves, in milliseconds since 1970 by this machine's clock.
    package let sentMilliseconds: Int64

    private static let bytesMin = 48
    /// From 1900 to 1970 (RFC 5905 §6).
    private static let eraSeconds: UInt64 = 2_208_988_800

    package init(sentMilliseconds: Int64) { self.sentMilliseconds = sentMilliseconds }

    /// A client's packet of version 4; the transmit time comes back as the origin.
    package var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.bytesMin)
        bytes[0] = 0x23
        let stamp = Self.stamp(sentMilliseconds)
        for index in 0..<8 {
            bytes[40 + index] = UInt8(truncatingIfNeeded: stamp >> (56 - 8 * index))
        }
        return bytes
    }

    /// How far the server's clock is ahead, and the way there and back; nil when the bytes are no
    /// answer to this question.
    package func answer(
        _ bytes: [UInt8], receivedMilliseconds: Int64
    ) -> (aheadMilliseconds: Int64, roundTripMilliseconds: Int64)? {
        // Mode 4 is a server's; stratum 0 is a refusal (RFC 5905 §7.4).
        guard bytes.count >= Self.bytesMin, bytes[0] & 7 == 4, bytes[1] > 0,
            Self.read(bytes, 24) == Self.stamp(sentMilliseconds)
        else { return nil }
        let arrived = Self.milliseconds(Self.read(bytes, 32), near: receivedMilliseconds)
        let left = Self.milliseconds(Self.read(bytes, 40), near: receivedMilliseconds)
        let ahead = (arrived &- sentMilliseconds &+ left &- receivedMilliseconds) / 2
        let roundTrip = (receivedMilliseconds &- sentMilliseconds) &- (left &- arrived)
        return (ahead, max(0, roundTrip))
    }

    /// Seconds since 1900, cut to 32 bits, and a fraction.
    private static func stamp(_ milliseconds: Int64) -> UInt64 {
        let time = UInt64(clamping: milliseconds)
        let seconds = (time / 1_000 + eraSeconds) & 0xFFFF_FFFF
        return seconds << 32 | ((time % 1_000) << 32) / 1_000
    }

    /// The moment with this stamp that is nearest to another: the seconds wrap in 2036.
    private static func milliseconds(_ stamp: UInt64, near other: Int64) -> Int64 {
        let difference = Int32(
            truncatingIfNeeded: Int64(stamp >> 32) - Int64(Self.stamp(other) >> 32))
        let fraction = Int64(((stamp & 0xFFFF_FFFF) * 1_000) >> 32)
        return (other / 1_000 &+ Int64(difference)) &* 1_000 &+ fraction
    }

    private static func read(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
