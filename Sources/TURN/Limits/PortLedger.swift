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
    private let addresses: [IPAddress]
    /// How many ports each address has.
    package let portsPerAddress: Int
    private let state: Mutex<[PortBlocks]>

    /// `workers` is at least 1.
    package init(addresses: [IPAddress], ports: ClosedRange<UInt16>, workers: Int) {
        self.addresses = addresses
        portsPerAddress = ports.count
        let blocks = PortBlocks(ports: ports, workers: max(workers, 1))
        state = Mutex(addresses.map { _ in blocks })
    }

    /// Takes a random free port of `address`; each free port of the worker's blocks is equally
    /// likely. Nil when no fitting port is free at any worker, or the address is unknown.
    ///
    /// For `.pair` the port returned and the one above it are both taken, and released one by
    /// one. `entropy` is 64 bits that no peer can guess (RFC 6056 §3.3: random ports).
    package func draw(
        _ shape: PortShape, on address: IPAddress, for worker: WorkerID, entropy: UInt64
    ) -> UInt16? {
        guard let index = addresses.firstIndex(of: address) else { return nil }
        return state.withLock { $0[index].draw(shape, Int(worker.index), entropy) }
    }

    /// Gives a port back; it must have been drawn.
    package func release(_ port: UInt16, on address: IPAddress) {
        guard let index = addresses.firstIndex(of: address) else {
            preconditionFailure("port released on an unknown address")
        }
        state.withLock { $0[index].release(port) }
    }

    /// All ports taken now: always the sum over allocations and reservations.
    package var countInUse: Int {
        state.withLock { $0.reduce(0) { $0 + $1.countInUse } }
    }

    /// The ports of one address taken now.
    package func countInUse(on address: IPAddress) -> Int {
        guard let index = addresses.firstIndex(of: address) else { return 0 }
        return state.withLock { $0[index].countInUse }
    }

    package func isInUse(_ port: UInt16, on address: IPAddress) -> Bool {
        guard let index = addresses.firstIndex(of: address) else { return false }
        return state.withLock { $0[index].isInUse(port) }
    }
}
