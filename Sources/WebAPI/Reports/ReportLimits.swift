import Primitives

/// How often reports are taken: 6 an hour from one address (ruling 14), and 120 an hour in all, so
/// that many addresses do not push out what others sent.
struct ReportLimits: Sendable {
    private static let rate = TokenRate(perSecond: 1, burst: 3_600)
    private static let addressCost: UInt64 = 600
    private static let totalCost: UInt64 = 30

    private var addresses = BucketTable<IPAddress>(rate: rate)
    private var total = TokenBucket(rate)

    /// Nil when one more is taken, which is then counted; else the seconds to wait. A client of
    /// whom no address is known counts in all only.
    mutating func take(_ client: IPAddress?, at now: MonotonicTime) -> Int? {
        guard total.available(at: now) >= Self.totalCost else { return Int(Self.totalCost) }
        if let client, !addresses.take(Self.addressCost, client.householdNetwork, at: now) {
            return Int(Self.addressCost)
        }
        _ = total.take(Self.totalCost, at: now)
        return nil
    }
}
