import LinuxIO
import Primitives
import TURN

/// One TCP connection between a relayed transport address and a peer (RFC 6062).
final class PeerConnection {
    enum State {
        /// `connect` is under way.
        case connecting
        /// It stands; the client has not bound a stream to it. Nothing is read.
        case waiting
        /// One with the client's stream of this number.
        case bound(client: UInt32)
    }

    let id: ConnectionID
    let allocation: AllocationID
    let socket: TCPHandle
    var state: State
    /// Bytes of the client that the peer has not taken; none are read from the client meanwhile.
    var unsent: [UInt8] = []
    /// The client will send no more, and the peer was told once `unsent` is empty.
    var clientEnded = false
    var hasToldPeer = false
    /// The peer will send no more.
    var hasEnded = false
    /// Reading waits until the client took what it was sent.
    var isHeldBack = false
    /// Reading waits for a bandwidth limit.
    var isPaused = false
    /// Both directions are shut, which epoll says over and over to whoever does not read yet.
    var isHungUp = false
    var watched: Readiness = []

    init(_ id: ConnectionID, of allocation: AllocationID, _ socket: TCPHandle, _ state: State) {
        self.id = id
        self.allocation = allocation
        self.socket = socket
        self.state = state
    }

    /// What to wait for.
    var interest: Readiness {
        switch state {
        case .connecting: return .writable
        case .waiting: return []
        case .bound:
            var interest: Readiness = hasEnded || isHeldBack || isPaused ? [] : .readable
            if !unsent.isEmpty { interest.insert(.writable) }
            return interest.isEmpty && isHungUp ? .edge : interest
        }
    }
}

/// The peer connections and listening relays of one worker.
struct PeerConnections: ~Copyable {
    /// A relayed transport address that takes connections.
    struct Listener {
        var socket: TCPListener
        var local: TransportAddress
    }

    private var slots: [PeerConnection?] = []
    private var listeners: [RelayID: Listener] = [:]

    /// How many connections there are.
    private(set) var count = 0

    subscript(id: ConnectionID) -> PeerConnection? {
        Int(id.index) < slots.count ? slots[Int(id.index)] : nil
    }

    mutating func insert(_ peer: PeerConnection) {
        let index = Int(peer.id.index)
        while slots.count <= index { slots.append(nil) }
        precondition(slots[index] == nil, "peer connection opened twice")
        slots[index] = peer
        count += 1
    }

    mutating func remove(_ id: ConnectionID) -> PeerConnection? {
        guard let peer = self[id] else { return nil }
        slots[Int(id.index)] = nil
        count -= 1
        return peer
    }

    func listener(_ relay: RelayID) -> Listener? { listeners[relay] }

    mutating func insert(_ listener: Listener, at relay: RelayID) { listeners[relay] = listener }

    mutating func removeListener(_ relay: RelayID) -> Listener? {
        listeners.removeValue(forKey: relay)
    }

    mutating func closeAll() {
        for listener in listeners.values { listener.socket.close() }
        for peer in slots { peer?.socket.close() }
        listeners = [:]
        slots = []
        count = 0
    }
}
