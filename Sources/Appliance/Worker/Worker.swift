import CPacket
import Crypto
import Forwarding
import LinuxIO
import Primitives
import STUN
import Synchronization
import TURN

/// One relay worker: a thread's own event loop, client sockets, allocations with their relay
/// sockets, timers and flow tables. Nothing of it is shared with another worker but the rings and
/// the ledgers named in `WorkerParts`.
///
/// A turn of the loop: wait; read relay sockets and forward towards clients; read listeners,
/// forward towards peers and answer STUN; take what other workers and the control thread sent;
/// let timers run. Every send leaves before the memory it points into is used again.
struct Worker: ~Copyable {
    var parts: WorkerParts
    var server: Server
    var forwarder: Forwarder
    var received: ReceiveBatch
    var sender: SendBatch
    var replies: ReplyQueue
    var relays: RelaySockets
    let epoll: Epoll
    let ready: UnsafeMutableBufferPointer<ts_ready>
    var readyCount = 0
    /// UDP sockets of clients that this turn found readable, as a set of bits by slot.
    var readyListeners: [Bool]
    var woken = false
    /// Events wait in a queue whose reader was not woken yet.
    var eventsWait = false
    var turn: UInt32 = 0
    var now: Now
    /// Clients behind TCP and TLS, and what this turn found ready of them.
    var streams: ClientTable<StreamClient>
    var readyStreams: [(number: UInt32, readiness: Readiness)] = []
    /// Their bounds; a reload changes them.
    var streamSettings: StreamSettings
    /// What was read from them and not forwarded yet, all of one listener.
    var frames = FrameArena()
    var framesListener = ListenerID(index: 0)
    /// Streams that failed while they were written to.
    var broken: [StreamClient] = []
    /// Peers of TCP relays, and what this turn found ready of them.
    var peers = PeerConnections()
    var readyPeers: [(id: ConnectionID, readiness: Readiness)] = []
    var readyRelayListeners: [RelayID] = []
    /// Relays that take no connections until `acceptsAgain`, for want of descriptors.
    var pausedRelays: [RelayID] = []
    var acceptsAgain = MonotonicTime.never
    /// Memory that every TLS session borrows: bytes from the wire, frames of one record, bytes
    /// for the wire.
    let wire: UnsafeMutableRawBufferPointer
    var record: [UInt8] = []
    let tlsOutput = TLSOutput()
    /// Clients behind DTLS, and what a batch brought from them, decrypted.
    var secured: ClientTable<SecureClient>
    var records: FrameArena
    let secureDoor: SecureDoor
    var secureBatch = SecureBatch()
    /// DTLS sessions that came to their end in this batch.
    var ended: [SecureClient] = []
    /// Listeners that a reload closes, one after the other.
    var closing: [ClosingListeners] = []
    /// Slots whose sockets the system gave no watch for; each reload tries again.
    var unwatched: [Int] = []
    var isStopping = false
    var tally = WorkerTally()

    init(_ parts: WorkerParts) throws(SystemError) {
        let epoll = try Epoll()
        for (slot, socket) in parts.sockets.enumerated() {
            guard let socket else { continue }
            try epoll.add(socket.raw, .readable, token: Token.listener(slot))
        }
        try epoll.add(parts.wakeup.raw, .readable, token: Token.wakeup)
        self.epoll = epoll
        self.parts = parts
        received = ReceiveBatch()
        sender = SendBatch()
        replies = ReplyQueue()
        relays = RelaySockets()
        var entropy = Entropy()
        now = Clock.now()
        server = Server(
            settings: parts.settings, hash: parts.hash, shared: parts.shared,
            worker: WorkerID(index: UInt16(parts.number)), entropy: KernelEntropy(), at: now)
        forwarder = Forwarder(
            worker: UInt8(parts.number), relays: parts.relayMap,
            highChannels: parts.settings.features.highChannels, seed: entropy.next(),
            transactionSeed: entropy.next())
        let limits = parts.settings.limits
        forwarder.setSharedLimits(
            perUser: limits.bytesPerSecondPerUser > 0, total: limits.bytesPerSecondTotal > 0)
        ready = .allocate(capacity: Epoll.capacityMax)
        readyListeners = Array(repeating: false, count: parts.sockets.count)
        streams = ClientTable(at: now.monotonic)
        streamSettings = parts.streams
        wire = .allocate(byteCount: FrameArena.readMax, alignment: 64)
        secured = ClientTable(at: now.monotonic)
        // A batch is never longer decrypted than encrypted.
        records = FrameArena(size: received.arenaSize + TLSSession.plainMargin)
        secureDoor = SecureDoor(parts.secure)
    }

