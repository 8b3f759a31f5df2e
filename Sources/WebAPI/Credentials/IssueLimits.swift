import Primitives
import Signaling

/// How often credentials are issued: bounded for each key, and for each user within a key.
struct IssueLimits: Sendable {
    struct User: Hashable, Sendable {
        /// Nil for whoever came with a token of their own.
        let key: String?
        let user: String
    }

    /// 60 tokens flow in a minute, and as many may be saved.
    private static let rate = TokenRate(perSecond: 1, burst: 60)
    /// 60 issues a minute.
    private static let keyCost: UInt64 = 1
    /// 6 issues a minute.
    private static let userCost: UInt64 = 10

    private var keys = BucketTable<String>(rate: rate)
    private var users = BucketTable<User>(rate: rate)

    /// Nil when one more may be issued, which is then counted; else the seconds to wait.
    mutating func take(key: String, user: String?, at now: MonotonicTime) -> Int? {
        guard keys.has(Self.keyCost, key, at: now) else { return Int(Self.keyCost) }
        if let user, !users.take(Self.userCost, User(key: key, user: user), at: now) {
            return Int(Self.userCost)
        }
        return keys.take(Self.keyCost, key, at: now) ? nil : Int(Self.keyCost)
    }

    /// The same for a user who asks with a token.
    mutating func take(bearer user: UserID, at now: MonotonicTime) -> Int? {
        users.take(Self.userCost, User(key: nil, user: user.text), at: now)
            ? nil : Int(Self.userCost)
    }
}

/// Token buckets of many owners, forgotten once they are full again.
struct BucketTable<Owner: Hashable & Sendable>: Sendable {
    /// Beyond it strangers are refused until buckets are full again. Far above what the bound of
    /// keys lets in: 64 keys with 120 users a minute each.
    static var countMax: Int { 16_384 }
    private static var sweepsFrom: Int { 512 }

    private let rate: TokenRate
    private var buckets: [Owner: TokenBucket] = [:]
    /// At this count the full ones go; twice what was left, so that a sweep costs each owner once.
    private var sweepsAt = sweepsFrom

    var count: Int { buckets.count }

    init(rate: TokenRate) { self.rate = rate }

    func has(_ amount: UInt64, _ owner: Owner, at now: MonotonicTime) -> Bool {
        (buckets[owner] ?? TokenBucket(rate)).available(at: now) >= amount
    }

    /// Whether this owner has taken nothing, as far as is known.
    func isFull(_ owner: Owner, at now: MonotonicTime) -> Bool {
        buckets[owner]?.isFull(at: now) ?? true
    }

    mutating func take(_ amount: UInt64, _ owner: Owner, at now: MonotonicTime) -> Bool {
        if buckets[owner] == nil {
            if buckets.count >= sweepsAt { sweep(at: now) }
            guard buckets.count < Self.countMax else { return false }
        }
        return buckets[owner, default: TokenBucket(rate)].take(amount, at: now)
    }

    private mutating func sweep(at now: MonotonicTime) {
        buckets = buckets.filter { !$0.value.isFull(at: now) }
        sweepsAt = min(max(Self.sweepsFrom, 2 * buckets.count), Self.countMax)
    }
}
