package import Primitives
import Synchronization

/// One user in the quota ledger: valid from `acquire` to the matching `release`. Its index is
/// also the user's bucket in `QuotaLedger.userBytes`.
package struct UserSlot: Hashable, Sendable {
    package let index: UInt32

    package init(_ index: UInt32) { self.index = index }

    init(_ index: Int) { self.index = UInt32(index) }
}

/// The answer to "may this user have one more allocation?".
package enum AllocationQuotaVerdict: Sendable, Hashable {
    case granted(UserSlot)
    /// RFC 8656 §7.2: 486 (Allocation Quota Reached).
    case userFull(used: Int, limit: Int)
    /// RFC 8656 §7.2: 508 (Insufficient Capacity).
    case serverFull(used: Int, limit: Int)
}

/// The answer to "may this user have more permissions?"; both refusals are 508 (RFC 8656 §9.2).
package enum PermissionQuotaVerdict: Sendable, Hashable {
    case granted
    case userFull(used: Int, limit: Int)
    /// New peers came faster than `newPermissionsPerSecond`: what a scan looks like.
    case tooFast(perSecond: Int)
}

/// The answer to "may this user have one more connection with a peer?" (RFC 6062).
package enum ConnectionQuotaVerdict: Sendable, Hashable {
    case granted
    /// 486, as for allocations: it is the user's share of the server that is used up.
    case userFull(used: Int, limit: Int)
    /// Connects came faster than `newPermissionsPerSecond`: what a port scan looks like. 508.
    case tooFast(perSecond: Int)
}

/// What all users hold, exactly, over all workers (design: share-nothing, with shared objects).
///
/// Control path only: one lock, held for a dictionary look-up. Bytes are counted elsewhere:
/// workers lease them from `userBytes` and `totalBytes` without the lock.
package final class QuotaLedger: Sendable {
    /// Bytes per second of each user in each direction; see `byteSlot`.
    package let userBytes: SharedTokenBuckets
    /// Bytes per second of the whole server: slot 0 from clients to peers, slot 1 the other way.
    package let totalBytes: SharedTokenBuckets
    private let state: Mutex<QuotaState>

    /// At most `usersMax` users hold allocations at the same time; the next one finds the
    /// server full.
    package init(limits: ServerSettings.Limits, usersMax: Int = 65_536) {
        userBytes = SharedTokenBuckets(
            count: usersMax * 2, rate: .bytes(perSecond: limits.bytesPerSecondPerUser))
        totalBytes = SharedTokenBuckets(
            count: 2, rate: .bytes(perSecond: limits.bytesPerSecondTotal))
        state = Mutex(QuotaState(limits: limits, usersMax: usersMax))
    }

    /// Counts one more allocation for `user`, the quota key of its credential.
    package func acquire(user: String) -> AllocationQuotaVerdict {
        let (verdict, isNew) = state.withLock { $0.acquire(user) }
        if isNew, case .granted(let slot) = verdict {
            userBytes.refill(Self.byteSlot(slot, isDown: false))
            userBytes.refill(Self.byteSlot(slot, isDown: true))
        }
        return verdict
    }

    /// The slot of `userBytes` for one direction: from the client (up), or to it (down).
    package static func byteSlot(_ user: UserSlot, isDown: Bool) -> Int {
        Int(user.index) * 2 + (isDown ? 1 : 0)
    }

    /// Gives one allocation back. Its permissions are given back by `releasePermissions` before.
    package func release(_ user: UserSlot) { state.withLock { $0.release(user) } }

    /// Counts `count` permissions for peers that had none; refreshing one costs nothing.
    package func acquirePermissions(
        _ user: UserSlot, count: Int, at now: MonotonicTime
    ) -> PermissionQuotaVerdict {
        state.withLock { $0.acquirePermissions(user, count, now) }
    }

    /// Counts one more connection with a peer.
    /// - Parameter isPaced: the client asked for it, so that the rate of new peers applies.
    package func acquireConnection(
        _ user: UserSlot, isPaced: Bool, at now: MonotonicTime
    ) -> ConnectionQuotaVerdict {
        state.withLock { $0.acquireConnection(user, isPaced: isPaced, now) }
    }

    /// Gives one connection back.
    package func releaseConnection(_ user: UserSlot) {
        state.withLock { $0.releaseConnection(user) }
    }

    /// Gives back permissions that expired, were cut, or ended with their allocation.
    package func releasePermissions(_ user: UserSlot, count: Int) {
        state.withLock { $0.releasePermissions(user, count) }
    }

    /// Takes over new limits. Who holds more than they allow keeps it and gets no more.
    package func apply(_ limits: ServerSettings.Limits) {
        state.withLock { $0.apply(limits) }
        userBytes.setRate(.bytes(perSecond: limits.bytesPerSecondPerUser))
        totalBytes.setRate(.bytes(perSecond: limits.bytesPerSecondTotal))
    }

    /// Where `user` is kept; nil when it is not known.
    package func slot(of user: String) -> UserSlot? {
        state.withLock { $0.slot(of: user) }
    }

    /// All allocations held now.
    package var allocations: Int { state.withLock { $0.allocations } }

    /// What `user` holds now.
    package func usage(of user: String) -> Usage {
        state.withLock { $0.usage(user) }
    }

    /// The users that hold most allocations, at most `limit` of them, largest first.
    package func largest(_ limit: Int) -> [(user: String, usage: Usage)] {
        state.withLock { $0.largest(limit) }
    }

    /// What one user holds.
    package struct Usage: Sendable, Hashable {
        package var allocations = 0
        package var permissions = 0
        package var connections = 0
    }
}

extension TokenRate {
    /// Bytes per second with a burst of one second, and never less than four datagrams of the
    /// largest size; 0 is no limit.
    package static func bytes(perSecond: UInt64) -> TokenRate {
        TokenRate(perSecond: perSecond, burst: max(perSecond, 4 * 65_535))
    }
}
