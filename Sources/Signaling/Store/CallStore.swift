package import Primitives

/// Which calls a list shows.
package struct CallFilter: Hashable, Sendable {
    /// Nil lists the calls of everybody.
    package var user: UserID?
    /// Empty lists all.
    package var statuses: Set<CallState.Status>
    package var limit: Int
    /// The last call of the page before.
    package var after: CallCursor?

    package init(
        user: UserID?, statuses: Set<CallState.Status> = [], limit: Int = 50,
        after: CallCursor? = nil
    ) {
        self.user = user
        self.statuses = statuses
        self.limit = limit
        self.after = after
    }
}

/// A place in the list of calls, which goes from the newest to the oldest.
package struct CallCursor: Hashable, Sendable, Comparable {
    /// Milliseconds since 1970.
    package var createdAt: Int64
    package var call: CallID

    package init(createdAt: Int64, call: CallID) {
        self.createdAt = createdAt
        self.call = call
    }

    init(_ call: Call) {
        self.init(createdAt: call.createdAt.unixMilliseconds, call: call.id)
    }

    package static func < (one: Self, other: Self) -> Bool {
        one.createdAt == other.createdAt
            ? one.call.text < other.call.text : one.createdAt > other.createdAt
    }

    /// As it stands in `next_cursor`.
    package var text: String { "\(createdAt)-\(call.text)" }

    package init?(_ text: String) {
        guard let mark = text.firstIndex(of: "-"), let time = Int64(text[..<mark]) else {
            return nil
        }
        self.init(createdAt: time, call: CallID(String(text[text.index(after: mark)...])))
    }
}

/// Where calls live between two events: here in memory; elsewhere when several daemons share them.
package protocol CallStore {
    /// Every call that is remembered, the ended ones too.
    var count: Int { get }
    var liveCount: Int { get }
    var all: [Call] { get }
    func call(_ id: CallID) -> Call?
    /// When the call has a timer next; nil when it has none, or there is no such call.
    func nextDeadline(of id: CallID) -> MonotonicTime?
    mutating func insert(_ call: Call)
    /// Changes one call in its place; nil when there is none.
    mutating func update<Answer>(_ id: CallID, _ change: (inout Call) -> Answer) -> Answer?
    mutating func remove(_ id: CallID)
    /// The calls in which the user sits or is rung, or that they opened; the ended ones too.
    func calls(of user: UserID) -> Set<CallID>
    /// From the newest to the oldest, one more than the limit when there are more.
    func list(_ filter: CallFilter) -> [Call]
}
