import Primitives
import STUN
import TURN

// What happens in the world: clients, peers, and operators.
extension StreamWorld {
    func act() {
        let number = random.pick(0...clients.count - 1)
        guard let control = clients[number].control else {
            let stream = openStream(number, worker: random.pick(0...workers.count - 1))
            clients[number].control = stream
            allocate(number, on: stream)
            return
        }
        if model.allocations[control] == nil, random.happens(60) {
            return allocate(number, on: control)
        }
        switch random.pick(0...23) {
        case 0: close(control, of: number)
        case 1, 2: allocate(number, on: control)
        case 3: refresh(number, on: control)
        case 4...7: permit(number, on: control, randomPeer().ip)
        case 8...12: connect(number, on: control, randomPeer())
        case 13...16: peerConnects()
        case 17...20: bind(number, randomNumber(number))
        case 21, 22: endSomething()
        default: change()
        }
    }

    /// The client is gone, with its stream and everything on it.
    private func close(_ control: FiveTuple, of number: Int) {
        guard let place = streams.removeValue(forKey: control) else { return }
        statistics.streamsClosed += 1
        clients[number].control = nil
        model.allocations[control] = nil
        awaited = awaited.filter { $0.value != control }
        digest(workers[place].streamClosed(control, at: now), of: workers[place])
    }

    /// Carries out what was planned for a connection, if it is still the same.
    func happen(_ plan: Plan) {
        let worker = workers[plan.worker]
        guard let peering = worker.connections[plan.peering.id],
            peering.serial == plan.peering.serial
        else { return }
        switch plan.event {
        case .connects: reach(peering, from: worker)
        case .fails:
            model.remove(peering.relay, peering.peer)
            digest(worker.failed(peering, at: now), of: worker)
        case .ends: end(peering, of: worker)
        }
    }

    /// The peer of a Connect answers: it may be a relay of ours.
    private func reach(_ peering: StreamWorker.Peering, from worker: StreamWorker) {
        guard Places.own.contains(peering.peer.ip) else {
            digest(worker.connected(peering, at: now), of: worker)
            return
        }
        for other in workers {
            guard let relay = other.sockets.first(where: { $0.value.local == peering.peer })?.key
            else { continue }
            // Two relays that connect to each other at once have one connection to share.
            let meets = other.connections.values.contains {
                $0.relay == peering.peer && $0.peer == peering.relay
            }
            if meets { break }
            let before = other.opened
            let isIn = arrive(at: relay, of: other, from: peering.relay)
            digest(worker.connected(peering, at: now), of: worker)
            guard isIn else { return plan(.ends, afterSeconds: 0, peering) }
            statistics.betweenRelays += 1
            let twin = before << 4 | other.number
            twins[twin] = peering.serial
            twins[peering.serial] = twin
            return
        }
        model.remove(peering.relay, peering.peer)
        digest(worker.failed(peering, at: now), of: worker)
    }

    /// Somebody connects to a relay.
    private func peerConnects() {
        let open = workers.flatMap { worker in
            worker.sockets.filter { $0.value.transport == .tcp }.map { (worker, $0.key) }
        }.sorted { $0.1.index < $1.1.index }
        guard !open.isEmpty else { return }
        let (worker, relay) = random.pick(open)
        let groups = [Places.openPeers, Places.openPeers, Places.doubtfulPeers, Places.deniedPeers]
        let permitted = worker.sockets[relay].flatMap { model.relay($0.local) }?.allocation
            .permissions.keys.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
        let isKnown = random.happens(70)
        let peers = (isKnown ? permitted ?? [] : random.pick(groups) + Places.own).filter {
            $0.family == relay.family
        }
        guard !peers.isEmpty else { return }
        portCount += 1
        _ = arrive(
            at: relay, of: worker, from: TransportAddress(random.pick(peers), 1000 + portCount))
    }

    /// Whether a relay let a peer in, which the rules decide too.
    private func arrive(
        at relay: RelayID, of worker: StreamWorker, from peer: TransportAddress
    ) -> Bool {
        guard let local = worker.sockets[relay]?.local else { return false }
        let owner = model.relay(local)
        let expected = owner.map { isLetIn(peer, $0.allocation) } ?? false
        let (isIn, outputs) = worker.accept(relay, from: peer, at: now)
        // A late worker has relays that should be gone, and what users held there.
        let isUnsure =
            isLate && owner != nil
            && (expected ? scenario.connectionsPerUser > 0 : Places.own.contains(peer.ip))
        if isIn != expected, !isUnsure {
            violate("\(peer) at \(local): let in \(isIn), the rules say \(expected)")
        }
        if isIn, let tuple = owner?.tuple {
            model.allocations[tuple]?.connections.append(
                .init(
                    relay: local, peer: peer, state: .pending,
                    ends: now.monotonic + StreamModel.patience))
        }
        if isIn { statistics.accepted += 1 } else { statistics.sentAway += 1 }
        digest(outputs, of: worker)
        return isIn
    }

