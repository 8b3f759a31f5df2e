import Primitives

/// Who has shown wrong tokens lately. A right one is never delayed (ruling 16).
struct FailedHellos: Sendable {
    private struct Record: Sendable {
        var count: Int
        var until: MonotonicTime
    }

    private var records: [IPAddress: Record] = [:]

    var count: Int { records.count }

    /// Counts one more failure and says for how many milliseconds its answer is held back: nothing
    /// for the first ones, then doubling from 100 ms to 8 s, so that it stays below the hello
    /// timeout.
    mutating func note(
        _ source: IPAddress?, _ settings: SignalingSettings, at now: MonotonicTime
    ) -> UInt64 {
        guard let source else { return 0 }
        if records.count >= settings.failedHelloAddressesMax, records[source] == nil {
            records = records.filter { $0.value.until > now }
            guard records.count < settings.failedHelloAddressesMax else { return 8000 }
        }
        var record = records[source] ?? Record(count: 0, until: now)
        if record.until <= now { record.count = 0 }
        record.count += 1
        record.until = now + settings.failedHelloWindow
        records[source] = record
        guard record.count < settings.failedHellosPerAddressMax else { return 8000 }
        let beyond = record.count - settings.failedHellosMax
        return beyond <= 0 ? 0 : min(100 << UInt64(min(beyond - 1, 7)), 8000)
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
