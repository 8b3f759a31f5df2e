package import Primitives

/// A connection test that somebody sent in, read and cleaned.
package struct KeptReport: Hashable, Sendable {
    /// Counts up from 1.
    package let id: UInt64
    package let unixSeconds: UInt64
    /// Nil behind a proxy that does not say whom it speaks for.
    package let client: IPAddress?
    /// Nil where nobody says who they are.
    package let user: String?
    package let content: ConnectionReport
}

/// The newest reports, in memory and nowhere else. At the bound the oldest goes.
package struct ReportShelf: Sendable {
    /// At 32 KiB each they take 2 MiB at most.
    package static let countMax = 64

    /// The oldest first.
    package private(set) var kept: [KeptReport] = []
    private var lastID: UInt64 = 0

    package init() {}

    /// How many were given up for newer ones.
    package var forgotten: UInt64 { lastID - UInt64(kept.count) }

    package subscript(id: UInt64) -> KeptReport? { kept.first { $0.id == id } }

    /// Keeps a report and returns its id.
    package mutating func keep(
        _ content: ConnectionReport, from client: IPAddress?, user: String?, at now: Now
    ) -> UInt64 {
        lastID += 1
        if kept.count == Self.countMax { kept.removeFirst() }
        kept.append(
            KeptReport(
                id: lastID, unixSeconds: now.unixSeconds, client: client, user: user,
                content: content))
        return lastID
    }
}
