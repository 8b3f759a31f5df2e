import Forwarding
import LinuxIO
import TURN

/// What a reload gives to every worker, to be taken over as one.
struct WorkerChange: Sendable {
    var settings: ServerSettings
    var streams: StreamSettings
    var relayOptions: UDPOptions
    var reachesLoopback: Bool
    /// Sockets that clients can come by from now on; the worker closes its own at the end.
    var opened: [Opened] = []
    /// Slots that nobody comes by any more. Who ordered it closes the sockets, once every worker
    /// has answered.
    var closed: [Int] = []

    /// A UDP socket of each worker, by number.
    struct Opened: Sendable {
        var slot: Int
        var sockets: [UDPHandle]
    }
}

/// Listeners that a worker closes: their allocations end some in each turn, so that the media of
/// the others goes on.
struct ClosingListeners: Sendable {
    let slots: [Int]
    /// Where the search for their allocations goes on.
    var next: UInt32 = 0
    /// What is said when everything has ended, and to whom.
    let unwatched: [Int]
    let reply: Reply<[Int]>

    var listeners: Set<ListenerID> {
        Set(slots.flatMap { [ListenerIndex.udp($0), ListenerIndex.dtls($0)] })
    }
}

/// A reload, as a worker sees it.
extension Worker {
    /// Answers, when nothing uses the closed sockets any more, with the slots whose sockets cannot
    /// be watched.
    mutating func take(_ change: WorkerChange, _ reply: Reply<[Int]>) {
        server.apply(change.settings, at: now)
        forwarder.serveHighChannels(change.settings.features.highChannels)
        let limits = change.settings.limits
        forwarder.setSharedLimits(
            perUser: limits.bytesPerSecondPerUser > 0, total: limits.bytesPerSecondTotal > 0)
        streamSettings = change.streams
        parts.relayOptions = change.relayOptions
        parts.reachesLoopback = change.reachesLoopback
        let closed = change.closed.filter { stopListening($0) }
        carryOut()
        replies.flush(&sender)
        secureBatch.flush(&sender)
        for opened in change.opened { place(opened.sockets[parts.number], opened.slot) }
        // With those that an earlier reload could not watch.
        unwatched = unwatched.filter { !watch($0) }
        guard !closed.isEmpty else { return reply.send(unwatched) }
        closing.append(ClosingListeners(slots: closed, unwatched: unwatched, reply: reply))
    }

    private mutating func place(_ socket: UDPHandle, _ slot: Int) {
        while parts.sockets.count <= slot {
            parts.sockets.append(nil)
            readyListeners.append(false)
        }
        parts.sockets[slot] = socket
        unwatched.append(slot)
    }

    private func watch(_ slot: Int) -> Bool {
        guard let socket = parts.sockets[slot] else { return true }
        return (try? epoll.add(socket.raw, .readable, token: Token.listener(slot))) != nil
    }

    /// Reads it no more; false when it is not there.
    private mutating func stopListening(_ slot: Int) -> Bool {
        guard let socket = parts.sockets[slot] else { return false }
        tally.formerReceiveDrops &+= UInt64((try? socket.receiveDrops()) ?? 0)
        try? epoll.remove(socket.raw)
        readyListeners[slot] = false
        unwatched.removeAll { $0 == slot }
        return true
    }

    /// Ends a part of what hangs on closing listeners, whose clients cannot be reached any more.
    mutating func closeListeners() {
        guard !closing.isEmpty, !parts.events.isHalfFull else { return }
        let gone = closing[0].listeners
        let next = server.closeListeners(gone, from: closing[0].next, at: now)
        carryOut()
        if let next {
            closing[0].next = next
            return
        }
        for client in secured.all where gone.contains(client.tuple.listener) { lose(client) }
        let done = closing.removeFirst()
        for slot in done.slots {
            if let socket = parts.sockets[slot] { forwarder.transmit.forget(socket: socket.raw) }
            parts.sockets[slot] = nil
        }
        done.reply.send(done.unwatched)
    }
}
