import Primitives
import STUN
import TURN

// What happens in the world: clients, strangers, the network, and operators.
extension World {
    func happen(_ entry: Agenda.Entry) {
        switch entry {
        case .toListener(let bytes, let source): arrive(bytes, from: source)
        case .toRelay(let bytes, let source, let relay): arrive(bytes, from: source, at: relay)
        case .toClient(let bytes, let address): arrive(bytes, atClient: address)
        case .toPeer(let bytes, let peer, let relay):
            // Every second datagram is answered, as media is.
            if random.happens(50) { send(.toRelay(bytes: bytes, from: peer, relay: relay)) }
        case .clientActs(let number): act(number)
        case .strangerSends: strangerSends()
        case .worldChanges: change()
        }
    }

    /// Puts a datagram on the network: it may be lost, late, or come twice.
    func send(_ entry: Agenda.Entry) {
        guard !random.happens(scenario.lossPercent) else { return }
        let copies = random.happens(scenario.duplicationPercent) ? 2 : 1
        for _ in 0..<copies {
            let latency = random.pick(0...scenario.latencyMillisecondsMax) * 1_000_000
            agenda.plan(entry, at: agendaTime + UInt64(latency))
        }
    }

    private func act(_ number: Int) {
        agenda.plan(
            .clientActs(number), at: agendaTime + UInt64(random.pick(1...12_000)) * 1_000_000)
        if random.happens(10), let old = clients[number].history.randomElement(using: &random) {
            send(.toListener(bytes: old, from: clients[number].outside))
            return
        }
        guard clients[number].hasAllocation else {
            let choice = random.happens(50) ? .plain : random.pick(AllocateChoice.allCases)
            ask(number, .allocate(choice))
            return
        }
        switch random.pick(0...9) {
        case 0: ask(number, random.happens(50) ? .binding : .allocate(.plain))
        case 1: ask(number, .refresh(lifetime: randomLifetime(), family: randomFamily()))
        case 2, 3: ask(number, .permit((1...random.pick(1...3)).map { _ in randomPeer() }))
        case 4: ask(number, .bind(channel: randomChannel(), peer: randomPeer()))
        default: sendData(number)
        }
    }

    func ask(_ number: Int, _ wish: Wish) {
        let (bytes, id, sent) = clients[number].request(wish)
        requests[id] = sent
        send(.toListener(bytes: bytes, from: clients[number].outside))
    }

    /// Mostly to where it may send, sometimes anywhere.
    private func sendData(_ number: Int) {
        for _ in 0..<random.pick(1...6) {
            let payload = randomPayload()
            let client = clients[number]
            let bytes: [UInt8]
            if random.happens(50) {
                let isKnown = random.happens(80) && !client.channels.isEmpty
                let channel = isKnown ? random.pick(client.channels) : randomChannel()
                bytes = Wire.channelData(channel, payload)
            } else {
                let isKnown = random.happens(80) && !client.peers.isEmpty
                let peer = isKnown ? random.pick(client.peers) : randomPeer()
                bytes = Wire.sendIndication(
                    to: peer, payload, clients[number].freshTransaction())
            }
            send(.toListener(bytes: bytes, from: client.outside))
        }
    }

    /// Peers, permitted and not, send to relays that are or were somebody's.
    private func strangerSends() {
        agenda.plan(.strangerSends, at: agendaTime + UInt64(random.pick(50...6000)) * 1_000_000)
        let relays = clients.flatMap(\.relays)
        guard !relays.isEmpty else { return }
        let relay = random.pick(relays)
        let peers = Places.openPeers + Places.doubtfulPeers + Places.deniedPeers
        let source = random.pick(peers.filter { $0.family == relay.ip.family })
        send(
            .toRelay(
                bytes: randomPayload(), from: TransportAddress(source, randomPeerPort()),
                relay: relay))
    }

    private func change() {
        agenda.plan(
            .worldChanges, at: agendaTime + UInt64(random.pick(5_000...60_000)) * 1_000_000)
        switch random.pick(0...5) {
        case 0: sleep(seconds: random.pick(1...700))
        case 1:
            let jump = UInt64(random.pick(0...7200))
            now.unixSeconds = now.unixSeconds + jump - 3600
        case 2, 3: rebind(random.pick(0...clients.count - 1))
        case 4: reload()
        default: kill()
        }
    }

    /// The NAT forgets its binding; the next packet leaves through another port, perhaps one
    /// that was somebody else's.
    private func rebind(_ number: Int) {
        let used = Set(clients.map(\.outside.port))
        let ports = (UInt16(40_000)...UInt16(40_000 + 2 * clients.count)).filter {
            !used.contains($0)
        }
        clients[number].outside.port = random.pick(ports)
    }

    private func reload() {
        let closes = random.happens(50)
        settings = Places.settings(scenario, closedPeers: closes)
        if closes { model.cut { Places.doubtfulPeers.contains($0) } }
        lateUntil = now.monotonic
        for worker in workers {
            digest(worker.apply(settings, at: now), of: worker, expected: [])
        }
    }

    private func kill() {
        let all = workers.flatMap { worker in
            worker.snapshots(at: now).map { (worker, $0.handle) }
        }
        guard let (worker, handle) = all.randomElement(using: &random) else { return }
        let banning = random.happens(20) ? Seconds(60) : nil
        lateUntil = now.monotonic
        digest(worker.kill(handle, banning: banning, at: now), of: worker, expected: [])
        // A ban ends the user's other allocations at the next tick of each worker.
        now.monotonic = now.monotonic + Seconds(1)
        model.expire(at: now.monotonic)
        tickAll()
    }

    private func randomPeer() -> TransportAddress {
        let relays = clients.flatMap(\.relays)
        if random.happens(30), !relays.isEmpty {
            // Another client's relay, in one of its spellings, or a neighbour's port of it.
            var relay = random.pick(relays)
            if random.happens(20), relay.ip == Places.relayV4.advertised {
                relay.ip = Places.relayV4.local
            }
            if random.happens(20) { relay.port &+= 1 }
            return relay
        }
        let group =
            random.happens(70)
            ? Places.openPeers : random.pick([Places.doubtfulPeers, Places.deniedPeers])
        return TransportAddress(random.pick(group), randomPeerPort())
    }

    private func randomPeerPort() -> UInt16 { UInt16(random.pick(6000...6002)) }

    private func randomChannel() -> UInt16 { UInt16(random.pick(0x4000...0x4005)) }

    private func randomLifetime() -> UInt32? { random.pick([nil, 0, 1, 600, 900, 3600, 99_999]) }

    private func randomFamily() -> AddressFamily? { random.pick([nil, nil, .ipv4, .ipv6]) }

    private func randomPayload() -> [UInt8] {
        (0..<random.pick(0...40)).map { _ in UInt8(random.pick(0...255)) }
    }
}
