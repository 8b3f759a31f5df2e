import Primitives
import Signaling

/// Credentials of guests, whose tokens name the calls they are for: an hour at most, and so many
/// for each call (ruling 13).
struct GuestLimits: Sendable {
    static let lifetimeMax = Seconds(3_600)
    /// 30 an hour for each call: both sides renew theirs well before the hour, and reload pages.
    private static let cost: UInt64 = 120
    private static let rate = TokenRate(perSecond: 1, burst: 3_600)

    private var calls = BucketTable<CallID>(rate: rate)

    /// Nil when one more may be issued for one of the calls, which is then counted; else the
    /// seconds to wait.
    mutating func take(_ allowed: Set<CallID>, at now: MonotonicTime) -> Int? {
        for call in allowed.sorted(by: { $0.text < $1.text })
        where calls.take(Self.cost, call, at: now) {
            return nil
        }
        return Int(Self.cost)
    }
}
