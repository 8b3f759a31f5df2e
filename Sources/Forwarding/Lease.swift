/// What this worker may still send for one user, or for the server, under a limit that all
/// workers share: bytes taken from the shared bucket in advance, for each direction.
///
/// The packet path only spends. When little is left it asks, once per batch at most; the worker
/// fetches more between batches (design: leased on the control path, never per packet).
struct Lease {
    var up: UInt64 = 0
    var down: UInt64 = 0
    var asksUp = false
    var asksDown = false

    /// Spends `bytes` of one direction; false when they are not there.
    @inline(__always)
    mutating func take(_ bytes: UInt32, isDown: Bool) -> Bool {
        if isDown {
            guard down >= UInt64(bytes) else { return false }
            down &-= UInt64(bytes)
        } else {
            guard up >= UInt64(bytes) else { return false }
            up &-= UInt64(bytes)
        }
        return true
    }
}

/// Asks the worker to fetch more bytes from a shared bucket.
package struct LeaseRequest: BitwiseCopyable, Equatable {
    /// `UserSlot.index`; nil stands for the whole server.
    package var user: UInt32?
    package var isDown: Bool
}
