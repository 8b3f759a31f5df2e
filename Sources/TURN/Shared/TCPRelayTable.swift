import Primitives
import Synchronization

/// The relays of all workers that take TCP connections now, as their sockets are bound.
///
/// Own addresses are reached by TCP at these ports only (design ruling on own addresses).
/// Control path only: one lock.
final class TCPRelayTable: Sendable {
    private let relays = Mutex<Set<TransportAddress>>([])

    func add(_ relay: TransportAddress) { relays.withLock { _ = $0.insert(relay) } }

    func remove(_ relay: TransportAddress) { relays.withLock { _ = $0.remove(relay) } }

    func contains(_ relay: TransportAddress) -> Bool { relays.withLock { $0.contains(relay) } }

    /// Any port of this address.
    func contains(_ local: IPAddress) -> Bool {
        relays.withLock { $0.contains { $0.ip == local } }
    }

    var count: Int { relays.withLock { $0.count } }
}
