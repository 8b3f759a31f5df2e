package import Primitives
import Synchronization

/// Users whom the operator has shut out, by quota key, each until some moment.
///
/// Workers ask on the control path, and compare `version` once a second to end what runs.
package final class RevocationList: Sendable {
    /// How many users it holds; at the bound the entry that ends soonest makes room.
    package let capacity: Int
    private let entries: Mutex<[String: MonotonicTime]>
    private let changes = Atomic<UInt64>(0)

    package init(capacity: Int = 4096) {
        self.capacity = max(capacity, 1)
        entries = Mutex([:])
    }

    /// Goes up with each revocation: a worker that sees a new value looks at its allocations.
    package var version: UInt64 { changes.load(ordering: .acquiring) }

    /// Shuts `user` out until `until`; a later call replaces an earlier one.
    package func revoke(_ user: String, until: MonotonicTime, at now: MonotonicTime) {
        entries.withLock { entries in
            if entries.count >= capacity, entries[user] == nil {
                entries = entries.filter { $0.value > now }
                if entries.count >= capacity,
                    let soonest = entries.min(by: { $0.value < $1.value })?.key
                {
                    entries[soonest] = nil
                }
            }
            entries[user] = until
        }
        changes.add(1, ordering: .releasing)
    }

    /// Lets `user` in again.
    package func pardon(_ user: String) { entries.withLock { $0[user] = nil } }

    /// The seconds that `user` stays shut out, rounded up; nil when free to enter.
    package func remaining(_ user: String, at now: MonotonicTime) -> UInt64? {
        entries.withLock { entries in
            guard !entries.isEmpty, let until = entries[user] else { return nil }
            guard until > now else {
                entries[user] = nil
                return nil
            }
            return (until.nanoseconds(since: now) + 999_999_999) / 1_000_000_000
        }
    }

    package var count: Int { entries.withLock { $0.count } }
}
