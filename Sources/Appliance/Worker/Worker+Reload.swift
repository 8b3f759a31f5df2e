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

/// A reload, as a worker sees it.
extension Worker {
    /// False when a new socket cannot be watched.
    mutating func take(_ change: WorkerChange) -> Bool {
        server.apply(change.settings, at: now)
        forwarder.serveHighChannels(change.settings.features.highChannels)
        let limits = change.settings.limits
        forwarder.setSharedLimits(
            perUser: limits.bytesPerSecondPerUser > 0, total: limits.bytesPerSecondTotal > 0)
        streamSettings = change.streams
        parts.relayOptions = change.relayOptions
        parts.reachesLoopback = change.reachesLoopback
        for slot in change.closed { closeListener(slot) }
        carryOut()
        replies.flush(&sender)
        secureBatch.flush(&sender)
        var isWatched = true
        for opened in change.opened where !openListener(opened.sockets[parts.number], opened.slot) {
            isWatched = false
        }
        return isWatched
    }

    private mutating func openListener(_ socket: UDPHandle, _ slot: Int) -> Bool {
        while parts.sockets.count <= slot {
            parts.sockets.append(nil)
            readyListeners.append(false)
        }
        parts.sockets[slot] = socket
        return (try? epoll.add(socket.raw, .readable, token: Token.listener(slot))) != nil
    }

    /// Its clients cannot be reached any more: sessions and allocations end.
    private mutating func closeListener(_ slot: Int) {
        guard let socket = parts.sockets[slot] else { return }
        tally.formerReceiveDrops &+= UInt64((try? socket.receiveDrops()) ?? 0)
        try? epoll.remove(socket.raw)
        let gone: Set = [ListenerIndex.udp(slot), ListenerIndex.dtls(slot)]
        server.closeListeners(gone, at: now)
        carryOut()
        for client in secured.all where gone.contains(client.tuple.listener) { lose(client) }
        forwarder.transmit.forget(socket: socket.raw)
        parts.sockets[slot] = nil
    }
}
