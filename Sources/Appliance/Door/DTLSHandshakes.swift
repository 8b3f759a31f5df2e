import Crypto
import LinuxIO
import Primitives

/// DTLS handshakes, which take as long as many packets and so belong to the control thread: goes
/// through them with the sessions that workers give, and gives them back.
final class DTLSHandshakes {
    private let queue: HandshakeQueue
    private let routes: [WorkerRoute]
    /// From the cookie to the end of the handshake, for those that begin from now on.
    var patience: Seconds
    /// Rung when more is left than one turn takes.
    private let wakeup: SharedWakeup
    private var slots: [Handshake?] = []
    private var free: [Int] = []
    /// One for each client: who begins anew leaves the one of before.
    private var numbers: [Client: Int] = [:]
    private var timers: TimerWheel
    private let output = TLSOutput()
    private let plain = UnsafeMutableRawBufferPointer.allocate(
        byteCount: HandshakeQueue.datagramMax + TLSSession.plainMargin, alignment: 16)
    private(set) var counters = DoorCounters()

    private struct Client: Hashable {
        let worker: Int
        let number: UInt32

        init(_ key: HandshakeKey) {
            worker = key.worker
            number = key.client
        }
    }

    private struct Handshake {
        let key: HandshakeKey
        let start: HandshakeStart
        let began: MonotonicTime
        let deadline: MonotonicTime
        var unread: [[UInt8]] = []
        var protectedCount = 0
    }

    /// Steps in one turn, half a millisecond each at most: everybody else has their turn between.
    private static let stepsPerTurn = 64
    /// Handshakes at the same time; the most memory that one can claim is about 300 KiB, the usual
    /// is 40.
    private static let handshakesMax = 1_024
    /// Encrypted records that a client may send before its handshake ends: its Finished, a few
    /// times, and in a resumed session its first requests.
    private static let protectedMax = 8
    /// Messages kept that came with the end of a handshake; a client waits for its answer.
    private static let unreadMax = 16

    init(
        _ queue: HandshakeQueue, routes: [WorkerRoute], patience: Seconds, wakeup: SharedWakeup,
        at now: MonotonicTime
    ) {
        self.queue = queue
        self.routes = routes
        self.patience = patience
        self.wakeup = wakeup
        timers = TimerWheel(at: now)
    }

    deinit { plain.deallocate() }

    var nextDeadline: MonotonicTime { timers.nextDeadline }

    /// Gives up on handshakes that go through these sockets, which are about to be closed; the
    /// workers have forgotten these clients.
    func forget(_ sockets: Set<UDPHandle>) {
        queue.forget(sockets)
        for number in slots.indices {
            guard let handshake = slots[number], sockets.contains(handshake.start.socket) else {
                continue
            }
            remove(number)
        }
    }

    /// Takes what workers passed on.
    func serve(at now: MonotonicTime) {
        for item in queue.take(Self.stepsPerTurn) {
            switch item {
            case .begin(let key, let start): begin(key, start, at: now)
            case .datagram(let key, let bytes): take(bytes, key, at: now)
            }
        }
        if !queue.isEmpty { wakeup.signal() }
    }

    /// Sends again what got no answer, and gives up on who is too slow.
    func tick(at now: MonotonicTime) {
        while let id = timers.nextDue(at: now) {
            let number = Int(id)
            guard let handshake = slots[number] else { continue }
            let goesOn =
                handshake.deadline > now
                && handshake.start.session.handleTimeout(output: output)
            send(handshake)
            if goesOn { schedule(number, handshake, at: now) } else { fail(number, "timeout") }
        }
    }

    private func begin(_ key: HandshakeKey, _ start: HandshakeStart, at now: MonotonicTime) {
        if let former = numbers[Client(key)] { remove(former) }
        guard numbers.count < Self.handshakesMax else {
            counters.countFailedHandshake("too many at once")
            return tell(key, .failed)
        }
        let number = free.popLast() ?? slots.count
        if number == slots.count { slots.append(nil) }
        slots[number] = Handshake(
            key: key, start: start, began: now, deadline: now + patience)
        numbers[Client(key)] = number
        step(number, [], at: now)
    }

    private func take(_ bytes: [UInt8], _ key: HandshakeKey, at now: MonotonicTime) {
        guard let number = numbers[Client(key)], slots[number]?.key == key else {
            return tell(key, .late(bytes))
        }
        let count = bytes.withUnsafeBytes { DTLSRecords.protectedCount(in: $0) }
        slots[number]?.protectedCount += count
        guard (slots[number]?.protectedCount ?? 0) <= Self.protectedMax else { return }
        step(number, bytes, at: now)
    }

    private func step(_ number: Int, _ bytes: [UInt8], at now: MonotonicTime) {
        guard let handshake = slots[number] else { return }
        let session = handshake.start.session
        let progress = bytes.withUnsafeBytes { session.receive($0, into: plain, output: output) }
        keepMessages(number)
        switch progress {
        case .open where session.isEstablished: finish(number, at: now)
        case .open:
            send(handshake)
            schedule(number, handshake, at: now)
        case .closed:
            send(handshake)
            fail(number, "closed")
        case .failed(let reason):
            send(handshake)
            fail(number, reason)
        }
    }

    private func keepMessages(_ number: Int) {
        for index in 0..<output.plainRecordCount
        where (slots[number]?.unread.count ?? 0) < Self.unreadMax {
            slots[number]?.unread.append(Array(plain[output.plainRecord(index)]))
        }
    }

    /// The worker gets the session before the client gets the last flight: what it then sends finds
    /// somebody who can read it.
    private func finish(_ number: Int, at now: MonotonicTime) {
        guard let handshake = slots[number] else { return }
        counters.countHandshake(nanoseconds: now.nanoseconds(since: handshake.began))
        remove(number)
        tell(handshake.key, .established(handshake.start.session, unread: handshake.unread))
        send(handshake)
    }

    private func fail(_ number: Int, _ reason: String) {
        guard let handshake = slots[number] else { return }
        counters.countFailedHandshake(reason)
        remove(number)
        tell(handshake.key, .failed)
    }

    private func remove(_ number: Int) {
        timers.cancel(UInt32(number))
        if let key = slots[number]?.key { numbers[Client(key)] = nil }
        slots[number] = nil
        free.append(number)
    }

    private func tell(_ key: HandshakeKey, _ outcome: HandshakeOutcome) {
        let route = routes[key.worker]
        route.mailbox.append(.secure(key, outcome))
        route.wakeup.signal()
    }

    /// A datagram that the kernel does not take is lost, as on the way.
    private func send(_ handshake: Handshake) {
        for index in 0..<output.datagramCount {
            _ = try? handshake.start.socket.send(
                output.datagram(index), to: handshake.start.client)
        }
        output.removeAll()
    }

    private func schedule(_ number: Int, _ handshake: Handshake, at now: MonotonicTime) {
        var due = handshake.deadline
        if let left = handshake.start.session.nextTimeout {
            due = min(due, MonotonicTime(nanoseconds: now.nanoseconds + left))
        }
        timers.schedule(UInt32(number), at: due)
    }
}
