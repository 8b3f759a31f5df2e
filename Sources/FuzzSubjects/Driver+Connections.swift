import Primitives
import STUN
import TURN

// TCP relays (RFC 6062): what the server may ask for, and what a driver reports.
extension Driver {
    func carryOut(connecting action: Action) {
        switch action {
        case .connectPeer(let id, let relay, let peer):
            precondition(openRelays[relay] == .tcp, "a connection from no TCP relay")
            precondition(connections[id] == nil, "a connection is opened twice")
            check(peer.ip, of: relay.allocation)
            connections[id] = (relay, false, nil)
        case .bindConnection(let id, let stream):
            precondition(connections[id]?.isUp == true, "bound before it is up")
            precondition(connections[id]?.stream == nil, "bound twice")
            connections[id]?.stream = stream
        case .closeConnection(let id):
            precondition(connections.removeValue(forKey: id) != nil, "closed twice")
        default: break
        }
    }

    func accept(_ relay: RelayID, from peer: TransportAddress) {
        guard let id = server.peerAccepted(relay, from: peer, at: now) else { return drain() }
        precondition(openRelays[relay] == .tcp, "let in at no TCP relay")
        precondition(connections[id] == nil, "an index that is in use")
        check(peer.ip, of: relay.allocation)
        connections[id] = (relay, true, nil)
        drain()
    }

    /// Answers a Connect for the peer, if it waits for that.
    func answer(_ id: ConnectionID, succeeds: Bool) {
        guard connections[id]?.isUp == false else { return }
        if succeeds {
            connections[id]?.isUp = true
            server.peerConnected(id, at: now)
        } else {
            connections[id] = nil
            server.peerFailed(id, at: now)
        }
        drain()
    }

    func end(_ id: ConnectionID) {
        guard connections[id]?.isUp == true else { return }
        connections[id] = nil
        server.connectionClosed(id, at: now)
        drain()
    }

    func close(_ stream: FiveTuple) {
        server.streamClosed(stream, at: now)
        drain()
    }
}
