import Forwarding
import LinuxIO
import Primitives
import TURN

/// What `TURN` decided becomes what the system does.
extension Worker {
    /// Takes and carries out every action that is due.
    mutating func carryOut() {
        while let action = server.nextAction() { carryOut(action) }
    }

    private mutating func carryOut(_ action: Action) {
        switch action {
        case .send(let tuple, let bytes): send(bytes, to: tuple)
        case .openRelay(let id, let local, let port, .udp): open(id, TransportAddress(local, port))
        case .openRelay(let id, let local, let port, .tcp):
            openListener(id, TransportAddress(local, port))
        case .closeRelay(let id): close(id)
        case .connectPeer(let id, let relay, let peer): connectPeer(id, from: relay, to: peer)
        case .bindConnection(let id, let tuple): bindConnection(id, to: tuple)
        case .closeConnection(let id): closeConnection(id)
        case .closeStream(let tuple):
            if let client = streams[tuple] { closeAfterSending(client) }
            if let client = secured[tuple] { lose(client) }
        case .queryTraffic(let id):
            server.answerTraffic(id, last: forwarder.lastActive(id.index))
        case .event(let event):
            if parts.events.append(event) { eventsWait = true }
        default: install(action)
        }
    }

    private mutating func send(_ bytes: Range<Int>, to tuple: FiveTuple) {
        if let client = streams[tuple] { return reply(server.outgoing[bytes], to: client) }
        if let client = secured[tuple] { return reply(server.outgoing[bytes], to: client) }
        // A stream or session that is gone needs no answer.
        guard let socket = socket(of: tuple.listener) else { return }
        replies.append(server.outgoing[bytes], to: tuple.client, through: socket, &sender)
    }

    /// The UDP socket of a listener; nil for every other kind.
    private func socket(of listener: ListenerID) -> UDPHandle? {
        guard case .udp(let slot) = ListenerIndex.place(of: listener),
            parts.sockets.indices.contains(slot)
        else { return nil }
        return parts.sockets[slot]
    }

    /// The actions that only change the flow tables.
    private mutating func install(_ action: Action) {
        switch action {
        case .installAllocation(let allocation): install(allocation)
        case .removeAllocation(let id): remove(id)
        case .removeFamily(let id, let family): forwarder.removeRelay(id.index, family)
        case .setExpiry(let id, let expires): forwarder.setExpiry(id.index, expires)
        case .installPermission(let id, let peer, let expires, let own):
            forwarder.installPermission(
                id.index, peer: peer, expires: expires, reach: reach(peer, own))
        case .removePermission(let id, let peer): forwarder.removePermission(id.index, peer: peer)
        case .installChannel(let id, let channel, let peer, let expires, let own):
            forwarder.installChannel(
                id.index, channel, peer: peer, expires: expires, reach: reach(peer.ip, own))
        case .removeChannel(let id, let channel): forwarder.removeChannel(id.index, channel)
        default: break
        }
    }

    private func reach(_ peer: IPAddress, _ own: Bool) -> Reach {
        guard own else { return .network }
        return parts.reachesLoopback && peer.isLoopback ? .hairpinOrNetwork : .hairpin
    }

    private mutating func install(_ allocation: InstalledAllocation) {
        let relays = [allocation.relayV4, allocation.relayV6].compactMap { relay in
            relay.flatMap { relay in
                self.relays[relay.id].map {
                    Forwarder.Relay(
                        socket: $0.raw, local: relay.local, advertised: relay.advertised)
                }
            }
        }
        guard let path = path(to: allocation) else { return }
        forwarder.installAllocation(
            allocation.id.index,
            client: .init(
                address: allocation.client.client, listener: allocation.client.listener.index,
                path: path),
            relays: relays, expires: allocation.expires, user: allocation.user.index,
            bytesPerSecond: allocation.bytesPerSecond, now: now.monotonic)
    }

