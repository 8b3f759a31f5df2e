/// What became of events and questions since the start.
struct HookCounters: Sendable, Hashable {
    /// Events that were answered with 2xx.
    var delivered: UInt64 = 0
    /// Tries beyond the first of an event.
    var retried: UInt64 = 0
    /// Events that the full queue had no room for: the oldest ones.
    var dropped: UInt64 = 0
    /// Events that were refused, or failed at their last try.
    var givenUp: UInt64 = 0
    /// Events that wait or are on their way now.
    var queued = 0
    /// The bytes of their bodies.
    var queuedBytes = 0
    /// Questions that were answered in time, with somebody or with nobody.
    var resolved: UInt64 = 0
    /// Questions that failed closed: no answer in time, or one that says nothing.
    var unresolved: UInt64 = 0
    /// Questions beyond the bound, which failed closed without being asked.
    var refused: UInt64 = 0
}
