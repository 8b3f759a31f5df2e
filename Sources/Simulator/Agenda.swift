import Primitives

/// What is going to happen, in the order of time; at the same time in the order of planning.
struct Agenda {
    enum Entry {
        /// A datagram reaches the server's listener, from an address outside the NAT.
        case toListener(bytes: [UInt8], from: TransportAddress)
        /// A datagram reaches a relayed transport address.
        case toRelay(bytes: [UInt8], from: TransportAddress, relay: TransportAddress)
        /// A datagram reaches a client's outside address.
        case toClient(bytes: [UInt8], at: TransportAddress)
        case toPeer(bytes: [UInt8], at: TransportAddress, from: TransportAddress)
        case clientActs(Int)
        case strangerSends
        case worldChanges
    }

    private struct Planned {
        let time: UInt64
        let sequence: UInt64
        let entry: Entry
    }

    private var heap: [Planned] = []
    private var sequence: UInt64 = 0

    mutating func plan(_ entry: Entry, at time: UInt64) {
        sequence += 1
        heap.append(Planned(time: time, sequence: sequence, entry: entry))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The next entry and its time in nanoseconds; nil at the end of the world.
    mutating func next() -> (entry: Entry, time: UInt64)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.entry, first.time) }
        heap[0] = last
        var parent = 0
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, isBefore(child + 1, child) { child += 1 }
            guard isBefore(child, parent) else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return (first.entry, first.time)
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        heap[a].time == heap[b].time
            ? heap[a].sequence < heap[b].sequence : heap[a].time < heap[b].time
    }
}