    /// How datagrams reach the client of a new allocation; nil when its stream is gone already.
    private mutating func path(to allocation: InstalledAllocation) -> Forwarder.Client.Path? {
        if let client = streams[allocation.client] {
            streams.assign(allocation.id, to: client)
            for family in AddressFamily.allCases {
                relays.feedStream(allocation.id.relay(family))
            }
            return .wrapped(.stream, connection: client.number)
        }
        if let client = secured[allocation.client] {
            secured.assign(allocation.id, to: client)
            return .wrapped(.datagrams, connection: client.number)
        }
        return socket(of: allocation.client.listener).map { .socket($0.raw) }
    }

    private mutating func remove(_ id: AllocationID) {
        forwarder.removeAllocation(id.index)
        // Without an allocation a stream or a session may stay as long as a new one.
        let deadline = now.monotonic + streamSettings.idleLimit
        if let client = streams.release(id) { streams.schedule(client, at: deadline) }
        if let client = secured.release(id) { secured.schedule(client, at: deadline) }
    }

    private mutating func open(_ id: RelayID, _ address: TransportAddress) {
        do throws(SystemError) {
            let handle = try UDPHandle.open(address, parts.relayOptions)
            do throws(SystemError) {
                try epoll.add(handle.raw, .readable, token: Token.relay(id))
            } catch {
                handle.close()
                throw error
            }
            relays.insert(handle, at: id)
            server.relayOpened(id)
        } catch {
            // A busy port says nothing about the next one; a full table does.
            server.relayFailed(id, retry: error.errno == .addressInUse)
        }
    }

    private mutating func close(_ id: RelayID) {
        if let listener = peers.removeListener(id) { return listener.socket.close() }
        if let handle = relays[id] { forwarder.transmit.forget(socket: handle.raw) }
        relays.close(id)
    }

    /// Fetches the bytes that the forwarder asks for from the buckets all workers share.
    mutating func topUpLeases() {
        for index in 0..<forwarder.leaseRequests.count {
            let request = forwarder.leaseRequests[index]
            let quotas = parts.shared.quotas
            let buckets = request.user == nil ? quotas.totalBytes : quotas.userBytes
            let slot =
                request.user.map {
                    QuotaLedger.byteSlot(UserSlot($0), isDown: request.isDown)
                } ?? (request.isDown ? 1 : 0)
            let granted = buckets.lease(slot, upTo: Self.leaseChunk, at: now.monotonic)
            forwarder.grant(granted, to: request)
        }
    }

    /// Twice what a lease asks at: two batches of video packets. Idle workers hold no more.
    private static var leaseChunk: UInt64 { 2 * Forwarder.leaseLow }

    /// Reports ICMP errors of one relay to `TURN` (RFC 8656 §11.5), a bounded number in one turn.
    mutating func takeDeliveryErrors(_ id: RelayID) {
        guard let handle = relays[id] else { return }
        for _ in 0..<Self.deliveryErrorsPerTurn {
            guard let error = try? handle.nextDeliveryError() else { break }
            guard error.origin == .icmp || error.origin == .icmp6 else { continue }
            server.receiveICMP(
                relay: id, peer: error.peer, type: error.type, code: error.code,
                data: error.mtu, at: now)
            carryOut()
        }
        replies.flush(&sender)
    }

    private static let deliveryErrorsPerTurn = 16

    /// What other workers handed over, and what the control thread asks.
    mutating func takeMessages() {
        parts.wakeup.drain()
        for ring in parts.incoming { takeOver(from: ring) }
        for order in parts.mailbox.takeAll() { obey(order) }
        finishFrames()
        replies.flush(&sender)
    }

    /// Sends datagrams of another worker's clients straight out of the ring's memory.
    private mutating func takeOver(from ring: HandoverRing) {
        var taken = 0
        repeat {
            taken = 0
            while taken < Self.handoversPerBatch, let item = ring.next() {
                forwarder.acceptHandover(
                    offset: item.offset, length: item.length, from: item.source,
                    to: item.destination, now: now.monotonic.nanoseconds)
                taken += 1
            }
            flush(payloads: ring.memory)
            endBatch()
            ring.release()
            tally.takenOver &+= UInt64(taken)
        } while taken == Self.handoversPerBatch
    }

    private static let handoversPerBatch = 64
}
