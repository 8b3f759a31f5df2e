import Primitives
import STUN

// Permissions (RFC 8656 §9, §10).
extension Server {
    /// CreatePermission (RFC 8656 §10.2): every peer is installed, or none.
    mutating func receiveCreatePermission(
        _ request: borrowing StunMessage, from tuple: FiveTuple
    ) {
        counters.createPermissionRequests += 1
        guard let (index, proven) = proveOwner(of: request, from: tuple)
        else { return }
        var wanted = 0
        var added = 0
        var walk = request.peerAddresses
        do throws(MalformedAttribute) {
            while let peer = try walk.next() {
                wanted += 1
                guard wanted <= settings.limits.permissionsPerAllocation else {
                    refusePermissionLimit(request, from: tuple, proven)
                    return
                }
                guard let reach = judge(peer, index, request, from: tuple, proven, port: nil)
                else { return }
                _ = reach
                if findPermission(index, peer.ip) == nil { added += 1 }
            }
        } catch {
            refuse(request, .badRequest, .malformed("peer"), from: tuple, proven: proven)
            return
        }
        // RFC 8656 §10.2: at least one peer.
        guard wanted > 0 else {
            refuse(request, .badRequest, .malformed("no peer"), from: tuple, proven: proven)
            return
        }
        guard admitPermissions(added, index, request, from: tuple, proven) else { return }
        var install = request.peerAddresses
        var installed = 0
        while let peer = (try? install.next()) ?? nil {
            if permit(peer.ip, index) { installed += 1 }
        }
        // A peer named twice was counted twice.
        releaseQuota(index, permissions: added - installed)
        send(Reply(to: request, proven), to: tuple)
    }

    /// Whether an allocation may talk to a peer; if not, the request is answered.
    /// - Parameter port: the port of a channel, nil for a permission, which has none.
    mutating func judge(
        _ peer: TransportAddress, _ index: UInt32, _ request: borrowing StunMessage,
        from tuple: FiveTuple, _ proven: Proven, port: UInt16?
    ) -> PeerReach? {
        // RFC 8656 §10.2, §12.2: a peer of a family without relay.
        guard allocations[index].relay(peer.ip.family).exists else {
            refuse(
                request, .peerAddressFamilyMismatch, .familyMismatch, from: tuple, proven: proven)
            return nil
        }
        let canonical = CanonicalPeer(canonicalising: peer.ip)
        let verdict =
            if let port {
                settings.peerPolicy.judge(channel: canonical, port: port)
            } else {
                settings.peerPolicy.judge(permission: canonical)
            }
        switch verdict {
        case .allowed(let reach): return reach
        case .denied(let denial):
            counters.deniedPeers[denial.peerClass, default: 0] += 1
            refuse(request, .forbidden, .peerDenied(peer, denial), from: tuple, proven: proven)
            return nil
        }
    }

    /// Whether an allocation and its user may have `added` more permissions; if not, the request
    /// is answered (508: RFC 8656 §10.2).
    mutating func admitPermissions(
        _ added: Int, _ index: UInt32, _ request: borrowing StunMessage, from tuple: FiveTuple,
        _ proven: Proven
    ) -> Bool {
        guard added > 0 else { return true }
        let limits = settings.limits
        guard Int(allocations[index].permissionCount) + added <= limits.permissionsPerAllocation,
            permissions.room >= added
        else {
            refusePermissionLimit(request, from: tuple, proven)
            return false
        }
        let user = UserSlot(Int(allocations[index].user))
        let cause: RefusalCause
        switch shared.quotas.acquirePermissions(user, count: added, at: now.monotonic) {
        case .granted: return true
        case .userFull(_, let limit): cause = .permissionLimit(limit)
        case .tooFast(let rate): cause = .permissionRate(perSecond: rate)
        }
        refuse(request, .insufficientCapacity, cause, from: tuple, proven: proven)
        return false
    }

