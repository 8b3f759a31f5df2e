import Admin
import Configuration
import LinuxIO
import Primitives
import Reception
import TURN

/// Where clients come in by stream: accepts, finds out who they are and what they speak, gives TURN
/// clients to the workers and serves the others.
///
/// Lives on the control thread, in an epoll of its own inside that thread's: one look takes at most
/// 256 of its events, so that signals and the admin socket have their turn under any load.
final class Door {
    private let epoll: Epoll
    private let tools: DoorTools
    /// By slot; nil where it was closed.
    private var listeners: [TCPListener?]
    /// Slots whose listeners the system gave no watch for; each reload tries again.
    private var unwatched: [Int] = []
    private let routes: [WorkerRoute]
    private var nextRoute = 0
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    /// Deadlines of connections, by the number of their slot.
    private var timers: TimerWheel
    /// Set while the system has no descriptors left.
    private var acceptsAgain = MonotonicTime.never

    /// The place of a connection.
    private struct Slot {
        var connection: DoorConnection?
        /// Counts the connections it has had: an event may be older than the present one.
        var generation: UInt32 = 0
        var watched: Readiness = []
        var deadline = MonotonicTime.never
    }

    /// Connections taken from one listener at a time: enough for 10,000 a second with a turn each
    /// few milliseconds, short enough for everybody else.
    private static let acceptsPerTurn = 64
    /// Without descriptors a listener stays readable: asking it again and again would spin.
    private static let acceptPause = Seconds(1)

    /// Takes over the listeners. Without routes STUN is refused, and HTTP served alone.
    init(
        _ streams: StreamListeners, _ tools: DoorTools, routes: [WorkerRoute],
        at now: MonotonicTime
    ) throws(SystemError) {
        let listeners = streams.sockets
        let epoll = try Epoll()
        for (index, listener) in listeners.enumerated() {
            try epoll.add(listener.raw, .readable, token: DoorToken.listener(index))
        }
        self.epoll = epoll
        self.listeners = listeners
        self.tools = tools
        self.routes = routes
        if routes.isEmpty { tools.settings.takesSTUN = false }
        timers = TimerWheel(at: now)
    }

    /// Readable when there is something to serve.
    var raw: Int32 { epoll.raw }

    var nextDeadline: MonotonicTime {
        min(timers.nextDeadline, acceptsAgain, tools.ledger.nextNotice)
    }

    /// Serves what is there, at most one read of each of 256 connections.
    func serve(at now: Now) {
        for index in 0..<epoll.wait(milliseconds: 0) {
            let (token, readiness) = epoll[index]
            switch DoorToken(token) {
            case .listener(let index): accept(index, at: now)
            case .connection(let number, let generation):
                guard slots.indices.contains(number), slots[number].generation == generation,
                    let connection = slots[number].connection
                else { continue }
                conclude(number, connection.serve(readiness, tools, at: now), at: now)
            }
        }
        serveWoken(at: now)
    }

    /// Acts on deadlines.
    func tick(at now: Now) {
        if acceptsAgain <= now.monotonic {
            acceptsAgain = .never
            watchListeners(.readable)
        }
        while let id = timers.nextDue(at: now.monotonic) {
            let number = Int(id)
            slots[number].deadline = .never
            guard let connection = slots[number].connection else { continue }
            conclude(number, connection.tick(tools, at: now), at: now)
        }
        serveWoken(at: now)
    }

    /// What new connections may speak from now on.
    func apply(_ served: ServedTransports) { tools.settings.served = served }

    /// With what happened beside it to clients behind DTLS, who share its ledger.
    func snapshot(with handshakes: DTLSHandshakes) -> StreamsSnapshot {
        let counters = tools.counters.adding(handshakes.counters)
        return StreamsSnapshot(tools.ledger.counts, counters)
    }

    /// Without those of clients behind DTLS.
    var counters: DoorCounters { tools.counters }

    /// What was refused since the last notice, for the log.
    func takeNotice(at now: Now) -> String? {
        tools.ledger.takeNotice(at: now.monotonic)?.description
    }

    /// Ends everything; WebSockets are told that the server goes away. Those of the listeners
    /// that another door has taken over stay open.
    func stop(at now: Now, keeping kept: Set<TCPListener> = []) {
        for case let listener? in listeners where !kept.contains(listener) { listener.close() }
        for number in slots.indices {
            slots[number].connection?.sayGoodbye(tools, at: now)
            close(number)
        }
    }