    private func isLetIn(_ peer: TransportAddress, _ allocation: StreamModel.Allocation) -> Bool {
        guard !isDenied(peer.ip) else { return false }
        var names = [peer.ip]
        if Places.own.contains(peer.ip) {
            guard model.relay(peer) != nil else { return false }
            names.append(advertised(peer).ip)
        }
        let limit = scenario.connectionsPerUser
        return names.contains { allocation.permissions[$0] != nil }
            && allocation.connections.count < scenario.connectionsPerAllocation
            && (limit == 0 || model.count(ofUser: allocation.user) < limit)
    }

    /// A peer, or a client's data stream, is gone.
    private func endSomething() {
        let up = workers.flatMap { worker in
            worker.connections.values.filter(\.isUp).map { (worker, $0) }
        }.sorted { $0.1.serial < $1.1.serial }
        guard !up.isEmpty else { return }
        let (worker, peering) = random.pick(up)
        end(peering, of: worker)
    }

    private func end(_ peering: StreamWorker.Peering, of worker: StreamWorker) {
        if peering.isUp { model.remove(peering.relay, peering.peer) }
        if let stream = peering.stream { streams[stream] = nil }
        endTwin(of: peering)
        digest(worker.ended(peering, at: now), of: worker)
    }

    /// What one end of a connection between two relays hears of the other.
    func endTwin(of peering: StreamWorker.Peering) {
        guard let twin = twins.removeValue(forKey: peering.serial) else { return }
        twins[twin] = nil
        let other = workers[twin & 15]
        guard let found = other.connections.values.first(where: { $0.serial == twin }) else {
            return
        }
        plan(.ends, afterSeconds: random.pick(0...2), found)
    }

    private func change() {
        switch random.pick(0...4) {
        case 0:
            let seconds = random.pick(1...700)
            now.monotonic = now.monotonic + Seconds(UInt32(seconds))
            model.expire(at: now.monotonic)
            if scenario.base.latePercent > 0 { beLate() }
            if !isLate { tickAll() }
        case 1: now.unixSeconds = now.unixSeconds + UInt64(random.pick(0...7200)) - 3600
        case 2: reload()
        default: kill()
        }
    }

    private func reload() {
        peersAreClosed = random.happens(50)
        settings = Places.streamSettings(scenario, closedPeers: peersAreClosed)
        lateUntil = now.monotonic
        isEnding = true
        for worker in workers { digest(worker.apply(settings, at: now), of: worker) }
        isEnding = false
        for (tuple, old) in model.allocations {
            var allocation = old
            allocation.permissions = allocation.permissions.filter { !isDenied($0.key) }
            allocation.connections.removeAll { isDenied($0.peer.ip) }
            model.allocations[tuple] = allocation
        }
    }

    private func kill() {
        let all = workers.flatMap { worker in
            worker.snapshots(at: now).map { (worker, $0.handle) }
        }
        guard let (worker, handle) = all.randomElement(using: &random) else { return }
        isEnding = true
        digest(worker.kill(handle, at: now), of: worker)
        isEnding = false
    }

    private func randomPeer() -> TransportAddress {
        let relays = model.allocations.values.flatMap { $0.relays.values.map(\.local) }
            .sorted { ($0.port, $0.ip.low) < ($1.port, $1.ip.low) }
        if random.happens(30), !relays.isEmpty {
            // A relay, in one of its spellings, or a neighbour's port of it.
            var relay = random.pick(relays)
            if random.happens(50) { relay = advertised(relay) }
            if random.happens(10) { relay.port &+= 1 }
            return relay
        }
        let group =
            random.happens(80)
            ? Places.openPeers : random.pick([Places.doubtfulPeers, Places.deniedPeers])
        return TransportAddress(random.pick(group), UInt16(random.pick(6000...6002)))
    }

    /// A connection the client was told of, somebody else's, or none at all.
    private func randomNumber(_ number: Int) -> UInt32 {
        if random.happens(10) { return UInt32(truncatingIfNeeded: random.next()) }
        let own = clients[number].control.flatMap { model.allocations[$0]?.connections } ?? []
        let waiting = own.filter { $0.state == .pending }.compactMap(\.number)
        if !waiting.isEmpty, random.happens(60) { return random.pick(waiting) }
        let teller = random.happens(90) ? number : random.pick(0...clients.count - 1)
        return clients[teller].numbers.last ?? 0
    }
}
