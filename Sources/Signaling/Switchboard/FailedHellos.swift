import Primitives

/// Who has shown wrong tokens lately. A right one is never delayed (ruling 16).
///
/// Counted for each token of an address, so that one client with a stale token does not slow down
/// others behind the same NAT; whoever tries one token after the other meets the ceiling that the
/// address has as a whole.
struct FailedHellos: Sendable {
    private struct Key: Hashable, Sendable {
        var source: IPAddress
        /// The first bytes of the token's digest; nil for the address as a whole.
        var token: UInt64?
    }

    private struct Record: Sendable {
        var count: Int
        var until: MonotonicTime
    }

    private static let longestMilliseconds: UInt64 = 8000

    private var records: [Key: Record] = [:]
    private var isFullUntil = MonotonicTime(nanoseconds: 0)

    var count: Int { records.count }

    /// Counts one more failure and says for how many milliseconds its answer is held back: nothing
    /// for the first ones, then doubling from 100 ms to 8 s, so that it stays below the hello
    /// timeout.
    mutating func note(
        _ source: IPAddress?, token digest: [UInt8], _ settings: SignalingSettings,
        at now: MonotonicTime
    ) -> UInt64 {
        guard let source else { return 0 }
        guard let all = add(Key(source: source), settings, at: now),
            all < settings.failedHellosPerAddressMax
        else { return Self.longestMilliseconds }
        let token = digest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        guard let same = add(Key(source: source, token: token), settings, at: now) else {
            return Self.longestMilliseconds
        }
        let beyond = same - settings.failedHellosMax
        return beyond <= 0 ? 0 : min(100 << UInt64(min(beyond - 1, 7)), Self.longestMilliseconds)
    }

    /// The failures of `key` within the window; nil when there is no room to count them.
    private mutating func add(
        _ key: Key, _ settings: SignalingSettings, at now: MonotonicTime
    ) -> Int? {
        var record = records[key] ?? Record(count: 0, until: now)
        if record.count == 0, !makeRoom(settings, at: now) { return nil }
        if record.until <= now { record.count = 0 }
        record.count += 1
        record.until = now + settings.failedHelloWindow
        records[key] = record
        return record.count
    }

    /// Looks for what has lapsed once a minute at most: a full table must not cost more than an
    /// empty one.
    private mutating func makeRoom(_ settings: SignalingSettings, at now: MonotonicTime) -> Bool {
        guard records.count >= settings.failedHelloRecordsMax else { return true }
        guard isFullUntil <= now else { return false }
        isFullUntil = now + Seconds(60)
        records = records.filter { $0.value.until > now }
        return records.count < settings.failedHelloRecordsMax
    }
}

/// The last names of some kind, the oldest forgotten first.
struct RecentNames: Sendable {
    private let max: Int
    private var names: Set<SessionID> = []
    private var order: [SessionID] = []

    init(max: Int) { self.max = max }

    func contains(_ name: SessionID) -> Bool { names.contains(name) }

    mutating func insert(_ name: SessionID) {
        guard names.insert(name).inserted else { return }
        order.append(name)
        guard order.count >= 2 * max else { return }
        for old in order.prefix(order.count - max) { names.remove(old) }
        order.removeFirst(order.count - max)
    }
}

/// Which call each `Idempotency-Key` has made.
struct IdempotencyTable: Sendable {
    struct Key: Hashable, Sendable {
        var caller: String
        var text: String
    }

    /// Keys that are remembered; the oldest is forgotten first.
    static let max = 4096

    private var calls: [Key: CallID] = [:]
    private var order: [Key] = []

    subscript(key: Key) -> CallID? { calls[key] }

    mutating func insert(_ call: CallID, for key: Key) {
        if calls.updateValue(call, forKey: key) == nil { order.append(key) }
        if order.count > Self.max { calls[order.removeFirst()] = nil }
    }
}
