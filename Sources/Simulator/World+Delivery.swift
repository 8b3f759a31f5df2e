import Forwarding
import Primitives
import STUN
import TURN

// Datagrams that arrive, and what the workers made of them.
extension World {
    func arrive(_ bytes: [UInt8], from source: TransportAddress) {
        let tuple = FiveTuple(
            client: source, listener: ListenerID(index: source.ip.family == .ipv4 ? 0 : 1))
        let worker = worker(of: tuple)
        let expected = model.expect(bytes, from: source).map { [$0] } ?? []
        noteTraffic(expected, from: source)
        digest(worker.receive(bytes, from: tuple, at: now), of: worker, expected: expected)
    }

    func arrive(_ bytes: [UInt8], from peer: TransportAddress, at relay: TransportAddress) {
        let local =
            settings.relayAddresses.first { $0.advertised == relay.ip }?.local ?? relay.ip
        for worker in workers {
            let socket = worker.sockets.first {
                $0.value.local == TransportAddress(local, relay.port)
            }
            guard let id = socket?.key else { continue }
            let expected = model.expect(bytes, from: peer, atRelay: relay).map { [$0] } ?? []
            noteTraffic(expected, from: nil)
            digest(
                worker.receive(bytes, from: peer, on: id, at: now), of: worker,
                expected: expected)
            return
        }
    }

    func arrive(_ bytes: [UInt8], atClient address: TransportAddress) {
        // An answer to a binding that the NAT has forgotten reaches nobody.
        guard let number = clients.firstIndex(where: { $0.outside == address }),
            let answer = ReadAnswer(bytes), let request = requests[answer.transaction]
        else { return }
        if answer.code == 401, !clients[number].nonce.isEmpty {
            let (name, password) = Places.credentials(
                clients[number].user, expires: now.unixSeconds + UInt64(random.pick(60...3000)))
            clients[number].rename(name, password)
        }
        if let again = clients[number].receive(answer, to: request) { ask(number, again) }
    }

    private func noteTraffic(
        _ expected: [ClientModel.Expected], from source: TransportAddress?
    ) {
        if expected.isEmpty { statistics.withheld += 1 }
        for case .client(let client, _, _, _) in expected {
            model.noteData(client, at: now.monotonic)
        }
        if let source, !expected.isEmpty { model.noteData(source, at: now.monotonic) }
    }

    /// Takes the outputs of one step in: exactly the expected datagrams, and answers.
    func digest(
        _ outputs: [Output], of worker: SimulatedWorker, expected: [ClientModel.Expected]
    ) {
        var relayed: [ClientModel.Expected] = []
        for output in outputs { digest(output, of: worker, &relayed) }
        if relayed != expected {
            violate("forwarded \(relayed), the rules say \(expected)")
        }
    }

    private func digest(
        _ output: Output, of worker: SimulatedWorker, _ relayed: inout [ClientModel.Expected]
    ) {
        switch output {
        case .answer(let tuple, let bytes):
            note(bytes, to: tuple)
        case .toClient(let client, let bytes):
            guard let data = Wire.data(bytes) else {
                violate("no data for \(client): \(bytes)")
                return
            }
            statistics.relayedDown += 1
            relayed.append(
                .client(client, channel: data.channel, peer: data.peer, payload: data.2))
            send(.toClient(bytes: bytes, at: client))
        case .toPeer(let relay, let peer, let payload):
            statistics.relayedUp += 1
            relayed.append(.peer(relay: relay, peer: peer, payload: payload))
            let outside = model.advertised[relay.ip] ?? relay.ip
            send(
                .toPeer(
                    bytes: payload, at: peer, from: TransportAddress(outside, relay.port)))
        case .handedOver(let handover, let payload):
            statistics.hairpinned += 1
            let other = workers[Int(handover.worker)]
            for output in other.accept(handover, payload, at: now) {
                digest(output, of: other, &relayed)
            }
        case .ended(let tuple, let reason): noteEnd(tuple, reason)
        case .broken(let what): violate(what)
        }
    }

    private func note(_ bytes: [UInt8], to tuple: FiveTuple) {
        var bytes = bytes
        guard let answer = ReadAnswer(bytes), let request = requests[answer.transaction] else {
            violate("answer to nothing: \(bytes)")
            return
        }
        statistics.answers += 1
        if answer.isSuccess {
            let isRepeated =
                model.allocations[tuple.client]?.answers[answer.transaction] != nil
            if isRepeated {
                statistics.repeatedSuccesses += 1
                if scenario.fault == .alteredAnswer { bytes[bytes.count - 1] ^= 1 }
            } else if request.method == .allocate {
                statistics.allocations += 1
            }
            checkPeers(request, tuple)
            let wrong = model.note(answer, bytes, to: request, of: tuple, at: now.monotonic)
            if let wrong { violate(wrong) }
        } else {
            statistics.refused[answer.code, default: 0] += 1
        }
        send(.toClient(bytes: bytes, at: tuple.client))
    }

    private func noteEnd(_ tuple: FiveTuple, _ reason: EndReason) {
        guard let allocation = model.allocations[tuple.client] else { return }
        switch reason {
        case .expired, .tooOld:
            violate("allocation of \(tuple.client) ended early: \(reason.rawValue)")
        case .evicted:
            statistics.evicted += 1
            let quietSince = allocation.lastData ?? allocation.born
            // Without permissions it may go even if it carried data before.
            if quietSince + Seconds(30) > now.monotonic, !allocation.permissions.isEmpty {
                violate("evicted while in use")
            }
            model.forget(tuple.client)
        case .killed, .revoked, .streamClosed, .listenerGone: model.forget(tuple.client)
        case .deletedByClient: break
        }
    }

    /// What was granted must have been grantable.
    private func checkPeers(_ request: SentRequest, _ tuple: FiveTuple) {
        for peer in request.peers {
            if Places.deniedPeers.contains(peer.ip) { violate("denied peer \(peer) granted") }
            if request.method == .channelBind, Places.own.contains(peer.ip),
                !scenario.ports.contains(peer.port)
            {
                violate("channel to own port \(peer) granted")
            }
        }
    }
}
