package import Primitives
import Synchronization

/// What kind of relay port a request wants (RFC 8656 §7.2).
package enum PortShape: Sendable, Hashable {
    case any
    /// EVEN-PORT with the R bit clear.
    case even
    /// EVEN-PORT with the R bit set: an even port and the next one above it.
    case pair
}

/// Which relay ports are taken, per relay address, over all workers.
///
/// The range is split into blocks that begin at even ports, dealt to the workers at start, so
/// that draws of different workers do not meet. A worker without a fitting port takes over the
/// freest block of another before it gives up. Control path only: one lock.
package final class PortLedger: Sendable {
    /// The ports of one relay address.
    private struct Entry {
        let address: IPAddress
        var blocks: PortBlocks
        /// Whether ports are drawn here; else it waits for the last one to come back.
        var isServed = true
    }

    private let workers: Int
    private let entries: Mutex<[Entry]>

    /// `workers` is at least 1.
    package init(addresses: [IPAddress], ports: ClosedRange<UInt16>, workers: Int) {
        self.workers = max(workers, 1)
        let blocks = PortBlocks(ports: ports, workers: self.workers)
        entries = Mutex(addresses.map { Entry(address: $0, blocks: blocks) })
    }

    /// New ports are drawn on these addresses and from this range; those that are taken stay so
    /// until they are released, wherever they are. To be called before any worker is told.
    package func apply(addresses: [IPAddress], ports: ClosedRange<UInt16>) {
        entries.withLock { entries in
            var next: [Entry] = []
            for address in addresses where !next.contains(where: { $0.address == address }) {
                let known = entries.first { $0.address == address }
                let taken = known?.blocks.allTaken ?? []
                let blocks = PortBlocks(ports: ports, workers: workers, taken: taken)
                next.append(Entry(address: address, blocks: blocks))
            }
            for var entry in entries
            where !addresses.contains(entry.address) && entry.blocks.countInUse > 0 {
                entry.isServed = false
                next.append(entry)
            }
            entries = next
        }
    }

    /// Takes a random free port of `address`; each free port of the worker's blocks is equally
    /// likely. Nil when no fitting port is free at any worker, or the address is not served.
    ///
    /// For `.pair` the port returned and the one above it are both taken, and released one by
    /// one. `entropy` is 64 bits that no peer can guess (RFC 6056 §3.3: random ports).
    package func draw(
        _ shape: PortShape, on address: IPAddress, for worker: WorkerID, entropy: UInt64
    ) -> UInt16? {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.address == address && $0.isServed })
            else { return nil }
            return entries[index].blocks.draw(shape, Int(worker.index), entropy)
        }
    }

    /// Gives a port back; it must have been drawn.
    package func release(_ port: UInt16, on address: IPAddress) {
        entries.withLock { entries in
            guard let index = entries.firstIndex(where: { $0.address == address }) else {
                preconditionFailure("port released on an unknown address")
            }
            entries[index].blocks.release(port)
        }
    }

    /// All ports taken now: always the sum over allocations and reservations.
    package var countInUse: Int {
        entries.withLock { $0.reduce(0) { $0 + $1.blocks.countInUse } }
    }

    /// The ports of one address taken now.
    package func countInUse(on address: IPAddress) -> Int {
        entries.withLock { entries in
            entries.first { $0.address == address }?.blocks.countInUse ?? 0
        }
    }

    /// Every port that is taken on any address.
    package var portsInUse: Set<UInt16> {
        entries.withLock { $0.reduce(into: []) { $0.formUnion($1.blocks.allTaken) } }
    }

    package func isInUse(_ port: UInt16, on address: IPAddress) -> Bool {
        entries.withLock { entries in
            entries.first { $0.address == address }?.blocks.isInUse(port) ?? false
        }
    }
}
