/// A token bucket in bytes for one direction of one allocation; the burst is one second's worth.
struct Meter {
    var bytesPerSecond: UInt64
    var tokens: UInt64
    var refilled: UInt64

    init(bytesPerSecond: UInt64, at now: UInt64) {
        self.bytesPerSecond = bytesPerSecond
        tokens = bytesPerSecond
        refilled = now
    }

    /// Takes `bytes` if they are there. `now` is monotonic nanoseconds.
    @inline(__always)
    mutating func take(_ bytes: UInt32, at now: UInt64) -> Bool {
        if now > refilled {
            // A pause of a second or more fills the bucket; the product below cannot overflow
            // for rates under 2^34 bytes per second.
            let elapsed = min(now &- refilled, 1_000_000_000)
            let earned = elapsed &* min(bytesPerSecond, 1 << 34) / 1_000_000_000
            if earned > 0 {
                tokens = min(tokens &+ earned, bytesPerSecond)
                refilled = now
            }
        }
        guard tokens >= UInt64(bytes) else { return false }
        tokens &-= UInt64(bytes)
        return true
    }
}

/// The two directions count separately, as coturn's `max-bps` does.
struct MeterPair {
    var up: Meter
    var down: Meter
}
