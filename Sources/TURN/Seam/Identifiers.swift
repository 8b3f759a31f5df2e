package import Primitives

/// Names one (local address, transport) that clients reach the server on: an index into
/// `ServerSettings.listeners`.
package struct ListenerID: Hashable, Sendable {
    package let index: UInt16

    package init(index: UInt16) { self.index = index }
}

/// Names one relay worker of the process.
package struct WorkerID: Hashable, Sendable {
    package let index: UInt16

    package init(index: UInt16) { self.index = index }
}

/// What identifies a client (RFC 8656 §3: 5-tuple): its address and the listener it spoke to.
package struct FiveTuple: Hashable, Sendable {
    package var client: TransportAddress
    package var listener: ListenerID

    package init(client: TransportAddress, listener: ListenerID) {
        self.client = client
        self.listener = listener
    }
}

/// A slab index: dense from 0, reused after the allocation ended.
package struct AllocationID: Hashable, Sendable {
    package let index: UInt32

    package init(index: UInt32) { self.index = index }

    /// The relay of this allocation in `family`, whether or not it has one.
    package func relay(_ family: AddressFamily) -> RelayID {
        RelayID(index: index << 1 | (family == .ipv6 ? 1 : 0))
    }
}

/// A relay socket: dense from 0, at most two for each allocation (IPv4 even, IPv6 odd).
package struct RelayID: Hashable, Sendable {
    package let index: UInt32

    package init(index: UInt32) { self.index = index }

    package var allocation: AllocationID { AllocationID(index: index >> 1) }

    package var family: AddressFamily { index & 1 == 0 ? .ipv4 : .ipv6 }
}

/// What peers reach a relayed transport address by.
package enum RelayTransport: UInt8, Sendable, Hashable {
    case udp
    /// Connections instead of datagrams (RFC 6062).
    case tcp
}

/// One TCP connection between a relay and a peer (RFC 6062 §2: peer data connection): dense from
/// 0 in its worker, reused once it is closed. Its name on the wire is another one.
package struct ConnectionID: Hashable, Sendable {
    package let index: UInt32

    package init(index: UInt32) { self.index = index }
}

/// Names an allocation beyond its own life: a handle of an ended allocation never means another.
package struct AllocationHandle: Hashable, Sendable {
    package let worker: WorkerID
    package let id: AllocationID
    package let generation: UInt32

    package init(worker: WorkerID, id: AllocationID, generation: UInt32) {
        self.worker = worker
        self.id = id
        self.generation = generation
    }
}
