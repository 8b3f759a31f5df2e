package import Primitives

/// Bandwidth limits: of the allocation, of its user, of the server.
extension Forwarder {
    /// Below this many bytes a lease asks for more: about one batch of video packets.
    package static var leaseLow: UInt64 { 128 * 1024 }

    /// Switches the shared limits on or off; they hold for allocations installed afterwards.
    package mutating func setSharedLimits(perUser: Bool, total: Bool) {
        limitsUsers = perUser
        limitsTotal = total
    }

    /// Adds bytes that the worker fetched from a shared bucket.
    package mutating func grant(_ bytes: UInt64, to request: LeaseRequest) {
        if let user = request.user {
            guard leases.holds(user) else { return }
            Self.grant(bytes, request.isDown, &leases.base[Int(user)])
        } else {
            Self.grant(bytes, request.isDown, &totalLease)
        }
    }

    /// Asks for what a new allocation needs, so that its first packets find something.
    mutating func askEverything(for user: UInt32) {
        for isDown in [false, true] {
            if limitsUsers {
                let lease = leases.base + Int(user)
                ask(&lease.pointee, isDown, user)
            }
            if limitsTotal {
                var lease = totalLease
                ask(&lease, isDown, nil)
                totalLease = lease
            }
        }
    }

    private static func grant(_ bytes: UInt64, _ isDown: Bool, _ lease: inout Lease) {
        if isDown {
            lease.down &+= bytes
            lease.asksDown = false
        } else {
            lease.up &+= bytes
            lease.asksUp = false
        }
    }

    /// Whether `bytes` of an allocation fit into every limit; takes them if so.
    @inline(__always)
    mutating func admit(
        _ bytes: UInt32, of record: UnsafeMutablePointer<AllocationRecord>, isDown: Bool,
        now: UInt64
    ) -> Bool {
        if record.pointee.meters != noIndex {
            let pair = meters.base + Int(record.pointee.meters)
            let fits =
                isDown
                ? pair.pointee.down.take(bytes, at: now) : pair.pointee.up.take(bytes, at: now)
            guard fits else { return false }
        }
        if record.pointee.user != noIndex, limitsUsers {
            let lease = leases.base + Int(record.pointee.user)
            let fits = lease.pointee.take(bytes, isDown: isDown)
            ask(&lease.pointee, isDown, record.pointee.user)
            guard fits else { return false }
        }
        guard limitsTotal else { return true }
        let fits = totalLease.take(bytes, isDown: isDown)
        // A copy out and back: the lease and the list of requests belong to the same value.
        var lease = totalLease
        ask(&lease, isDown, nil)
        totalLease = lease
        return fits
    }

    /// Reserves bytes to be read from a stream between client and peer (RFC 6062): as many as the
    /// limits leave now, at most `max`; 0 when the reader has to wait. What was not read is given
    /// back by `release`.
    package mutating func reserve(
        _ max: UInt32, of allocation: UInt32, isDown: Bool, at now: MonotonicTime
    ) -> UInt32 {
        guard let record = live(allocation), record.pointee.isLimited else { return max }
        var wanted = max
        // A small limit admits small pieces; halving finds one in a few steps.
        while wanted >= Self.reserveMin {
            if admit(wanted, of: record, isDown: isDown, now: now.nanoseconds) { return wanted }
            wanted /= 2
        }
        return 0
    }

    /// Gives back reserved bytes.
    package mutating func release(_ bytes: UInt32, of allocation: UInt32, isDown: Bool) {
        guard bytes > 0, let record = live(allocation), record.pointee.isLimited else { return }
        if record.pointee.meters != noIndex {
            let pair = meters.base + Int(record.pointee.meters)
            if isDown {
                pair.pointee.down.tokens &+= UInt64(bytes)
            } else {
                pair.pointee.up.tokens &+= UInt64(bytes)
            }
        }
        if record.pointee.user != noIndex, limitsUsers {
            Self.give(UInt64(bytes), isDown, &leases.base[Int(record.pointee.user)])
        }
        if limitsTotal { Self.give(UInt64(bytes), isDown, &totalLease) }
    }

    /// Below this a read is not worth its system call.
    private static var reserveMin: UInt32 { 64 }

    private static func give(_ bytes: UInt64, _ isDown: Bool, _ lease: inout Lease) {
        if isDown { lease.down &+= bytes } else { lease.up &+= bytes }
    }

    @inline(__always)
    private mutating func ask(_ lease: inout Lease, _ isDown: Bool, _ user: UInt32?) {
        if isDown {
            guard !lease.asksDown, lease.down < Self.leaseLow else { return }
            lease.asksDown = leaseRequests.append(LeaseRequest(user: user, isDown: true))
        } else {
            guard !lease.asksUp, lease.up < Self.leaseLow else { return }
            lease.asksUp = leaseRequests.append(LeaseRequest(user: user, isDown: false))
        }
    }
}
