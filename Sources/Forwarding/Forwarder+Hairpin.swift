/// From one allocation to another of this server, in memory: the kernel never sees it.
extension Forwarder {
    /// Hands a datagram to the allocation that `peer` belongs to. Returns false when the kernel
    /// is to carry it after all; true when it was delivered, handed over, or dropped.
    @inline(__always)
    mutating func hairpin(
        _ payload: Payload, from allocation: UInt32, to peer: Endpoint, reach: Reach, now: UInt64
    ) -> Bool {
        let sender = allocations.base + Int(allocation)
        let source =
            peer.family == 4 ? sender.pointee.advertised4 : sender.pointee.advertised6
        let relay = FlowKey.relay(peer.high, peer.low, port: peer.port, family: peer.family)
        if let receiver = table.find(relay) {
            countUp(payload.length, allocation, now)
            deliverInMemory(payload, to: receiver, from: source, now: now)
            return true
        }
        guard let owner = relays.owner(peer), owner != worker else {
            if reach == .hairpinOrNetwork { return false }
            dropUp(.ownAddress, allocation)
            return true
        }
        let handover = Handover(
            payloadOffset: payload.offset, length: payload.length, source: PacketAddress(source),
            destination: PacketAddress(peer), allocation: allocation, worker: owner)
        guard handovers.append(handover) else {
            dropUp(.queueFull, allocation)
            return true
        }
        countUp(payload.length, allocation, now)
        return true
    }

    /// Takes back the count of a handover that found the other worker's ring full.
    package mutating func refuse(_ handover: Handover) {
        guard let sender = live(handover.allocation) else { return }
        sender.pointee.traffic.packetsUp &-= 1
        sender.pointee.traffic.bytesUp &-= UInt64(handover.length)
        totals.packetsUp &-= 1
        totals.bytesUp &-= UInt64(handover.length)
        dropUp(.queueFull, handover.allocation)
    }

    /// The receiving half: the receiver's own permission and channel decide, as for any peer.
    @inline(__always)
    private mutating func deliverInMemory(
        _ payload: Payload, to receiver: UInt32, from source: Endpoint, now: UInt64
    ) {
        guard allocations.base[Int(receiver)].expires > now else { return drop(.ownAddress) }
        guard let path = pathDown(to: receiver, from: source, inMemory: true, now: now) else {
            return dropDown(.noPermission, receiver)
        }
        hairpinned &+= 1
        deliver(payload, to: receiver, from: source, path, now: now)
    }

    /// Delivers a datagram that another worker handed over. `offset` and `length` name the
    /// payload in the arena that the caller will send from.
    #if !DEBUG
        @_noLocks
    #endif
    package mutating func acceptHandover(
        offset: UInt32, length: UInt32, from source: PacketAddress, to destination: PacketAddress,
        now: UInt64
    ) {
        let key = FlowKey.relay(
            destination.high, destination.low, port: destination.port, family: destination.family)
        guard let receiver = table.find(key) else { return drop(.ownAddress) }
        let peer = Endpoint(
            high: source.high, low: source.low, port: source.port, family: source.family)
        deliverInMemory(
            Payload(offset: offset, length: length), to: receiver, from: peer, now: now)
    }
}
