package import CPacket
package import Primitives

/// From peers to clients: ChannelData if the peer is bound to a channel (RFC 8656 §12.7), else
/// a Data indication (§11.3). Without a permission nothing is looked at.
extension Forwarder {
    /// The tag of a relay socket: which allocation it belongs to.
    package static func tag(of allocation: UInt32) -> UInt32 { allocation }

    /// Judges one batch received on relay sockets; `tag` of each record names the allocation.
    #if !DEBUG
        @_noLocks
    #endif
    package mutating func forwardFromPeers(
        _ received: UnsafePointer<ts_received>, count: Int, now: UInt64
    ) {
        for index in 0..<count {
            let packet = received[index]
            guard allocations.holds(packet.tag), allocations.base[Int(packet.tag)].expires > now
            else {
                drop(.noAllocation)
                continue
            }
            if packet.flags & TS_RECEIVED_TRUNCATED != 0 {
                dropDown(.truncated, packet.tag)
                continue
            }
            let peer = Endpoint(
                high: packet.addressHigh, low: packet.addressLow, port: packet.port,
                family: packet.family)
            guard let path = pathDown(to: packet.tag, from: peer, inMemory: false, now: now) else {
                dropDown(.noPermission, packet.tag)
                continue
            }
            var offset = packet.payloadOffset
            let end = packet.payloadOffset &+ packet.payloadLength
            repeat {
                let rest = end &- offset
                let length = packet.segmentSize == 0 ? rest : min(packet.segmentSize, rest)
                deliver(
                    Payload(offset: offset, length: length), to: packet.tag, from: peer, path,
                    now: now)
                offset &+= length
            } while offset < end
        }
    }

    /// How a datagram from a permitted peer is wrapped for the client.
    enum PathDown {
        case channel(UInt16)
        case indication
    }

    /// Nil when the peer has no live permission.
    ///
    /// A permission for one of the server's own addresses is only for datagrams handed over in
    /// memory: what arrives from there through the kernel comes from some other local service.
    @inline(__always)
    func pathDown(
        to allocation: UInt32, from peer: Endpoint, inMemory: Bool, now: UInt64
    ) -> PathDown? {
        let bound = table.find(
            .peer(allocation, peer.high, peer.low, port: peer.port, family: peer.family))
        let index: UInt32
        if let bound {
            index = bindings.base[Int(bound)].permission
        } else {
            index =
                table.find(.permission(allocation, peer.high, peer.low, family: peer.family))
                ?? noIndex
        }
        guard index != noIndex, permissions.base[Int(index)].expires > now,
            inMemory || permissions.base[Int(index)].reach != .hairpin
        else { return nil }
        if let bound, bindings.base[Int(bound)].expires > now {
            return .channel(bindings.base[Int(bound)].channel)
        }
        return .indication
    }

    /// Queues one datagram for the client of `allocation`.
    @inline(__always)
    mutating func deliver(
        _ payload: Payload, to allocation: UInt32, from peer: Endpoint, _ path: PathDown,
        now: UInt64
    ) {
        let receiver = allocations.base + Int(allocation)
        if receiver.pointee.isLimited,
            !admit(payload.length, of: receiver, isDown: true, now: now)
        {
            return dropDown(.overLimit, allocation)
        }
        guard transmit.segmentCount < TransmitQueue.segmentCapacity else {
            return dropDown(.queueFull, allocation)
        }
        var datagram = Datagram(
            headerLength: 4, payloadOffset: payload.offset, payloadLength: payload.length)
        let header = transmit.nextHeader
        switch path {
        case .channel(let number):
            header[0] = UInt8(truncatingIfNeeded: number >> 8)
            header[1] = UInt8(truncatingIfNeeded: number)
            header[2] = UInt8(truncatingIfNeeded: payload.length >> 8)
            header[3] = UInt8(truncatingIfNeeded: payload.length)
            // RFC 8656 §12.5: over TCP and TLS to a multiple of four.
            if receiver.pointee.wrapping == .stream {
                datagram.padding = (4 &- payload.length & 3) & 3
            }
        case .indication:
            transactions = transactions &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            DataIndication.write(
                to: header, peer: peer, payload: Int(payload.length), transaction: transactions)
            datagram.headerLength = UInt16(DataIndication.headerLength(family: peer.family))
            // RFC 8489 §14: attributes end on a multiple of four.
            datagram.padding = (4 &- payload.length & 3) & 3
        }
        queue(datagram, to: receiver)
        receiver.pointee.active = now
        receiver.pointee.traffic.packetsDown &+= 1
        receiver.pointee.traffic.bytesDown &+= UInt64(payload.length)
        totals.packetsDown &+= 1
        totals.bytesDown &+= UInt64(payload.length)
    }

    /// Queues for the client's socket, or for the connection it is behind; there is room.
    @inline(__always)
    private mutating func queue(
        _ datagram: Datagram, to receiver: UnsafeMutablePointer<AllocationRecord>
    ) {
        guard receiver.pointee.wrapping == .none else {
            _ = transmit.appendWrapped(
                datagram, to: receiver.pointee.connection, receiver.pointee.wrapping,
                stamp: &receiver.pointee.down)
            return
        }
        let client = Endpoint(
            high: receiver.pointee.clientHigh, low: receiver.pointee.clientLow,
            port: receiver.pointee.clientPort, family: receiver.pointee.clientFamily)
        _ = transmit.append(
            datagram, through: receiver.pointee.clientSocket, to: client,
            stamp: &receiver.pointee.down)
    }

    /// Counts datagrams that were queued behind a stream and dropped there after all: its client
    /// does not read.
    package mutating func dropQueued(_ count: UInt64, of allocation: UInt32) {
        drops[DropReason.slowClient.rawValue] &+= count
        totals.dropsDown &+= count
        guard let record = live(allocation) else { return }
        record.pointee.traffic.dropsDown &+= count
    }

    /// Counts bytes between a client and a peer over TCP (RFC 6062), which pass by this room.
    package mutating func countStream(
        _ bytes: UInt64, of allocation: UInt32, isDown: Bool, at now: MonotonicTime
    ) {
        if isDown { totals.bytesDown &+= bytes } else { totals.bytesUp &+= bytes }
        guard let record = live(allocation) else { return }
        record.pointee.active = now.nanoseconds
        if isDown {
            record.pointee.traffic.bytesDown &+= bytes
        } else {
            record.pointee.traffic.bytesUp &+= bytes
        }
    }

    @inline(__always)
    mutating func dropDown(_ reason: DropReason, _ allocation: UInt32) {
        drop(reason)
        allocations.base[Int(allocation)].traffic.dropsDown &+= 1
        totals.dropsDown &+= 1
    }
}
