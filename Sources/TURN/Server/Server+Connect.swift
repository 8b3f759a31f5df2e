package import Primitives
import STUN

// How connections begin: by a Connect request, or by a peer (RFC 6062 §5.2, §5.3).
extension Server {
    /// Connect (RFC 6062 §5.2). Success is answered when the peer has accepted.
    mutating func receiveConnect(_ request: borrowing StunMessage, from tuple: FiveTuple) {
        counters.connectRequests += 1
        guard let (index, proven) = proveOwner(of: request, from: tuple) else { return }
        // RFC 6062 §5.2: an allocation for datagrams is none here.
        guard allocations[index].transport == .tcp else {
            refuse(request, .allocationMismatch, .noTCPAllocation, from: tuple, proven: proven)
            return
        }
        guard let peer = (try? request.xorAddress(.xorPeerAddress)) ?? nil, peer.port != 0 else {
            refuse(request, .badRequest, .malformed("peer"), from: tuple, proven: proven)
            return
        }
        guard let target = target(of: peer, index, request, from: tuple, proven) else { return }
        // RFC 6062 §5.2 means those made by Connect. One that the peer made has the same two
        // addresses, and the kernel has room for one.
        guard findConnection(index, with: target.peer) == nil else {
            refuse(
                request, .connectionAlreadyExists, .connectionExists(peer), from: tuple,
                proven: proven)
            return
        }
        if let refusal = admitConnection(index, isPaced: true) {
            refuse(request, refusal.code, refusal.cause, from: tuple, proven: proven)
            return
        }
        var connection = Connection()
        connection.state = .connecting
        connection.peer = target.peer
        connection.expires = now.monotonic + settings.lifetimes.connect
        connection.transaction = request.transactionID
        connection.fingerprint = request.has(.fingerprint)
        connection.key = proven.key
        let id = addConnection(connection, to: index)
        let relay = AllocationID(index: index).relay(peer.ip.family)
        actions.push(.connectPeer(id, from: relay, to: target.address))
    }

    /// Where a Connect goes, and what its peer is called; nil: the request is answered.
    private mutating func target(
        of peer: TransportAddress, _ index: UInt32, _ request: borrowing StunMessage,
        from tuple: FiveTuple, _ proven: Proven
    ) -> (peer: TransportAddress, address: TransportAddress)? {
        guard let reach = judge(peer, index, request, from: tuple, proven, port: peer.port)
        else { return nil }
        guard reach != .network else { return (peer, peer) }
        // Own addresses have TCP relays that live now, and nothing else (design ruling).
        guard let relay = liveRelay(peer) else {
            if reach == .hairpinOrNetwork { return (peer, peer) }
            refuse(
                request, .connectionTimeoutOrFailure, .noSuchRelay(peer), from: tuple,
                proven: proven)
            return nil
        }
        // The kernel would connect the relay's port with itself.
        guard relay.local != localAddress(allocations[index].relay(peer.ip.family)) else {
            refuse(request, .forbidden, .connectToItself, from: tuple, proven: proven)
            return nil
        }
        return (relay.advertised, relay.local)
    }

    private func findConnection(_ index: UInt32, with peer: TransportAddress) -> UInt32? {
        var link = allocations[index].firstConnection
        while link != noIndex {
            if connections[link].peer == peer { return link }
            link = connections[link].next
        }
        return nil
    }

    /// A TCP relay of this process that lives now, by either of its addresses.
    private func liveRelay(
        _ address: TransportAddress
    ) -> (local: TransportAddress, advertised: TransportAddress)? {
        for row in relayAddresses
        where row.local == address.ip || row.advertised == address.ip {
            let local = TransportAddress(row.local, address.port)
            if shared.tcpRelays.contains(local) {
                return (local, TransportAddress(row.advertised, address.port))
            }
        }
        return nil
    }

    /// A peer has connected to a TCP relay (RFC 6062 §5.3).
    ///
    /// - Parameter peer: where the connection comes from, as the socket says.
    /// - Returns: what to call the connection; nil: close it at once.
    package mutating func peerAccepted(
        _ relay: RelayID, from peer: TransportAddress, at now: Now
    ) -> ConnectionID? {
        self.now = now
        let index = relay.allocation.index
        guard isListening(relay), let peer = permitted(peer, index) else {
            counters.connectionsNotPermitted += 1
            return nil
        }
        guard admitConnection(index, isPaced: false) == nil else {
            counters.connectionsOverLimit += 1
            return nil
        }
        counters.connectionsAccepted += 1
        var connection = Connection()
        connection.state = .pending
        connection.peer = peer
        connection.isIncoming = true
        connection.expires = now.monotonic + settings.lifetimes.unboundConnection
        let id = addConnection(connection, to: index)
        indicateAttempt(id, of: index)
        return id
    }

    /// Whether a relay takes connections at this moment.
    private mutating func isListening(_ relay: RelayID) -> Bool {
        let index = relay.allocation.index
        guard index < allocations.end, allocations[index].state == .live else { return false }
        if allocations[index].wakes <= now.monotonic { expire(index) }
        return allocations[index].state == .live && allocations[index].transport == .tcp
            && allocations[index].relay(relay.family).exists
    }

    /// The peer behind an incoming connection as clients know it, if it has a permission and the
    /// policy lets it in.
    private func permitted(_ peer: TransportAddress, _ index: UInt32) -> TransportAddress? {
        let canonical = CanonicalPeer(canonicalising: peer.ip)
        switch settings.peerPolicy.judge(permission: canonical) {
        case .denied: return nil
        case .allowed(.network): return hasPermission(index, peer.ip) ? peer : nil
        case .allowed(let reach):
            // From an own address only relays may come; permissions name either address.
            guard let relay = liveRelay(peer) else {
                let isOpen = reach == .hairpinOrNetwork && hasPermission(index, peer.ip)
                return isOpen ? peer : nil
            }
            let isPermitted =
                hasPermission(index, relay.advertised.ip) || hasPermission(index, relay.local.ip)
            return isPermitted ? relay.advertised : nil
        }
    }

    private func hasPermission(_ index: UInt32, _ peer: IPAddress) -> Bool {
        guard let link = findPermission(index, peer) else { return false }
        return permissions[link].expires > now.monotonic
    }

    /// Tells the client that a peer waits (RFC 6062 §5.3).
    private mutating func indicateAttempt(_ id: ConnectionID, of index: UInt32) {
        let identifier = TransactionID(
            random: UInt128(entropy.next()) << 64 | UInt128(entropy.next()))
        let start = reserveOutgoing()
        let fingerprint = settings.fingerprint
        let (peer, number) = (connections[id.index].peer, connections[id.index].number)
        var writer = MessageWriter(
            MessageType(.connectionAttempt, .indication), identifier,
            into: outgoing.mutableSpan, at: start)
        writer.append(.xorPeerAddress, xor: peer)
        writer.append(.connectionID, number)
        if fingerprint { writer.appendFingerprint() }
        guard let count = writer.finish() else { return }
        outgoingEnd = start + count
        actions.push(.send(to: allocations[index].tuple, bytes: start..<outgoingEnd))
    }
}
