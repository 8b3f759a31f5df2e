import Primitives
import STUN
import TURN

// What clients ask, and what the rules say they must be answered.
extension StreamWorld {
    /// Opens a stream of a client; `worker` is where its first message sends it.
    func openStream(_ number: Int, worker: Int) -> FiveTuple {
        portCount += 1
        let ip = clients[number].ip
        let tuple = FiveTuple(
            client: TransportAddress(ip, 20_000 + portCount),
            listener: Places.listener(ip.family, isTLS: random.happens(50)))
        streams[tuple] = worker
        return tuple
    }

    /// Sends a request and takes the answer in, with credentials once they are asked for.
    /// Nil: it is not answered yet.
    @discardableResult
    func ask(
        _ number: Int, _ method: MessageMethod, on stream: FiveTuple,
        _ attributes: (inout MessageWriter) -> Void
    ) -> ReadAnswer? {
        for _ in 0..<2 {
            guard let place = streams[stream] else { return nil }
            let request = clients[number].request(method, on: stream, attributes)
            asked = request.id
            lastRequest = request.id
            answer = nil
            if method == .connect { awaited[request.id] = stream }
            digest(workers[place].receive(request.bytes, from: stream, at: now), of: workers[place])
            asked = nil
            guard let answer else { return nil }
            awaited[request.id] = nil
            guard answer.code == 401 || answer.code == 438, let nonce = answer.nonce else {
                return answer
            }
            clients[number].nonces[stream] = nonce
        }
        violate("\(method) is challenged for ever")
        return nil
    }

    func allocate(_ number: Int, on stream: FiveTuple) {
        let transport = random.happens(90) ? RelayTransport.tcp : .udp
        let form = random.pick(0...3)
        let answer = ask(number, .allocate, on: stream) { writer in
            writer.append(.requestedTransport, UInt32(transport == .tcp ? 6 : 17) << 24)
            if form == 1 { writer.append(.requestedAddressFamily, UInt32(2) << 24) }
            if form == 2 { writer.append(.additionalAddressFamily, UInt32(2) << 24) }
        }
        guard let answer else { return }
        guard answer.isSuccess else { return refused(answer) }
        statistics.allocations += 1
        guard model.allocations[stream] == nil else { return violate("second allocation") }
        var allocation = StreamModel.Allocation(user: clients[number].user, transport: transport)
        for relay in answer.relays {
            allocation.relays[relay.ip.family] = (
                local(relay), now.monotonic + Seconds(answer.lifetime ?? 0)
            )
        }
        model.allocations[stream] = allocation
    }

    func refresh(_ number: Int, on stream: FiveTuple) {
        let lifetime: UInt32 = random.pick([0, 600, 3600])
        let family = random.pick([nil, nil, AddressFamily.ipv4, .ipv6])
        isEnding = lifetime == 0
        let answer = ask(number, .refresh, on: stream) { writer in
            writer.append(.lifetime, lifetime)
            if let family { writer.append(.requestedAddressFamily, UInt32(family.rawValue) << 24) }
        }
        isEnding = false
        guard let answer else { return }
        guard answer.isSuccess else { return refused(answer) }
        guard var allocation = model.allocations[stream] else {
            return violate("refreshed without allocation")
        }
        for each in AddressFamily.allCases where family == nil || family == each {
            if lifetime == 0 {
                allocation.drop(each)
            } else {
                allocation.relays[each]?.ends = now.monotonic + Seconds(answer.lifetime ?? 0)
            }
        }
        model.allocations[stream] = allocation.relays.isEmpty ? nil : allocation
    }

    func permit(_ number: Int, on stream: FiveTuple, _ peer: IPAddress) {
        let answer = ask(number, .createPermission, on: stream) { writer in
            writer.append(.xorPeerAddress, xor: TransportAddress(peer, 0))
        }
        guard let answer else { return }
        guard answer.isSuccess else { return refused(answer) }
        if isDenied(peer) { violate("permission for \(peer)") }
        model.allocations[stream]?.permissions[peer] = now.monotonic + Seconds(300)
    }

    func connect(_ number: Int, on stream: FiveTuple, _ peer: TransportAddress) {
        let expected = expectConnect(stream, peer)
        let answer = ask(number, .connect, on: stream) { writer in
            writer.append(.xorPeerAddress, xor: peer)
        }
        if let answer { refused(answer) }
        if !expected.contains(answer?.code) {
            violate("Connect to \(peer) gave \(answer?.code ?? 0), the rules say \(expected)")
        }
        guard answer == nil, let lastRequest, let relays = model.allocations[stream]?.relays,
            let relay = relays[peer.ip.family]
        else { return }
        model.allocations[stream]?.connections.append(
            .init(
                relay: relay.local, peer: local(peer), state: .connecting,
                ends: now.monotonic + StreamModel.patience, transaction: lastRequest))
    }

    /// The answers that a Connect may get at once; nil: none.
    private func expectConnect(_ stream: FiveTuple, _ peer: TransportAddress) -> [UInt16?] {
        guard let allocation = model.allocations[stream], allocation.transport == .tcp else {
            return [437]
        }
        guard let relay = allocation.relays[peer.ip.family] else { return [443] }
        if isDenied(peer.ip) { return [403] }
        if Places.own.contains(peer.ip) {
            guard scenario.base.ports.contains(peer.port) else { return [403] }
            if local(peer) == relay.local { return [403] }
            // A worker that is late has relays that should be gone.
            if model.relay(local(peer)) == nil {
                return isLate ? [447, nil, 446, 486, 508] : [447]
            }
        }
        if allocation.connections.contains(where: { $0.peer == local(peer) }) { return [446] }
        if allocation.connections.count >= scenario.connectionsPerAllocation { return [508] }
        let limit = scenario.connectionsPerUser
        if limit > 0, model.count(ofUser: allocation.user) >= limit { return [486] }
        // Nor has it given back what the user held there.
        return isLate && limit > 0 ? [nil, 486] : [nil]
    }

    /// A new stream comes for a connection.
    func bind(_ number: Int, _ connection: UInt32) {
        let place = Int(Server.worker(ofConnection: connection).index)
        let stream = openStream(number, worker: place < workers.count ? place : 0)
        let expected = model.expectBind(connection, user: clients[number].user)
        // Some clients use the nonce of their control connection.
        if let control = clients[number].control, random.happens(30) {
            clients[number].nonces[stream] = clients[number].nonces[control]
        }
        let answer = ask(number, .connectionBind, on: stream) { writer in
            writer.append(.connectionID, connection)
        }
        if answer?.code != expected {
            violate("ConnectionBind gave \(answer?.code ?? 1), the rules say \(expected)")
        }
        guard let answer, answer.isSuccess, let (tuple, position) = model.find(connection) else {
            if let answer { refused(answer) }
            streams[stream] = nil
            return
        }
        statistics.bound += 1
        model.allocations[tuple]?.connections[position].state = .bound
        model.allocations[tuple]?.connections[position].ends = .never
    }

    private func refused(_ answer: ReadAnswer) {
        statistics.refused[answer.code, default: 0] += 1
    }

    func isDenied(_ peer: IPAddress) -> Bool {
        Places.deniedPeers.contains(peer)
            || peersAreClosed && Places.doubtfulPeers.contains(peer)
    }
}
