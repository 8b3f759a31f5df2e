package import Primitives

/// What a session may do how often (calls.md 2.4, 2.6).
package enum RateClass: Int, Hashable, Sendable, CaseIterable {
    /// 30 frames per second, 100 at once.
    case frames
    /// 10 per minute.
    case descriptions
    /// 100 per 10 s, which is also how candidates come: all at once.
    case candidates
    /// 6 per minute.
    case iceRefreshes
    /// 20 per minute; replaces a whole set each time.
    case presence

    /// Units that flow in per second, and that fit.
    var rate: TokenRate {
        switch self {
        case .frames: TokenRate(perSecond: 30, burst: 100)
        case .descriptions: TokenRate(perSecond: 1, burst: 60)
        case .candidates: TokenRate(perSecond: 10, burst: 100)
        case .iceRefreshes: TokenRate(perSecond: 1, burst: 60)
        case .presence: TokenRate(perSecond: 1, burst: 60)
        }
    }

    /// Units that one of them costs.
    var cost: UInt64 {
        switch self {
        case .frames, .candidates: 1
        case .descriptions: 6
        case .iceRefreshes: 10
        case .presence: 3
        }
    }

    private var perSecond: UInt64 {
        switch self {
        case .frames: 30
        case .candidates: 10
        case .descriptions, .iceRefreshes, .presence: 1
        }
    }

    func milliseconds(missing units: UInt64) -> Int64 {
        Int64(clamping: (units * 1000 + perSecond - 1) / perSecond)
    }
}

/// The buckets of one session. A class is only paid for once it is used.
package struct SessionRates: Sendable {
    private var frames = TokenBucket(RateClass.frames.rate)
    private var others: [(kind: RateClass, bucket: TokenBucket)] = []

    package init() {}

    /// Nil when it was taken, else the milliseconds after which it can be.
    package mutating func take(_ kind: RateClass, at now: MonotonicTime) -> Int64? {
        if kind == .frames { return Self.take(kind, from: &frames, at: now) }
        if let index = others.firstIndex(where: { $0.kind == kind }) {
            return Self.take(kind, from: &others[index].bucket, at: now)
        }
        others.append((kind, TokenBucket(kind.rate)))
        return Self.take(kind, from: &others[others.count - 1].bucket, at: now)
    }

    private static func take(
        _ kind: RateClass, from bucket: inout TokenBucket, at now: MonotonicTime
    ) -> Int64? {
        if bucket.take(kind.cost, at: now) { return nil }
        let available = bucket.available(at: now)
        return kind.milliseconds(missing: max(kind.cost, available + 1) - available)
    }
}
