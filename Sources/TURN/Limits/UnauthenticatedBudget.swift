package import Primitives

/// What may be sent to somebody who has proven nothing.
package enum UnauthenticatedAnswer: Sendable, Hashable {
    case full
    /// The answer without anything optional.
    case short
    case silence
}

/// Keeps the server useless as an amplifier: what it answers to sources that may be forged is
/// bounded by what they send (design ruling on the unauthenticated budget).
///
/// Over any second: bytes out <= floor + factor x bytes in, each with IP and UDP headers. Up to
/// `factor` times its own size a request pays for its answer itself. The rest comes from the
/// floor, which no prefix (/24, /48) may use beyond its fair share while others want it too.
/// A value of fixed size, one for each worker with its part of the floor.
package struct UnauthenticatedBudget: Sendable {
    private let factor: UInt64
    /// Bytes of floor per second.
    private let floor: UInt64
    private var pool: TokenBucket
    /// For each hashed prefix: the second it was last seen in (upper half), and the bytes of
    /// floor it used in that second (lower half).
    private var prefixes: [UInt64]
    private let seed: (UInt64, UInt64)
    private var second: UInt32 = .max
    /// Prefixes that used floor in this second and in the one before.
    private var activeNow: UInt64 = 0
    private var activeBefore: UInt64 = 0
    package private(set) var counts = Counts()

    /// What happened so far, in answers and bytes.
    package struct Counts: Sendable, Hashable {
        package var full: UInt64 = 0
        package var short: UInt64 = 0
        package var silent: UInt64 = 0
        package var bytesIn: UInt64 = 0
        package var bytesOut: UInt64 = 0
    }

    /// Prefixes told apart: 32 KiB for each worker; two that collide share one part.
    private static let prefixCount = 4096
    /// A part of the floor for bursts: the bucket holds this much of a second and fills with the
    /// rest, so that no second, wherever it begins, gets more than the floor.
    private static let burstShare: UInt64 = 4

    /// `floorBitsPerSecond` is for the whole server and split evenly over `workers`; `factor` is
    /// at least 0. `seed` keeps the hash secret, so that nobody aims at another's prefix.
    package init(
        floorBitsPerSecond: UInt64 = 1_000_000, factor: Int = 4, workers: Int = 1,
        seed: (UInt64, UInt64)
    ) {
        self.factor = UInt64(max(factor, 0))
        floor = floorBitsPerSecond / 8 / UInt64(max(workers, 1))
        let burst = floor / Self.burstShare
        // A floor of nothing must not become `TokenRate.unlimited`.
        pool = TokenBucket(TokenRate(perSecond: max(floor - burst, 1), burst: burst))
        prefixes = Array(repeating: 0, count: Self.prefixCount)
        self.seed = seed
    }

    /// Decides how to answer a request, and books it. Sizes are those of the UDP payload;
    /// `short` is at most `full`.
    package mutating func admit(
        request: Int, full: Int, short: Int, from source: IPAddress, at now: MonotonicTime
    ) -> UnauthenticatedAnswer {
        // IPv4 20 or IPv6 40, and UDP 8.
        let headers: UInt64 = source.family == .ipv4 ? 28 : 48
        let bytesIn = UInt64(request) + headers
        counts.bytesIn += bytesIn
        turnSecond(now)
        let slot = slot(of: source)
        if take(UInt64(full) + headers, for: bytesIn, slot, now) {
            counts.full += 1
            return .full
        }
        if short < full, take(UInt64(short) + headers, for: bytesIn, slot, now) {
            counts.short += 1
            return .short
        }
        counts.silent += 1
        return .silence
    }

    private mutating func take(
        _ bytesOut: UInt64, for bytesIn: UInt64, _ slot: Int, _ now: MonotonicTime
    ) -> Bool {
        let paid = bytesIn * factor
        if bytesOut > paid {
            guard takeFloor(bytesOut - paid, slot, now) else { return false }
        }
        counts.bytesOut += bytesOut
        return true
    }

    private mutating func takeFloor(
        _ bytes: UInt64, _ slot: Int, _ now: MonotonicTime
    ) -> Bool {
        let known = prefixes[slot] >> 32 == UInt64(second)
        let used = known ? prefixes[slot] & 0xffff_ffff : 0
        let active = max(activeBefore, activeNow + (known ? 0 : 1), 1)
        guard used + bytes <= floor / active, pool.take(bytes, at: now) else { return false }
        if !known { activeNow += 1 }
        prefixes[slot] = UInt64(second) << 32 | min(used + bytes, 0xffff_ffff)
        return true
    }

    private mutating func turnSecond(_ now: MonotonicTime) {
        // The first second after the start is 1: 0 marks a prefix never seen.
        let current = UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000_000 &+ 1)
        guard current != second else { return }
        activeBefore = current == second &+ 1 ? activeNow : 0
        activeNow = 0
        second = current
    }

    /// Two rounds of folded multiplication with a secret seed over the /24 or /48.
    private func slot(of source: IPAddress) -> Int {
        let prefix =
            source.family == .ipv4
            ? UInt64(source.v4 >> 8) | 1 << 63 : source.high >> 16
        let first = (prefix ^ seed.0).multipliedFullWidth(by: seed.1 | 1)
        let mixed = first.high ^ first.low ^ seed.0
        let second = mixed.multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        return Int((second.high ^ second.low) % UInt64(Self.prefixCount))
    }
}
