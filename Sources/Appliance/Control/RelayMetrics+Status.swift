import Admin
import WebAPI

extension RelayMetrics {
    /// What a status says in numbers.
    init(_ status: StatusSnapshot) {
        self.init()
        allocations = status.allocations.current
        allocationsSinceStart = status.allocations.sinceStart
        portsOpen = status.ports.inUse
        for worker in status.workers {
            up.packets &+= worker.up.packets
            up.bytes &+= worker.up.bytes
            down.packets &+= worker.down.packets
            down.bytes &+= worker.down.bytes
            hairpinned &+= worker.hairpin.sameWorker &+ worker.hairpin.otherWorker
            kernelDrops &+= worker.kernelReceiveDrops
            drops.merge(worker.drops) { $0 &+ $1 }
        }
        requests = status.stun.requests
        errors = status.stun.errors
        deniedPeers = status.stun.deniedPeers
        unauthenticatedBytesIn = status.budget.bytesIn
        unauthenticatedBytesOut = status.budget.bytesOut
        answersWithheld = status.budget.silenced
        streams = status.streams.map { Streams($0) }
    }
}

extension RelayMetrics.Streams {
    fileprivate init(_ streams: StreamsSnapshot) {
        self.init()
        open = streams.open
        halfOpen = streams.halfOpen
        accepted = streams.accepted
        refused = streams.refused
        handshakes = streams.handshakes
        failedHandshakes = streams.failedHandshakes.values.reduce(0, &+)
    }
}