    private func serveWoken(at now: Now) {
        var woken = tools.takeWoken()
        while !woken.isEmpty {
            for number in woken {
                guard let connection = slots[number].connection else { continue }
                conclude(number, connection.tick(tools, at: now), at: now)
            }
            woken = tools.takeWoken()
        }
    }
}

// A reload.
extension Door {
    /// New settings and bounds, for connections that come from now on.
    func apply(_ streams: ServerConfiguration.Streams, served: ServedTransports) {
        tools.settings = DoorSettings(streams, served: served)
        tools.ledger.apply(streams.limits.ledger)
    }

    /// Opens and closes listeners; `opened` are the sockets for the change. Connections go on,
    /// wherever they came by. Returns those that cannot be watched, now or since an earlier reload.
    func follow(
        _ change: ListenerChange, _ opened: [TCPListener], at now: Now
    ) -> [StreamEndpoint] {
        for closed in change.closedStreams {
            // Whoever has connected was promised an answer.
            accept(closed.slot, at: now)
            listeners[closed.slot]?.close()
            listeners[closed.slot] = nil
            unwatched.removeAll { $0 == closed.slot }
        }
        for altered in change.alteredStreams { tools.endpoints[altered.slot] = altered.place }
        for (endpoint, socket) in zip(change.openedStreams, opened) {
            if endpoint.slot == listeners.count {
                listeners.append(nil)
                tools.endpoints.append(endpoint.place)
            }
            listeners[endpoint.slot] = socket
            tools.endpoints[endpoint.slot] = endpoint.place
            unwatched.append(endpoint.slot)
        }
        unwatched = unwatched.filter { !watch($0) }
        return unwatched.map { tools.endpoints[$0] }
    }

    private func watch(_ slot: Int) -> Bool {
        guard let listener = listeners[slot] else { return true }
        let token = DoorToken.listener(slot) as UInt64
        return (try? epoll.add(listener.raw, .readable, token: token)) != nil
    }
}

// Accepting.
extension Door {
    private func accept(_ index: Int, at now: Now) {
        for _ in 0..<Self.acceptsPerTurn {
            do throws(SystemError) {
                guard let (socket, peer) = try listeners[index]?.accept() else { return }
                admit(socket, from: peer, endpoint: index, at: now.monotonic)
            } catch {
                tools.ledger.refuse(.noResources, nil)
                watchListeners([])
                acceptsAgain = now.monotonic + Self.acceptPause
                return
            }
        }
    }

    private func watchListeners(_ interest: Readiness) {
        for (slot, listener) in listeners.enumerated() {
            guard let listener else { continue }
            try? epoll.modify(listener.raw, interest, token: DoorToken.listener(slot))
        }
    }

    private func admit(
        _ socket: TCPHandle, from peer: TransportAddress, endpoint: Int, at now: MonotonicTime
    ) {
        let isProxied = tools.endpoints[endpoint].expectsProxyHeader
        if isProxied, !tools.settings.trustedProxies.contains(where: { $0.contains(peer.ip) }) {
            tools.ledger.refuse(.untrustedProxy, peer.ip)
            return socket.reset()
        }
        do throws(ConnectionRefusal) {
            let place = try tools.ledger.admit(isProxied ? nil : peer.ip)
            enter(socket, from: peer, endpoint: endpoint, place, at: now)
        } catch {
            // A reset leaves no TIME_WAIT behind: a flood costs no memory here.
            socket.reset()
        }
    }

    private func enter(
        _ socket: TCPHandle, from peer: TransportAddress, endpoint: Int, _ place: ConnectionPlace,
        at now: MonotonicTime
    ) {
        try? socket.setNoDelay(true)
        let number = freeSlots.popLast() ?? slots.count
        if number == slots.count { slots.append(Slot()) }
        let connection = DoorConnection(
            socket, from: peer, endpoint: endpoint, number: number, place: place, tools, at: now)
        let token = DoorToken.connection(number, slots[number].generation)
        slots[number].watched = connection.interest
        do throws(SystemError) {
            try epoll.add(socket.raw, slots[number].watched, token: token)
        } catch {
            tools.ledger.refuse(.noResources, peer.ip)
            freeSlots.append(number)
            return socket.reset()
        }
        slots[number].connection = connection
        schedule(number, connection.deadline)
    }
}

