import Crypto
import Primitives
import TURN

/// What one step of a worker did.
enum StreamOutput {
    case message(to: FiveTuple, bytes: [UInt8])
    /// A connection to a peer is being made.
    case connecting(StreamWorker.Peering)
    case bound(StreamWorker.Peering)
    case closed(StreamWorker.Peering)
    case streamClosed(FiveTuple)
    case ended(FiveTuple, EndReason)
    /// The server broke a rule of its own seam.
    case broken(String)
}

/// One worker with clients behind streams: the server, and a driver that carries its actions out
/// in memory.
final class StreamWorker {
    /// A connection between a relay and a peer, as a driver holds it.
    struct Peering {
        /// Which of all connections of the world it is.
        let serial: Int
        let id: ConnectionID
        let relay: TransportAddress
        let peer: TransportAddress
        var isUp: Bool
        var stream: FiveTuple?
    }

    let number: Int
    private(set) var server: Server
    private(set) var sockets: [RelayID: (local: TransportAddress, transport: RelayTransport)] = [:]
    private(set) var connections: [ConnectionID: Peering] = [:]
    /// Connections that ever began and ended here.
    private(set) var opened = 0
    private(set) var closed = 0
    private var tuples: [AllocationID: FiveTuple] = [:]
    private var random: SeededRandom
    private let scenario: StreamScenario
    private var outputs: [StreamOutput] = []

    init(
        _ number: Int, _ scenario: StreamScenario, _ settings: ServerSettings,
        _ shared: SharedState, at now: Now
    ) {
        self.number = number
        self.scenario = scenario
        random = SeededRandom(scenario.seed &+ UInt64(number) &* 7919)
        server = Server(
            settings: settings, hash: OpenSSLHash(), shared: shared,
            worker: WorkerID(index: UInt16(number)),
            entropy: SeededRandom(scenario.seed ^ UInt64(number) << 32), at: now)
    }

    func receive(_ bytes: [UInt8], from tuple: FiveTuple, at now: Now) -> [StreamOutput] {
        server.receive(bytes.span, from: tuple, at: now)
        return carryOut(at: now)
    }

    /// A peer connects to a relay; false when it is sent away.
    func accept(
        _ relay: RelayID, from peer: TransportAddress, at now: Now
    ) -> (isIn: Bool, outputs: [StreamOutput]) {
        var id = server.peerAccepted(relay, from: peer, at: now)
        if id == nil, scenario.fault == .openDoor { id = ConnectionID(index: 1000) }
        if let id, let socket = sockets[relay] { add(id, socket.local, peer, isUp: true) }
        return (id != nil, carryOut(at: now))
    }

    func connected(_ peering: Peering, at now: Now) -> [StreamOutput] {
        connections[peering.id]?.isUp = true
        server.peerConnected(peering.id, at: now)
        return carryOut(at: now)
    }

    func failed(_ peering: Peering, at now: Now) -> [StreamOutput] {
        remove(peering.id)
        server.peerFailed(peering.id, at: now)
        return carryOut(at: now)
    }

    /// Peer or client ended a connection.
    func ended(_ peering: Peering, at now: Now) -> [StreamOutput] {
        remove(peering.id)
        if scenario.fault != .keptEnds { server.connectionClosed(peering.id, at: now) }
        return carryOut(at: now)
    }

    func streamClosed(_ tuple: FiveTuple, at now: Now) -> [StreamOutput] {
        if scenario.fault != .keptStreams { server.streamClosed(tuple, at: now) }
        return carryOut(at: now)
    }

    func tick(at now: Now) -> [StreamOutput] {
        guard scenario.fault != .missedDeadlines else { return [] }
        var result: [StreamOutput] = []
        for _ in 0..<1000 {
            guard server.nextDeadline <= now.monotonic else { return result }
            server.tick(at: now)
            result += carryOut(at: now)
        }
        return result + [.broken("deadline stays in the past after 1000 ticks")]
    }

    func apply(_ settings: ServerSettings, at now: Now) -> [StreamOutput] {
        server.apply(settings, at: now)
        return carryOut(at: now) + tick(at: now)
    }

    func kill(_ handle: AllocationHandle, at now: Now) -> [StreamOutput] {
        _ = server.kill(handle, banning: nil, at: now)
        return carryOut(at: now)
    }

    func snapshots(at now: Now) -> [AllocationSnapshot] {
        server.snapshots(from: 0, limit: .max, at: now.monotonic).page
    }

    private func carryOut(at now: Now) -> [StreamOutput] {
        while let action = server.nextAction() { carryOut(action, at: now) }
        defer { outputs.removeAll() }
        return outputs
    }

    private func carryOut(_ action: Action, at now: Now) {
        switch action {
        case .send(let tuple, let range):
            outputs.append(.message(to: tuple, bytes: Array(server.outgoing[range])))
        case .openRelay(let id, let local, let port, let transport):
            open(id, TransportAddress(local, port), transport)
        case .closeRelay(let id):
            if sockets.removeValue(forKey: id) == nil { outputs.append(.broken("no \(id)")) }
        case .connectPeer(let id, let relay, let peer):
            guard let socket = sockets[relay], socket.transport == .tcp else {
                outputs.append(.broken("connect from \(relay), which takes no connections"))
                return
            }
            outputs.append(.connecting(add(id, socket.local, peer, isUp: false)))
        case .bindConnection(let id, let client): bind(id, client)
        case .closeConnection(let id):
            if scenario.fault == .keptConnections { return }
            guard let peering = remove(id) else { return }
            outputs.append(.closed(peering))
        case .closeStream(let tuple): outputs.append(.streamClosed(tuple))
        case .queryTraffic(let id): server.answerTraffic(id, last: now.monotonic)
        case .installAllocation(let allocation): tuples[allocation.id] = allocation.client
        case .event(.ended(let handle, _, let reason, _)):
            if let tuple = tuples.removeValue(forKey: handle.id) {
                outputs.append(.ended(tuple, reason))
            }
        default: break
        }
    }

    private func bind(_ id: ConnectionID, _ client: FiveTuple) {
        guard let peering = connections[id], peering.isUp, peering.stream == nil else {
            outputs.append(.broken("\(id) is bound, but does not wait"))
            return
        }
        guard case .message(let receiver, _)? = outputs.last, receiver == client else {
            outputs.append(.broken("\(id) is bound before its answer"))
            return
        }
        connections[id]?.stream = client
        outputs.append(.bound(peering))
    }

    @discardableResult
    private func add(
        _ id: ConnectionID, _ relay: TransportAddress, _ peer: TransportAddress, isUp: Bool
    ) -> Peering {
        if connections[id] != nil { outputs.append(.broken("\(id) opened twice")) }
        let peering = Peering(
            serial: opened << 4 | number, id: id, relay: relay, peer: peer, isUp: isUp)
        opened += 1
        connections[id] = peering
        return peering
    }

    @discardableResult
    private func remove(_ id: ConnectionID) -> Peering? {
        guard let peering = connections.removeValue(forKey: id) else {
            outputs.append(.broken("\(id) closed twice"))
            return nil
        }
        closed += 1
        return peering
    }

    private func open(
        _ id: RelayID, _ local: TransportAddress, _ transport: RelayTransport
    ) {
        if random.happens(scenario.base.bindFailurePercent) {
            server.relayFailed(id, retry: random.happens(80))
            return
        }
        if sockets.values.contains(where: { $0.local == local }) {
            outputs.append(.broken("\(local) opened twice"))
        }
        sockets[id] = (local, transport)
        server.relayOpened(id)
    }
}