    deinit {
        ready.deallocate()
        wire.deallocate()
    }

    /// Runs until the control thread says stop; then closes every socket.
    mutating func run() {
        var idleTurns = Self.idleTurnsMax
        while !isStopping {
            let count = epoll.wait(milliseconds: idleTurns < Self.idleTurnsMax ? 0 : timeout())
            turn &+= 1
            now = Clock.now()
            idleTurns = count == 0 ? idleTurns + 1 : 0
            sort(count)
            forwardFromPeers()
            serveClients()
            serveStreams()
            servePeers()
            // Reading from data connections spends leases outside of any batch.
            if forwarder.leaseRequests.count > 0 { endBatch() }
            if woken { takeMessages() }
            runTimers()
            closeListeners()
            closeBroken()
            secureBatch.flush(&sender)
            streams.recycle()
            secured.recycle()
            // Once a turn: each waking costs a system call, and where CPUs are few it takes this
            // thread's own.
            if eventsWait { parts.controlWakeup.signal() }
            eventsWait = false
        }
        relays.closeAll()
        peers.closeAll()
        for client in streams.all { client.socket.close() }
        for case let socket? in parts.sockets { socket.close() }
    }

    private mutating func runTimers() {
        if streams.nextDeadline <= now.monotonic { closeIdleStreams() }
        if secured.nextDeadline <= now.monotonic { closeIdleSecured() }
        if acceptsAgain <= now.monotonic { resumeAccepting() }
        guard server.nextDeadline <= now.monotonic else { return }
        server.tick(at: now)
        carryOut()
        replies.flush(&sender)
    }

    /// Empty looks at the sockets before the thread sleeps: a wake-up costs several microseconds,
    /// a look under one, and under load the next packet is there by then.
    private static let idleTurnsMax = 4

    private func timeout() -> Int32? {
        let deadline = min(
            server.nextDeadline, streams.nextDeadline, secured.nextDeadline, acceptsAgain)
        if !closing.isEmpty { return parts.events.isHalfFull ? Self.logWaitMilliseconds : 0 }
        guard deadline != .never else { return nil }
        let left = deadline.nanoseconds(since: Clock.monotonic())
        return Int32(clamping: (left + 999_999) / 1_000_000)
    }

    /// How long the log gets to catch up with the allocations that a reload ends.
    private static let logWaitMilliseconds: Int32 = 5

    /// Sorts the events of one wait by what they are for.
    private mutating func sort(_ count: Int) {
        readyCount = 0
        woken = false
        for index in 0..<count {
            let (token, readiness) = epoll[index]
            switch Token.Kind(token) {
            case .listener: readyListeners[Token.index(token)] = true
            case .wakeup: woken = true
            case .stream:
                readyStreams.append((UInt32(Token.index(token)), readiness))
            case .peer:
                readyPeers.append((ConnectionID(index: UInt32(Token.index(token))), readiness))
            case .relayListener:
                readyRelayListeners.append(RelayID(index: UInt32(Token.index(token))))
            case .relay:
                let id = RelayID(index: UInt32(Token.index(token)))
                if readiness.contains(.error) { takeDeliveryErrors(id) }
                guard readiness.contains(.readable), let item = relays.ready(id, turn: turn)
                else { continue }
                ready[readyCount] = item
                readyCount += 1
            }
        }
    }

    /// From peers to clients.
    private mutating func forwardFromPeers() {
        var visited = 0
        while visited < readyCount {
            received.clear()
            visited += received.receive(
                ready: UnsafeMutableBufferPointer(rebasing: ready[visited..<readyCount]))
            guard received.count > 0 else { continue }
            forwarder.forwardFromPeers(
                received.packets, count: received.count, now: now.monotonic.nanoseconds)
            flush(payloads: received.arena)
            endBatch()
        }
    }

    /// From clients to peers, and STUN.
    private mutating func serveClients() {
        for slot in readyListeners.indices where readyListeners[slot] {
            readyListeners[slot] = false
            received.clear()
            guard let socket = parts.sockets[slot],
                received.receive(from: socket, tag: UInt32(slot)) > 0
            else { continue }
            let arena = Span<UInt8>(
                _unsafeStart: received.arena.assumingMemoryBound(to: UInt8.self),
                count: received.arenaSize)
            forwarder.forwardFromClients(
                received.packets, count: received.count, arena: arena,
                listener: ListenerIndex.udp(slot).index, now: now.monotonic.nanoseconds)
            flush(payloads: received.arena)
            handOver(from: received.arena)
            answer(slot)
            openRecords(slot, through: socket)
            endBatch()
            judgeRecords(slot)
        }
    }

