package import CPacket

/// From clients to peers: ChannelData (RFC 8656 §12.5) and Send indications (§11.2).
extension Forwarder {
    /// Judges one batch received on a listener's socket.
    ///
    /// `arena` is the receive arena that `payloadOffset` counts from, `now` monotonic nanoseconds.
    /// The arena is one span for all datagrams because `@_noLocks` rejects spans made in the loop.
    /// Afterwards `transmit`, `control` and `handovers` hold what is to be done.
    #if !DEBUG
        @_noLocks
    #endif
    package mutating func forwardFromClients(
        _ received: UnsafePointer<ts_received>, count: Int, arena: Span<UInt8>,
        listener: UInt16, now: UInt64
    ) {
        for index in 0..<count {
            let packet = received[index]
            if packet.flags & TS_RECEIVED_TRUNCATED != 0 {
                drop(.truncated)
                continue
            }
            let key = FlowKey.client(
                packet.addressHigh, packet.addressLow, port: packet.port, family: packet.family,
                listener: listener)
            let allocation = table.find(key) ?? noIndex
            var offset = packet.payloadOffset
            let end = packet.payloadOffset &+ packet.payloadLength
            // A run of merged datagrams comes apart again here; each stands for itself.
            repeat {
                let rest = end &- offset
                let length = packet.segmentSize == 0 ? rest : min(packet.segmentSize, rest)
                let part = Part(
                    offset: offset, length: length, received: UInt32(truncatingIfNeeded: index))
                forwardOne(part, of: allocation, arena: arena, now: now)
                offset &+= length
            } while offset < end
        }
    }

    /// One datagram within the receive arena.
    struct Part {
        var offset: UInt32
        var length: UInt32
        var received: UInt32
    }

    @inline(__always)
    private mutating func forwardOne(
        _ part: Part, of allocation: UInt32, arena: Span<UInt8>, now: UInt64
    ) {
        guard part.length >= 4 else { return drop(.malformed) }
        let start = Int(part.offset)
        switch kind(arena[start], arena[start &+ 1]) {
        case .channelData: forwardChannelData(arena, part, of: allocation, now: now)
        case .sendIndication: forwardSendIndication(arena, part, of: allocation, now: now)
        case .message:
            let datagram = ControlDatagram(
                payloadOffset: part.offset, length: part.length, received: part.received)
            if !control.append(datagram) { drop(.queueFull) }
        case .secured:
            let datagram = ControlDatagram(
                payloadOffset: part.offset, length: part.length, received: part.received)
            if !secured.append(datagram) { drop(.queueFull) }
        case .other: drop(.malformed)
        }
    }

    private enum Kind {
        case channelData
        case sendIndication
        case message
        case secured
        case other
    }

    /// RFC 7983 as sharpened by RFC 8656 §12: 64 to 79 is ChannelData, 0 to 3 STUN, 20 to 63 DTLS.
    @inline(__always)
    private func kind(_ first: UInt8, _ second: UInt8) -> Kind {
        switch first {
        case 0x40...channelByteMax: .channelData
        case 0 where second == UInt8(SendIndication.header): .sendIndication
        case 0...3: .message
        case 20...63: .secured
        default: .other
        }
    }

    @inline(__always)
    private mutating func forwardChannelData(
        _ arena: Span<UInt8>, _ part: Part, of allocation: UInt32, now: UInt64
    ) {
        guard allocation != noIndex, allocations.base[Int(allocation)].expires > now else {
            return drop(.noAllocation)
        }
        let start = Int(part.offset)
        let number = UInt16(arena[start]) << 8 | UInt16(arena[start &+ 1])
        let length = UInt32(arena[start &+ 2]) << 8 | UInt32(arena[start &+ 3])
        // RFC 8656 §12.4: over UDP the datagram may be longer (padding), never shorter.
        guard length <= part.length &- 4 else { return dropUp(.malformed, allocation) }
        guard let index = table.find(.channel(allocation, number)),
            bindings.base[Int(index)].expires > now
        else { return dropUp(.noChannel, allocation) }
        let binding = bindings.base + Int(index)
        // The invariant of the design: nothing is forwarded without a live permission.
        guard binding.pointee.permission != noIndex,
            permissions.base[Int(binding.pointee.permission)].expires > now
        else { return dropUp(.noPermission, allocation) }
        let payload = Payload(offset: part.offset &+ 4, length: length)
        send(
            payload, from: allocation, to: binding.pointee.peer, reach: binding.pointee.reach,
            flags: 0, stamp: &binding.pointee.up, now: now)
    }

    @inline(__always)
    private mutating func forwardSendIndication(
        _ arena: Span<UInt8>, _ part: Part, of allocation: UInt32, now: UInt64
    ) {
        guard allocation != noIndex, allocations.base[Int(allocation)].expires > now else {
            return drop(.noAllocation)
        }
        guard
            let indication = SendIndication.read(
                arena, at: Int(part.offset), count: Int(part.length))
        else {
            return dropUp(.malformed, allocation)
        }
        let peer = indication.peer
        let key = FlowKey.permission(allocation, peer.high, peer.low, family: peer.family)
        guard let index = table.find(key), permissions.base[Int(index)].expires > now else {
            return dropUp(.noPermission, allocation)
        }
        let payload = Payload(
            offset: UInt32(truncatingIfNeeded: indication.dataOffset),
            length: UInt32(truncatingIfNeeded: indication.dataLength))
        let flags = indication.dontFragment ? UInt8(truncatingIfNeeded: TS_GROUP_DONT_FRAGMENT) : 0
        // An indication has no binding to remember its group: it always leaves alone.
        var stamp = GroupStamp()
        send(
            payload, from: allocation, to: peer, reach: permissions.base[Int(index)].reach,
            flags: flags, stamp: &stamp, now: now)
    }

    /// The bytes to relay, as a range of the receive arena.
    struct Payload {
        var offset: UInt32
        var length: UInt32
    }

    @inline(__always)
    private mutating func send(
        _ payload: Payload, from allocation: UInt32, to peer: Endpoint, reach: Reach,
        flags: UInt8, stamp: inout GroupStamp, now: UInt64
    ) {
        let sender = allocations.base + Int(allocation)
        let socket = peer.family == 4 ? sender.pointee.relaySocket4 : sender.pointee.relaySocket6
        guard socket >= 0 else { return dropUp(.wrongFamily, allocation) }
        if sender.pointee.isLimited,
            !admit(payload.length, of: sender, isDown: false, now: now)
        {
            return dropUp(.overLimit, allocation)
        }
        if reach != .network, hairpin(payload, from: allocation, to: peer, reach: reach, now: now) {
            return
        }
        let datagram = Datagram(
            headerLength: 0, payloadOffset: payload.offset, payloadLength: payload.length,
            flags: flags)
        guard transmit.append(datagram, through: socket, to: peer, stamp: &stamp) else {
            return dropUp(.queueFull, allocation)
        }
        countUp(payload.length, allocation, now)
    }

    @inline(__always)
    mutating func countUp(_ bytes: UInt32, _ allocation: UInt32, _ now: UInt64) {
        let record = allocations.base + Int(allocation)
        record.pointee.active = now
        record.pointee.traffic.packetsUp &+= 1
        record.pointee.traffic.bytesUp &+= UInt64(bytes)
        totals.packetsUp &+= 1
        totals.bytesUp &+= UInt64(bytes)
    }

    @inline(__always)
    mutating func dropUp(_ reason: DropReason, _ allocation: UInt32) {
        drop(reason)
        allocations.base[Int(allocation)].traffic.dropsUp &+= 1
        totals.dropsUp &+= 1
    }
}
