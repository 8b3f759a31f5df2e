import CPacket
import Crypto
import Forwarding
import Primitives
import TURN

/// What leaves a worker in one step.
enum Output {
    /// A message of `TURN`.
    case answer(to: FiveTuple, bytes: [UInt8])
    case toClient(client: TransportAddress, bytes: [UInt8])
    case toPeer(relay: TransportAddress, peer: TransportAddress, payload: [UInt8])
    case handedOver(Handover, payload: [UInt8])
    case ended(FiveTuple, EndReason)
    /// The server broke a rule of its own seam.
    case broken(String)
}

/// One worker: the two cores, and a driver that carries their actions out in memory.
final class SimulatedWorker {
    let number: Int
    private(set) var server: Server
    private(set) var forwarder: Forwarder
    /// Relay sockets that are open.
    private(set) var sockets: [RelayID: (socket: Int32, local: TransportAddress)] = [:]
    private var tuples: [AllocationID: FiveTuple] = [:]
    private var lastExpiry: [AllocationID: [IPAddress: MonotonicTime]] = [:]
    private var socketCount: Int32 = 100
    private var random: SeededRandom
    private let scenario: Scenario
    private var outputs: [Output] = []

    /// Sockets of the listeners, by their index.
    private static let listenerSockets: [Int32] = [3, 4]

    init(
        _ number: Int, _ scenario: Scenario, _ settings: ServerSettings, _ shared: SharedState,
        _ relays: RelayMap, at now: Now
    ) {
        self.number = number
        self.scenario = scenario
        random = SeededRandom(scenario.seed &+ UInt64(number) &* 7919)
        server = Server(
            settings: settings, hash: OpenSSLHash(), shared: shared,
            worker: WorkerID(index: UInt16(number)),
            entropy: SeededRandom(scenario.seed ^ UInt64(number) << 32), at: now)
        forwarder = Forwarder(
            worker: UInt8(number), relays: relays, seed: scenario.seed,
            transactionSeed: scenario.seed)
    }

    /// A datagram on a listener.
    func receive(_ bytes: [UInt8], from tuple: FiveTuple, at now: Now) -> [Output] {
        let record = Self.record(bytes, from: tuple.client, tag: 0)
        forwarder.forwardFromClients(
            [record], count: 1, arena: bytes.span, listener: tuple.listener.index,
            now: now.monotonic.nanoseconds)
        collect(bytes)
        let hasControl = forwarder.control.count > 0
        forwarder.finishBatch()
        if hasControl {
            server.receive(bytes.span, from: tuple, at: now)
            carryOut(at: now)
        }
        return take()
    }

    /// A datagram on a relay socket.
    func receive(
        _ bytes: [UInt8], from peer: TransportAddress, on relay: RelayID, at now: Now
    ) -> [Output] {
        let tag = Forwarder.tag(of: relay.allocation.index)
        let record = Self.record(bytes, from: peer, tag: tag)
        forwarder.forwardFromPeers([record], count: 1, now: now.monotonic.nanoseconds)
        collect(bytes)
        forwarder.finishBatch()
        return take()
    }

    /// A datagram that another worker's client sent to a relay of this one.
    func accept(_ handover: Handover, _ payload: [UInt8], at now: Now) -> [Output] {
        forwarder.acceptHandover(
            offset: 0, length: UInt32(payload.count), from: handover.source,
            to: handover.destination, now: now.monotonic.nanoseconds)
        collect(payload)
        forwarder.finishBatch()
        return take()
    }

    func tick(at now: Now) -> [Output] {
        guard scenario.fault != .missedDeadlines else { return [] }
        var rounds = 0
        while server.nextDeadline <= now.monotonic {
            server.tick(at: now)
            carryOut(at: now)
            rounds += 1
            if rounds == 1000 {
                outputs.append(.broken("deadline stays in the past after 1000 ticks"))
                break
            }
        }
        return take()
    }

    func apply(_ settings: ServerSettings, at now: Now) -> [Output] {
        server.apply(settings, at: now)
        carryOut(at: now)
        return take() + tick(at: now)
    }

    func kill(_ handle: AllocationHandle, banning: Seconds?, at now: Now) -> [Output] {
        _ = server.kill(handle, banning: banning, at: now)
        carryOut(at: now)
        return take()
    }

    func snapshots(at now: Now) -> [AllocationSnapshot] {
        server.snapshots(from: 0, limit: .max, at: now.monotonic).page
    }

    private func take() -> [Output] {
        defer { outputs.removeAll() }
        return outputs
    }

    private func carryOut(at now: Now) {
        while let action = server.nextAction() { carryOut(action, at: now) }
    }

    private func carryOut(_ action: Action, at now: Now) {
        switch action {
        case .send(let tuple, let range):
            outputs.append(.answer(to: tuple, bytes: Array(server.outgoing[range])))
        case .openRelay(let id, let local, let port, _): open(id, TransportAddress(local, port))
        case .closeRelay(let id):
            if scenario.fault != .leakedSocket { sockets[id] = nil }
        case .queryTraffic(let id):
            server.answerTraffic(id, last: forwarder.lastActive(id.index))
        case .event(.ended(let handle, _, let reason, _)):
            if let tuple = tuples[handle.id] { outputs.append(.ended(tuple, reason)) }
            tuples[handle.id] = nil
            lastExpiry[handle.id] = nil
        case .event: break
        default: install(action, at: now)
        }
    }