    /// Gives the STUN messages of the batch to `TURN` and sends its responses together.
    private mutating func answer(_ slot: Int) {
        for item in 0..<forwarder.control.count {
            let datagram = forwarder.control[item]
            let start = received.arena + Int(datagram.payloadOffset)
            let bytes = Span<UInt8>(
                _unsafeStart: start.assumingMemoryBound(to: UInt8.self),
                count: Int(datagram.length))
            let tuple = FiveTuple(
                client: received.packets[Int(datagram.received)].source,
                listener: ListenerIndex.udp(slot))
            server.receive(bytes, from: tuple, at: now)
            carryOut()
        }
        replies.flush(&sender)
    }

    /// Copies datagrams for relays of other workers into their rings and wakes them.
    mutating func handOver(from arena: UnsafeRawPointer) {
        guard forwarder.handovers.count > 0 else { return }
        var rung: UInt128 = 0
        for index in 0..<forwarder.handovers.count {
            let handover = forwarder.handovers[index]
            guard parts.outgoing[Int(handover.worker)].push(handover, arena: arena) else {
                forwarder.refuse(handover)
                continue
            }
            tally.handedOver &+= 1
            rung |= 1 << UInt128(handover.worker)
        }
        while rung != 0 {
            parts.wakeups[rung.trailingZeroBitCount].signal()
            rung &= rung - 1
        }
    }

    /// Forgets a batch that was dealt with.
    mutating func endBatch() {
        if forwarder.leaseRequests.count > 0 { topUpLeases() }
        forwarder.finishBatch()
    }

    /// Sends what the forwarder queued; `payloads` is the memory its offsets count from.
    mutating func flush(payloads: UnsafeRawPointer) {
        if forwarder.transmit.wrappedCount > 0 { sendWrapped(payloads: payloads) }
        let count = forwarder.transmit.groupCount
        guard count > 0 else { return }
        let groups = UnsafeMutableBufferPointer(start: forwarder.transmit.groups, count: count)
        let refused = sender.counters.mergeRefused
        sender.send(
            groups: groups, segments: forwarder.transmit.segments,
            headers: forwarder.transmit.headers, payloads: payloads)
        if sender.counters.mergeRefused != refused { forwarder.transmit.learnFromResults() }
    }
}

/// What epoll gives back with an event: the kind in the upper half, the index in the lower.
enum Token {
    enum Kind: UInt64 {
        case listener = 0
        case relay
        case wakeup
        case stream
        case peer
        case relayListener

        init(_ token: UInt64) { self = Kind(rawValue: token >> 32) ?? .wakeup }
    }

    static func listener(_ index: Int) -> UInt64 { UInt64(index) }
    static func relay(_ id: RelayID) -> UInt64 { Kind.relay.rawValue << 32 | UInt64(id.index) }
    static func stream(_ number: UInt32) -> UInt64 { Kind.stream.rawValue << 32 | UInt64(number) }
    static func peer(_ id: ConnectionID) -> UInt64 { Kind.peer.rawValue << 32 | UInt64(id.index) }
    static func relayListener(_ id: RelayID) -> UInt64 {
        Kind.relayListener.rawValue << 32 | UInt64(id.index)
    }
    static let wakeup = Kind.wakeup.rawValue << 32

    static func index(_ token: UInt64) -> Int { Int(token & 0xffff_ffff) }
}

/// What a worker counts beside `TURN` and `Forwarding`.
struct WorkerTally: Sendable {
    var handedOver: UInt64 = 0
    var takenOver: UInt64 = 0
    /// Streams taken from the control thread or another worker, and given to another worker.
    var streamsTaken: UInt64 = 0
    var streamsMoved: UInt64 = 0
    /// Streams closed because no frame began where one had to, and for want of an allocation.
    var streamsInvalid: UInt64 = 0
    var streamsIdle: UInt64 = 0
    /// DTLS sessions that a handshake ended with, and records that belong to no session or came
    /// while there was no room.
    var sessionsTaken: UInt64 = 0
    var recordsDropped: UInt64 = 0
    /// What the kernel dropped on listeners that are closed.
    var formerReceiveDrops: UInt64 = 0
}

/// The kernel's randomness in the shape that `TURN` draws from. A class, since a copy of buffered
/// random numbers would hand them out twice.
final class KernelEntropy: RandomNumberGenerator, Sendable {
    private let source = Mutex(Entropy())

    func next() -> UInt64 { source.withLock { $0.next() } }
}