// Going on and leaving.
extension Door {
    private func conclude(_ number: Int, _ outcome: DoorConnection.Outcome, at now: Now) {
        guard let connection = slots[number].connection else { return }
        switch outcome {
        case .stay:
            // Never again at the same moment, whatever the connection says: that would not end.
            let soon = MonotonicTime(nanoseconds: now.monotonic.nanoseconds + 1)
            schedule(number, max(connection.deadline, soon))
            let interest = connection.interest
            guard interest != slots[number].watched else { return }
            slots[number].watched = interest
            let token = DoorToken.connection(number, slots[number].generation)
            if (try? epoll.modify(connection.socket.raw, interest, token: token)) == nil {
                close(number)
            }
        case .later: break
        case .handOver(let worker): handOver(number, connection, to: worker)
        case .close: close(number)
        case .refuse(let reason):
            tools.ledger.refuse(reason, connection.client.ip)
            close(number)
        }
    }

    private func schedule(_ number: Int, _ deadline: MonotonicTime) {
        guard deadline != slots[number].deadline else { return }
        slots[number].deadline = deadline
        if deadline == .never {
            timers.cancel(UInt32(number))
        } else {
            timers.schedule(UInt32(number), at: deadline)
        }
    }

    /// To the worker that is wanted, else to each in turn.
    private func handOver(_ number: Int, _ connection: DoorConnection, to worker: WorkerID?) {
        var route = worker.map { Int($0.index) } ?? nextRoute
        if !routes.indices.contains(route) { route = nextRoute }
        if worker == nil { nextRoute = (nextRoute + 1) % routes.count }
        connection.place.establish()
        Self.prepare(connection.socket)
        tools.counters.handedOver += 1
        try? epoll.remove(connection.socket.raw)
        let parcel = connection.parcel(tools)
        vacate(number)
        routes[route].mailbox.append(.adopt(parcel))
        routes[route].wakeup.signal()
    }

    /// For a long life with media in it: frames are to be dropped in a queue of ours rather than
    /// grow old in the kernel's, and a client that vanished is to be found.
    private static func prepare(_ socket: TCPHandle) {
        try? socket.setNotSentLowWater(notSentBytes)
        try? socket.setKeepAlive(idle: Seconds(60), interval: Seconds(15), probes: 4)
    }

    /// About as much as a fast link takes in 5 ms.
    private static let notSentBytes = 65_536

    private func close(_ number: Int) {
        guard let connection = slots[number].connection else { return }
        connection.end(tools)
        connection.socket.close()
        vacate(number)
    }

    private func vacate(_ number: Int) {
        schedule(number, .never)
        slots[number].connection = nil
        slots[number].generation = (slots[number].generation + 1) & DoorToken.generationMask
        freeSlots.append(number)
    }
}

/// How the door reaches a worker.
struct WorkerRoute: Sendable {
    var mailbox: Mailbox
    var wakeup: SharedWakeup
}

/// What the door's epoll gives back with an event.
enum DoorToken {
    case listener(Int)
    case connection(Int, generation: UInt32)

    private static let connectionBit: UInt64 = 1 << 63
    /// Generations count in the bits beside it.
    static let generationMask: UInt32 = 0x7fff_ffff

    init(_ token: UInt64) {
        let number = Int(token & 0xffff_ffff)
        self =
            token & Self.connectionBit == 0
            ? .listener(number)
            : .connection(number, generation: UInt32(token >> 32) & Self.generationMask)
    }

    static func listener(_ index: Int) -> UInt64 { UInt64(index) }

    static func connection(_ number: Int, _ generation: UInt32) -> UInt64 {
        connectionBit | UInt64(generation) << 32 | UInt64(number)
    }
}

extension StreamsSnapshot {
    init(_ counts: ConnectionCounts, _ counters: DoorCounters) {
        var refused: [String: UInt64] = [:]
        for (reason, count) in counts.refused { refused[reason.rawValue] = count }
        self.init(
            open: UInt64(counts.open), halfOpen: UInt64(counts.halfOpen),
            networks: UInt64(counts.networks), accepted: counts.admitted, refused: refused,
            handshakes: counters.handshakes, failedHandshakes: counters.failedHandshakes,
            handedOver: counters.handedOver, httpRequests: counters.requests,
            webSockets: counters.webSocketsOpen)
    }
}
