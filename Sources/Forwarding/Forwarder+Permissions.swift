package import Primitives

/// Permissions and channel bindings, on the control path.
extension Forwarder {
    /// Installs or refreshes a permission for an address (RFC 8656 §9).
    package mutating func installPermission(
        _ id: UInt32, peer: IPAddress, expires: MonotonicTime, reach: Reach
    ) {
        guard let record = live(id) else { return }
        let endpoint = Endpoint(TransportAddress(peer, 0))
        let key = FlowKey.permission(id, endpoint.high, endpoint.low, family: endpoint.family)
        if let index = table.find(key) {
            permissions.base[Int(index)].expires = expires.nanoseconds
            permissions.base[Int(index)].reach = reach
            return
        }
        let index = permissions.take(
            PermissionRecord(
                high: endpoint.high, low: endpoint.low, expires: expires.nanoseconds,
                allocation: id, next: record.pointee.firstPermission, family: endpoint.family,
                reach: reach))
        record.pointee.firstPermission = index
        table.insert(key, index)
        link(id, to: index, endpoint)
    }

    /// Ends a permission; channels of that peer stay bound but forward nothing until the next.
    package mutating func removePermission(_ id: UInt32, peer: IPAddress) {
        let endpoint = Endpoint(TransportAddress(peer, 0))
        removePermission(id, high: endpoint.high, low: endpoint.low, family: endpoint.family)
    }

    mutating func removePermission(_ id: UInt32, high: UInt64, low: UInt64, family: UInt8) {
        let key = FlowKey.permission(id, high, low, family: family)
        guard let record = live(id), let index = table.find(key) else { return }
        table.remove(key, ifValue: index)
        link(id, to: noIndex, Endpoint(high: high, low: low, port: 0, family: family))
        let next = permissions.base[Int(index)].next
        if record.pointee.firstPermission == index {
            record.pointee.firstPermission = next
        } else {
            var cursor = record.pointee.firstPermission
            while cursor != noIndex, permissions.base[Int(cursor)].next != index {
                cursor = permissions.base[Int(cursor)].next
            }
            if cursor != noIndex { permissions.base[Int(cursor)].next = next }
        }
        permissions.base[Int(index)].expires = 0
        permissions.release(index)
    }

    /// Points the bindings of one peer address at its permission, so that the packet path needs
    /// no second look-up.
    private func link(_ id: UInt32, to permission: UInt32, _ peer: Endpoint) {
        guard let record = live(id) else { return }
        var cursor = record.pointee.firstBinding
        while cursor != noIndex {
            let binding = bindings.base + Int(cursor)
            if binding.pointee.peer.high == peer.high, binding.pointee.peer.low == peer.low,
                binding.pointee.peer.family == peer.family
            {
                binding.pointee.permission = permission
            }
            cursor = binding.pointee.next
        }
    }

    /// Installs or refreshes a channel binding (RFC 8656 §12). The permission comes first.
    package mutating func installChannel(
        _ id: UInt32, _ channel: UInt16, peer: TransportAddress, expires: MonotonicTime,
        reach: Reach
    ) {
        guard let record = live(id) else { return }
        if let index = table.find(.channel(id, channel)) {
            bindings.base[Int(index)].expires = expires.nanoseconds
            bindings.base[Int(index)].reach = reach
            return
        }
        let endpoint = Endpoint(peer)
        let permission = table.find(
            .permission(id, endpoint.high, endpoint.low, family: endpoint.family))
        let index = bindings.take(
            BindingRecord(
                peer: endpoint, expires: expires.nanoseconds, allocation: id,
                permission: permission ?? noIndex, next: record.pointee.firstBinding,
                channel: channel, reach: reach))
        record.pointee.firstBinding = index
        table.insert(.channel(id, channel), index)
        table.insert(endpoint.peerKey(of: id), index)
    }

    /// Ends a channel binding.
    package mutating func removeChannel(_ id: UInt32, _ channel: UInt16) {
        guard let record = live(id), let index = table.find(.channel(id, channel)) else { return }
        let binding = bindings.base[Int(index)]
        table.remove(.channel(id, channel), ifValue: index)
        table.remove(binding.peer.peerKey(of: id), ifValue: index)
        if record.pointee.firstBinding == index {
            record.pointee.firstBinding = binding.next
        } else {
            var cursor = record.pointee.firstBinding
            while cursor != noIndex, bindings.base[Int(cursor)].next != index {
                cursor = bindings.base[Int(cursor)].next
            }
            if cursor != noIndex { bindings.base[Int(cursor)].next = binding.next }
        }
        bindings.base[Int(index)].expires = 0
        bindings.release(index)
    }
}

extension Endpoint {
    func peerKey(of allocation: UInt32) -> FlowKey {
        .peer(allocation, high, low, port: port, family: family)
    }
}
