import HTTP
import Primitives

/// Tells the holder of the admin token from everybody else, and bounds how often one may guess.
///
/// Ten wrong tokens at once from one network, then one in half a minute; a thousand from all of
/// them together, then ten in a second, which takes hundreds of networks to use up. Whoever has
/// used that up is refused before the token is looked at: else the refusal itself would say which
/// one was right. A network that showed the right token lately is not held up by the guesses of
/// others.
package struct AdminGate: Sendable {
    package enum Verdict: Hashable, Sendable {
        case admitted
        /// Nothing was shown.
        case nameless
        /// Another token, or none that can be read. `isFirst`: of this network, as far as is known.
        case wrong(isFirst: Bool)
        /// `isFirst`: the network has not been refused in this way since it last had a guess left.
        case tooMany(retrySeconds: Int, isFirst: Bool)
        /// Others have guessed too often. `isFirst`: in this minute.
        case tooManyInAll(retrySeconds: Int, isFirst: Bool)
    }

    private static let rate = TokenRate(perSecond: 1, burst: 300)
    static let networkCost: UInt64 = 30
    static let totalMax: UInt64 = 1000
    private static let totalRetrySeconds = 1
    /// Networks of administrators that are remembered, and for how long.
    static let knownMax = 64
    static let knownFor = Seconds(86_400)

    /// How many were refused, for `/metrics`: after they were looked at, and unseen.
    private(set) var wrong: UInt64 = 0
    private(set) var held: UInt64 = 0
    private var networks = BucketTable<IPAddress>(rate: rate)
    private var total = TokenBucket(TokenRate(perSecond: 10, burst: totalMax))
    private var totalToldUntil = MonotonicTime(nanoseconds: 0)
    private var known: [IPAddress: MonotonicTime] = [:]
    /// Networks whose refusal was told; emptied when it is full, which costs a few lines of a log.
    private var told: Set<IPAddress> = []

    /// `isRight`: compares a token with those that are configured, in constant time.
    mutating func judge(
        _ request: HTTPRequest, from client: IPAddress?, at now: MonotonicTime,
        isRight: (String) -> Bool
    ) -> Verdict {
        guard !request.fields.values("authorization").isEmpty else { return .nameless }
        let network = client?.householdNetwork
        if let refusal = refusal(network, at: now) {
            held += 1
            return refusal
        }
        if let shown = PresentedKey(bearer: request), isRight(shown.key) {
            if let network { remember(network, at: now) }
            return .admitted
        }
        wrong += 1
        let isFirst = network.map { networks.isFull($0, at: now) } ?? true
        if let network {
            told.remove(network)
            _ = networks.take(Self.networkCost, network, at: now)
        }
        _ = total.take(1, at: now)
        return .wrong(isFirst: isFirst)
    }

    /// Nil when there is a guess left.
    private mutating func refusal(_ network: IPAddress?, at now: MonotonicTime) -> Verdict? {
        if let network {
            guard networks.has(Self.networkCost, network, at: now) else {
                return .tooMany(retrySeconds: Int(Self.networkCost), isFirst: tell(network))
            }
            if let seen = known[network], seen + Self.knownFor > now { return nil }
        }
        guard total.available(at: now) == 0 else { return nil }
        let isFirst = totalToldUntil <= now
        if isFirst { totalToldUntil = now + Seconds(60) }
        return .tooManyInAll(retrySeconds: Self.totalRetrySeconds, isFirst: isFirst)
    }

    private mutating func remember(_ network: IPAddress, at now: MonotonicTime) {
        if known[network] == nil, known.count >= Self.knownMax,
            let oldest = known.min(by: { $0.value < $1.value })
        {
            known[oldest.key] = nil
        }
        known[network] = now
    }

    private mutating func tell(_ network: IPAddress) -> Bool {
        if told.count >= BucketTable<IPAddress>.countMax { told = [] }
        return told.insert(network).inserted
    }
}

extension IPAddress {
    /// What one customer of a provider has: an address of IPv4, a /64 of IPv6.
    var householdNetwork: IPAddress {
        guard family == .ipv6 else { return self }
        return AddressRange(self, prefix: 64)?.lower ?? self
    }
}
