package import Primitives

/// One kind of refusal: whom, what, why, and how often it came lately.
package struct RefusalReport: Codable, Hashable, Sendable {
    /// The client of the last one.
    package var client: TransportAddress
    /// `Allocate`, `Refresh`, ...
    package var method: String
    package var code: UInt16
    /// The human cause; never told to the client.
    package var cause: String
    /// The user name as the client sent it, proven or not; nil where it sent none.
    package var user: String?
    /// Whether the signature fits that user's key.
    package var proven: Bool
    /// How often, since the first.
    package var count: UInt64
    package var firstSecondsAgo: UInt64
    package var lastSecondsAgo: UInt64

    package init(
        client: TransportAddress, method: String, code: UInt16, cause: String, user: String?,
        proven: Bool, count: UInt64 = 1, firstSecondsAgo: UInt64 = 0, lastSecondsAgo: UInt64 = 0
    ) {
        self.client = client
        self.method = method
        self.code = code
        self.cause = cause
        self.user = user
        self.proven = proven
        self.count = count
        self.firstSecondsAgo = firstSecondsAgo
        self.lastSecondsAgo = lastSecondsAgo
    }
}

/// Refusals that matched a query, the last one first.
package struct RefusalList: Codable, Hashable, Sendable {
    package var matched: Int
    package var refusals: [RefusalReport]
    /// Refusals that were too many to look at, since the start.
    package var unseen: UInt64

    package init(matched: Int, refusals: [RefusalReport], unseen: UInt64 = 0) {
        self.matched = matched
        self.refusals = refusals
        self.unseen = unseen
    }
}

/// Which refusals to show; every member that is set must match.
package struct RefusalQuery: Hashable, Sendable {
    package static let limitDefault = 50
    package static let limitMax = RefusalBook.entriesMax

    package var user: String?
    package var client: EndpointPattern?
    package var code: UInt16?
    package var limit: Int

    package init(
        user: String? = nil, client: EndpointPattern? = nil, code: UInt16? = nil,
        limit: Int = Self.limitDefault
    ) {
        self.user = user
        self.client = client
        self.code = code
        self.limit = limit
    }

    func matches(_ report: RefusalReport) -> Bool {
        (user == nil || user == report.user || report.user?.contains(user ?? "") == true)
            && (code == nil || code == report.code)
            && (client.map { $0.matches(report.client) } ?? true)
    }
}

/// The refusals of late, for whoever asks why a client does not get through.
///
/// The same refusal of the same address and user is one entry with a count. Under a flood only so
/// many are looked at in a second; the others are counted together.
package struct RefusalBook: Sendable {
    package static let entriesMax = 256
    /// New ones that are looked at in one second.
    private static let perSecond = 200

    private struct Key: Hashable {
        var address: IPAddress
        var method: String
        var code: UInt16
        var cause: String
        var user: String?
    }

    private struct Entry {
        var report: RefusalReport
        var first: UInt64
        var last: UInt64
        /// Rises with each refusal: the order of the last ones.
        var order: UInt64
    }

    private var entries: [Key: Entry] = [:]
    private var order: UInt64 = 0
    private var second: UInt64 = 0
    private var seen = 0
    private var unseen: UInt64 = 0

    package init() {}

    /// Whether one more can be looked at in this second; counts it if not.
    package mutating func hasRoom(at unixSeconds: UInt64) -> Bool {
        if unixSeconds != second {
            second = unixSeconds
            seen = 0
        }
        guard seen < Self.perSecond else {
            unseen += 1
            return false
        }
        seen += 1
        return true
    }

    /// Events that nobody could keep.
    package mutating func lose(_ count: UInt64) { unseen += count }

    package mutating func note(_ report: RefusalReport, at unixSeconds: UInt64) {
        order += 1
        // What differs in numbers only, such as "expired 5 s ago", is one cause.
        let kind = String(report.cause.filter { !("0"..."9").contains($0) })
        let key = Key(
            address: report.client.ip, method: report.method, code: report.code, cause: kind,
            user: report.user)
        if var entry = entries[key] {
            let count = entry.report.count + 1
            entry.report = report
            entry.report.count = count
            entry.last = unixSeconds
            entry.order = order
            entries[key] = entry
            return
        }
        if entries.count >= Self.entriesMax,
            let oldest = entries.min(by: { $0.value.order < $1.value.order })?.key
        {
            entries[oldest] = nil
        }
        entries[key] = Entry(report: report, first: unixSeconds, last: unixSeconds, order: order)
    }

    package func list(_ query: RefusalQuery, at unixSeconds: UInt64) -> RefusalList {
        let found = entries.values.filter { query.matches($0.report) }
            .sorted { $0.order > $1.order }
        let shown = found.prefix(query.limit).map { entry in
            var report = entry.report
            report.firstSecondsAgo = unixSeconds > entry.first ? unixSeconds - entry.first : 0
            report.lastSecondsAgo = unixSeconds > entry.last ? unixSeconds - entry.last : 0
            return report
        }
        return RefusalList(matched: found.count, refusals: shown, unseen: unseen)
    }
}