    private func install(_ action: Action, at now: Now) {
        switch action {
        case .installAllocation(let allocation): install(allocation, at: now)
        case .removeAllocation(let id):
            if scenario.fault != .keptFlows { forwarder.removeAllocation(id.index) }
        case .removeFamily(let id, let family): forwarder.removeRelay(id.index, family)
        case .setExpiry(let id, let expires): forwarder.setExpiry(id.index, expires)
        case .installPermission(let id, let peer, let expires, let own):
            checkExpiry(id, peer, expires, now)
            let extra = scenario.fault == .permissionsLiveTooLong ? Seconds(60) : Seconds(0)
            forwarder.installPermission(
                id.index, peer: peer, expires: expires + extra, reach: own ? .hairpin : .network)
        case .removePermission(let id, let peer):
            lastExpiry[id]?[peer] = nil
            guard scenario.fault != .permissionsLiveTooLong else { return }
            forwarder.removePermission(id.index, peer: peer)
        case .installChannel(let id, let channel, let peer, let expires, let own):
            if expires <= now.monotonic { outputs.append(.broken("channel ends in the past")) }
            forwarder.installChannel(
                id.index, channel, peer: peer, expires: expires, reach: own ? .hairpin : .network)
        case .removeChannel(let id, let channel): forwarder.removeChannel(id.index, channel)
        default: break
        }
    }

    /// Deadlines are monotone: in the future, and never earlier than what was installed before.
    private func checkExpiry(
        _ id: AllocationID, _ peer: IPAddress, _ expires: MonotonicTime, _ now: Now
    ) {
        if expires <= now.monotonic || expires < lastExpiry[id]?[peer] ?? expires {
            outputs.append(.broken("permission of \(peer) ends earlier than before"))
        }
        lastExpiry[id, default: [:]][peer] = expires
    }

    private func install(_ allocation: InstalledAllocation, at now: Now) {
        if tuples[allocation.id] != nil { outputs.append(.broken("allocation installed twice")) }
        tuples[allocation.id] = allocation.client
        let relays = [allocation.relayV4, allocation.relayV6].compactMap { relay in
            relay.flatMap { relay in
                sockets[relay.id].map {
                    Forwarder.Relay(
                        socket: $0.socket, local: relay.local, advertised: relay.advertised)
                }
            }
        }
        forwarder.installAllocation(
            allocation.id.index,
            client: .init(
                address: allocation.client.client, listener: allocation.client.listener.index,
                path: .socket(Self.listenerSockets[Int(allocation.client.listener.index)])),
            relays: relays, expires: allocation.expires, user: allocation.user.index,
            bytesPerSecond: allocation.bytesPerSecond, now: now.monotonic)
    }

    private func open(_ id: RelayID, _ local: TransportAddress) {
        if random.happens(scenario.bindFailurePercent) {
            server.relayFailed(id, retry: random.happens(80))
            return
        }
        if sockets.values.contains(where: { $0.local == local }) {
            outputs.append(.broken("\(local) opened twice"))
        }
        socketCount += 1
        sockets[id] = (socketCount, local)
        server.relayOpened(id)
    }

    /// Reads what the forwarder queued; payloads lie in `arena`.
    private func collect(_ arena: [UInt8]) {
        for index in 0..<forwarder.transmit.groupCount {
            let group = forwarder.transmit.groups[index]
            let to = Self.address(group.addressHigh, group.addressLow, group.port, group.family)
            let relay = sockets.values.first { $0.socket == group.socket }?.local
            var next = group.first
            while next != UInt32.max {
                let segment = forwarder.transmit.segments[Int(next)]
                let header = (0..<Int(segment.headerLength)).map {
                    forwarder.transmit.headers[Int(segment.headerOffset) + $0]
                }
                let start = Int(segment.payloadOffset)
                let payload = arena[start..<start + Int(segment.payloadLength)]
                let padding = [UInt8](repeating: 0, count: Int(segment.padding))
                if Self.listenerSockets.contains(group.socket) {
                    outputs.append(.toClient(client: to, bytes: header + payload + padding))
                } else if let relay {
                    outputs.append(.toPeer(relay: relay, peer: to, payload: Array(payload)))
                } else {
                    outputs.append(.broken("sent through a closed socket to \(to)"))
                }
                next = segment.next
            }
        }
        for index in 0..<forwarder.handovers.count {
            let item = forwarder.handovers[index]
            let start = Int(item.payloadOffset)
            outputs.append(
                .handedOver(item, payload: Array(arena[start..<start + Int(item.length)])))
        }
    }

    private static func record(
        _ bytes: [UInt8], from source: TransportAddress, tag: UInt32
    ) -> ts_received {
        ts_received(
            addressHigh: source.ip.high, addressLow: source.ip.low, payloadOffset: 0,
            payloadLength: UInt32(bytes.count), segmentSize: 0, tag: tag, port: source.port,
            family: source.ip.family == .ipv4 ? 4 : 6, typeOfService: 0, flags: 0)
    }

    private static func address(
        _ high: UInt64, _ low: UInt64, _ port: UInt16, _ family: UInt8
    ) -> TransportAddress {
        TransportAddress(
            family == 4
                ? IPAddress(v4: UInt32(low)) : IPAddress(v6High: high, low: low), port)
    }
}
