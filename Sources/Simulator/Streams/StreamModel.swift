import Primitives
import STUN
import TURN

/// What clients behind streams may conclude from what they were told, by the rules of RFC 6062 in
/// their plainest form: which allocations, permissions and connections live.
struct StreamModel {
    struct Connection {
        enum State { case connecting, pending, bound }

        /// The relay and the peer as the sockets have them.
        let relay: TransportAddress
        let peer: TransportAddress
        var state: State
        var ends: MonotonicTime
        /// Of the Connect request.
        var transaction: TransactionID?
        /// CONNECTION-ID, once told.
        var number: UInt32?
    }

    struct Allocation {
        let user: Int
        let transport: RelayTransport
        /// As the sockets are bound.
        var relays: [AddressFamily: (local: TransportAddress, ends: MonotonicTime)] = [:]
        var permissions: [IPAddress: MonotonicTime] = [:]
        var connections: [Connection] = []
    }

    var allocations: [FiveTuple: Allocation] = [:]
    /// When something came to its end last.
    private(set) var lastEnd = MonotonicTime(nanoseconds: 0)

    /// RFC 6062 §5.2, §5.3.
    static let patience = Seconds(30)

    /// Forgets what is over at `now`.
    mutating func expire(at now: MonotonicTime) {
        for (tuple, old) in allocations {
            var allocation = old
            for (family, relay) in old.relays where relay.ends <= now {
                note(relay.ends)
                allocation.drop(family)
            }
            for (peer, end) in allocation.permissions where end <= now {
                note(end)
                allocation.permissions[peer] = nil
            }
            for connection in allocation.connections where connection.ends <= now {
                note(connection.ends)
            }
            allocation.connections.removeAll { $0.ends <= now }
            allocations[tuple] = allocation.relays.isEmpty ? nil : allocation
        }
    }

    private mutating func note(_ end: MonotonicTime) { lastEnd = max(lastEnd, end) }

    func count(ofUser user: Int) -> Int {
        allocations.values.reduce(0) { $0 + ($1.user == user ? $1.connections.count : 0) }
    }

    /// A living TCP relay by what its socket is bound to.
    func relay(_ local: TransportAddress) -> (tuple: FiveTuple, allocation: Allocation)? {
        for (tuple, allocation) in allocations where allocation.transport == .tcp {
            if allocation.relays.values.contains(where: { $0.local == local }) {
                return (tuple, allocation)
            }
        }
        return nil
    }

    /// Where a connection with this number is.
    func find(_ number: UInt32) -> (tuple: FiveTuple, place: Int)? {
        find { $0.number == number }
    }

    func find(
        where matches: (Connection) -> Bool
    ) -> (tuple: FiveTuple, place: Int)? {
        for (tuple, allocation) in allocations {
            if let place = allocation.connections.firstIndex(where: matches) {
                return (tuple, place)
            }
        }
        return nil
    }

    /// The driver lost or was told to close a connection.
    mutating func remove(_ relay: TransportAddress, _ peer: TransportAddress) {
        guard let (tuple, place) = find(where: { $0.relay == relay && $0.peer == peer })
        else { return }
        allocations[tuple]?.connections.remove(at: place)
    }

    /// What a ConnectionBind must be answered; 0: success.
    func expectBind(_ number: UInt32, user: Int) -> UInt16 {
        guard let (tuple, place) = find(number), let allocation = allocations[tuple] else {
            return 400
        }
        guard allocation.user == user else { return 441 }
        return allocation.connections[place].state == .pending ? 0 : 400
    }
}

extension StreamModel.Allocation {
    mutating func drop(_ family: AddressFamily) {
        relays[family] = nil
        permissions = permissions.filter { $0.key.family != family }
        connections.removeAll { $0.peer.ip.family == family }
    }
}
