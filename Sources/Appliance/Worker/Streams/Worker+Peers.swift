import LinuxIO
import Primitives
import TURN

/// TCP relays (RFC 6062): connections to and from peers, up to the moment a client binds one.
extension Worker {
    /// Listens on a relayed transport address.
    mutating func openListener(_ id: RelayID, _ local: TransportAddress) {
        do throws(SystemError) {
            let socket = try TCPListener.openRelay(
                local, backlog: Self.backlog, device: parts.relayOptions.device)
            do throws(SystemError) {
                try epoll.add(socket.raw, .readable, token: Token.relayListener(id))
            } catch {
                socket.close()
                throw error
            }
            peers.insert(.init(socket: socket, local: local), at: id)
            server.relayOpened(id)
        } catch {
            server.relayFailed(id, retry: error.errno == .addressInUse)
        }
    }

    /// Peers that may wait to be accepted; a relay expects few.
    private static var backlog: Int { 64 }
    /// Taken from one relay in one turn, so that no peer keeps the thread.
    private static var acceptsPerTurn: Int { 16 }

    /// Serves the peers and relays that this turn found ready.
    mutating func servePeers() {
        for (id, readiness) in readyPeers { servePeer(id, readiness) }
        for relay in readyRelayListeners { acceptPeers(relay) }
        readyPeers.removeAll(keepingCapacity: true)
        readyRelayListeners.removeAll(keepingCapacity: true)
    }

    /// Peers that connected to a relay. Without a permission they are closed at once
    /// (RFC 6062 §5.3), which is `TURN`'s decision.
    private mutating func acceptPeers(_ relay: RelayID) {
        guard let listener = peers.listener(relay) else { return }
        for _ in 0..<Self.acceptsPerTurn {
            let accepted: (socket: TCPHandle, peer: TransportAddress)?
            do throws(SystemError) {
                accepted = try listener.socket.accept()
            } catch {
                return stopAccepting(relay, listener)
            }
            guard let (socket, address) = accepted else { return }
            guard let id = server.peerAccepted(relay, from: address, at: now) else {
                socket.reset()
                carryOut()
                continue
            }
            add(PeerConnection(id, of: relay.allocation, socket, .waiting))
            carryOut()
        }
    }

    /// The system has no descriptor or memory left, so that the relay stays readable: asking it
    /// again and again would spin.
    private mutating func stopAccepting(
        _ relay: RelayID, _ listener: PeerConnections.Listener
    ) {
        try? epoll.modify(listener.socket.raw, [], token: Token.relayListener(relay))
        pausedRelays.append(relay)
        acceptsAgain = now.monotonic + Self.acceptPause
    }

    private static var acceptPause: Seconds { Seconds(1) }

    /// The relays that had to stop listen again.
    mutating func resumeAccepting() {
        acceptsAgain = .never
        for relay in pausedRelays {
            guard let listener = peers.listener(relay) else { continue }
            try? epoll.modify(listener.socket.raw, .readable, token: Token.relayListener(relay))
        }
        pausedRelays = []
    }

    /// Starts a connection from the relayed transport address.
    mutating func connectPeer(_ id: ConnectionID, from relay: RelayID, to peer: TransportAddress) {
        guard let listener = peers.listener(relay) else { return server.peerFailed(id, at: now) }
        do throws(SystemError) {
            let socket = try TCPHandle.connect(
                from: listener.local, to: peer, device: parts.relayOptions.device)
            add(PeerConnection(id, of: relay.allocation, socket, .connecting))
        } catch {
            server.peerFailed(id, at: now)
        }
    }

    private mutating func add(_ peer: PeerConnection) {
        peers.insert(peer)
        // Media is small writes; a failure only costs delay. A peer that vanished gives its place
        // back within two minutes, as a client does.
        try? peer.socket.setNoDelay(true)
        try? peer.socket.setKeepAlive(idle: Seconds(60), interval: Seconds(15), probes: 4)
        peer.watched = peer.interest
        do throws(SystemError) {
            try epoll.add(peer.socket.raw, peer.watched, token: Token.peer(peer.id))
        } catch {
            // The system is out of memory for it: as if the peer had refused.
            endPeer(peer)
        }
    }

    /// What epoll reported of a peer connection.
    private mutating func servePeer(_ id: ConnectionID, _ readiness: Readiness) {
        guard let peer = peers[id] else { return }
        switch peer.state {
        case .connecting: finishConnecting(peer)
        case .waiting:
            // Both directions are shut before anybody bound it; what came was lost with them.
            if !readiness.isDisjoint(with: [.hangup, .error]) { endPeer(peer) }
        case .bound(let number):
            guard let client = streams[number] else { return endPeer(peer) }
            if readiness.contains(.writable) { writeUnsent(peer, client) }
            guard peers[id] === peer else { return }
            if !peer.interest.contains(.readable) {
                noteHangup(of: peer, readiness)
            } else if !readiness.isDisjoint(with: [.readable, .hangup, .error]) {
                readPeer(peer, client)
            }
        }
    }

    /// Reported unasked, of a peer that is not read at the moment. Where the client has ended too,
    /// what the peer said last may still wait in the kernel for a slow client.
    private mutating func noteHangup(of peer: PeerConnection, _ readiness: Readiness) {
        guard !readiness.isDisjoint(with: [.hangup, .error]) else { return }
        guard !readiness.contains(.error), peer.hasToldPeer else { return endPeer(peer) }
        peer.isHungUp = true
        watch(peer)
    }

    private mutating func finishConnecting(_ peer: PeerConnection) {
        do throws(SystemError) {
            guard try peer.socket.connectResult() else { return }
            peer.state = .waiting
            watch(peer)
            server.peerConnected(peer.id, at: now)
        } catch {
            closePeer(peer.id.index)
            server.peerFailed(peer.id, at: now)
        }
        carryOut()
    }

    /// A connection is over: closes both its ends and tells `TURN`.
    mutating func endPeer(_ peer: PeerConnection) {
        guard peers[peer.id] === peer else { return }
        if case .bound(let number) = peer.state, let client = streams[number] {
            // Closes the peer as well.
            return lose(client)
        }
        let wasConnecting = if case .connecting = peer.state { true } else { false }
        closePeer(peer.id.index)
        if wasConnecting {
            server.peerFailed(peer.id, at: now)
        } else {
            server.connectionClosed(peer.id, at: now)
        }
        carryOut()
    }

    /// Closes the socket and forgets the connection; tells nobody.
    mutating func closePeer(_ number: UInt32) {
        guard let peer = peers.remove(ConnectionID(index: number)) else { return }
        peer.socket.close()
    }

    /// `TURN` ends a connection, and the client's stream with it.
    mutating func closeConnection(_ id: ConnectionID) {
        guard let peer = peers[id] else { return }
        if case .bound(let number) = peer.state, let client = streams[number] { close(client) }
        closePeer(id.index)
    }

    /// Tells epoll what to watch a peer for, when that changed.
    mutating func watch(_ peer: PeerConnection) {
        let interest = peer.interest
        guard interest != peer.watched, peers[peer.id] === peer else { return }
        peer.watched = interest
        do throws(SystemError) {
            try epoll.modify(peer.socket.raw, interest, token: Token.peer(peer.id))
        } catch {
            endPeer(peer)
        }
    }
}