    private mutating func refusePermissionLimit(
        _ request: borrowing StunMessage, from tuple: FiveTuple, _ proven: Proven
    ) {
        refuse(
            request, .insufficientCapacity,
            .permissionLimit(settings.limits.permissionsPerAllocation), from: tuple,
            proven: proven)
    }

    /// Installs or refreshes a permission that has been admitted (RFC 8656 §9); true when it is
    /// new.
    @discardableResult
    mutating func permit(_ peer: IPAddress, _ index: UInt32) -> Bool {
        let expires = now.monotonic + settings.lifetimes.permission
        let known = findPermission(index, peer)
        let isOwn = isOwn(peer)
        if let known {
            permissions[known].expires = expires
            permissions[known].isOwn = isOwn
        } else {
            let first = allocations[index].firstPermission
            let permission = Permission(peer: peer, expires: expires, next: first, isOwn: isOwn)
            guard let link = permissions.insert(permission) else { return false }
            allocations[index].firstPermission = link
            allocations[index].permissionCount += 1
            counters.permissionsInstalled += 1
            wake(index, by: expires)
        }
        // With a TCP relay nobody forwards datagrams; connections ask here.
        if allocations[index].transport == .udp {
            actions.push(
                .installPermission(
                    AllocationID(index: index), peer: peer, expires: expires, own: isOwn))
        }
        return known == nil
    }

    /// Whether a peer is an address of this server, where live relay ports come first or only.
    func isOwn(_ peer: IPAddress) -> Bool {
        let canonical = CanonicalPeer(canonicalising: peer)
        switch settings.peerPolicy.judge(permission: canonical) {
        case .allowed(.hairpin), .allowed(.hairpinOrNetwork): return true
        case .allowed(.network), .denied: return false
        }
    }

    func findPermission(_ index: UInt32, _ peer: IPAddress) -> UInt32? {
        var link = allocations[index].firstPermission
        while link != noIndex {
            if permissions[link].peer == peer { return link }
            link = permissions[link].next
        }
        return nil
    }

    mutating func expirePermissions(_ index: UInt32) {
        let time = now.monotonic
        counters.permissionsExpired += UInt64(
            removePermissions(index) { $0.expires <= time })
    }

    /// Removes the permissions that match; returns how many.
    @discardableResult
    mutating func removePermissions(
        _ index: UInt32, where matches: (Permission) -> Bool
    ) -> Int {
        var removed = 0
        var previous = noIndex
        var link = allocations[index].firstPermission
        while link != noIndex {
            let next = permissions[link].next
            if matches(permissions[link]) {
                if allocations[index].transport == .udp {
                    actions.push(
                        .removePermission(AllocationID(index: index), peer: permissions[link].peer))
                }
                unlinkPermission(index, after: previous, link)
                removed += 1
            } else {
                previous = link
            }
            link = next
        }
        releaseQuota(index, permissions: removed)
        return removed
    }

    /// Frees all permissions of an allocation that ends.
    mutating func dropPermissions(_ index: UInt32) {
        let count = Int(allocations[index].permissionCount)
        while allocations[index].firstPermission != noIndex {
            unlinkPermission(index, after: noIndex, allocations[index].firstPermission)
        }
        releaseQuota(index, permissions: count)
    }

    private func releaseQuota(_ index: UInt32, permissions count: Int) {
        guard count > 0 else { return }
        shared.quotas.releasePermissions(
            UserSlot(Int(allocations[index].user)), count: count)
    }

    mutating func unlinkPermission(_ index: UInt32, after previous: UInt32, _ link: UInt32) {
        let next = permissions[link].next
        if previous == noIndex {
            allocations[index].firstPermission = next
        } else {
            permissions[previous].next = next
        }
        permissions.remove(link)
        allocations[index].permissionCount -= 1
        if allocations[index].permissionCount == 0 { allocations[index].bareSince = now.monotonic }
    }
}
