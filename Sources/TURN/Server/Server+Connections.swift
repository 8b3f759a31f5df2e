package import Primitives
import STUN

// The life of connections between TCP relays and peers (RFC 6062 §5): found, answered, ended.
extension Server {
    /// The worker that knows a connection by the number clients know it by (CONNECTION-ID).
    package static func worker(ofConnection number: UInt32) -> WorkerID {
        WorkerID(index: UInt16(number >> 24))
    }

    /// The connection that `.connectPeer` asked for is up.
    package mutating func peerConnected(_ connection: ConnectionID, at now: Now) {
        self.now = now
        guard let link = liveConnection(connection), connections[link].state == .connecting
        else { return }
        counters.connectionsMade += 1
        let expires = now.monotonic + settings.lifetimes.unboundConnection
        connections[link].state = .pending
        connections[link].expires = expires
        wake(connections[link].allocation, by: expires)
        // RFC 6062 §5.2: the answer names the connection.
        var reply = Reply(to: connectHead(link))
        reply.connection = connections[link].number
        reply.key = connections[link].key.hmac
        send(reply, to: allocations[connections[link].allocation].tuple)
    }

    /// The connection that `.connectPeer` asked for could not be made; its socket is closed.
    package mutating func peerFailed(_ connection: ConnectionID, at now: Now) {
        connectionClosed(connection, at: now)
    }

    /// Peer or client closed a connection and everything that could be passed on has been; the
    /// driver has closed its sockets (RFC 6062 §5.5).
    ///
    /// A peer that has sent its last byte before a client bound the connection is not closed yet:
    /// its bytes are still owed to the client (RFC 6062 §5.4).
    package mutating func connectionClosed(_ connection: ConnectionID, at now: Now) {
        self.now = now
        let link = connection.index
        guard link < connections.end else { return }
        switch connections[link].state {
        case .vacant, .closed: return
        case .connecting:
            counters.connectsFailed += 1
            refuseConnect(link, .connectFailed(connections[link].peer))
        case .pending, .bound: break
        }
        let index = connections[link].allocation
        var previous = noIndex
        var cursor = allocations[index].firstConnection
        while cursor != link {
            previous = cursor
            cursor = connections[cursor].next
        }
        unlinkConnection(index, after: previous, link)
    }

    /// A client's stream is gone, and with it the only 5-tuple that its allocation could be
    /// refreshed on (RFC 8656 §6).
    package mutating func streamClosed(_ client: FiveTuple, at now: Now) {
        self.now = now
        guard let index = liveAllocation(client) else { return }
        counters.streamsClosed += 1
        end(index, .streamClosed)
    }

    /// What a listener's clients come by; UDP where there is no such listener any more.
    func transport(of listener: ListenerID) -> ServerSettings.Transport {
        let index = Int(listener.index)
        return index < settings.listeners.count ? settings.listeners[index].transport : .udp
    }

    /// Whether a listener's clients come by TCP or TLS.
    func isStream(_ listener: ListenerID) -> Bool {
        switch transport(of: listener) {
        case .tcp, .tls: true
        case .udp, .dtls: false
        }
    }

    /// A connection that is not over at this moment, whenever `tick` was called.
    func isLive(_ link: UInt32) -> Bool {
        guard link < connections.end else { return false }
        switch connections[link].state {
        case .vacant, .closed: return false
        case .connecting, .pending, .bound: return true
        }
    }

    private mutating func liveConnection(_ id: ConnectionID) -> UInt32? {
        guard isLive(id.index) else { return nil }
        let owner = connections[id.index].allocation
        if allocations[owner].wakes <= now.monotonic { expire(owner) }
        return isLive(id.index) ? id.index : nil
    }

    /// Whether an allocation and its user may have one more connection; if not, why.
    mutating func admitConnection(_ index: UInt32, isPaced: Bool) -> ConnectRefusal? {
        let limit = settings.limits.connectionsPerAllocation
        guard Int(allocations[index].connectionCount) < limit, connections.hasRoom else {
            return ConnectRefusal(.insufficientCapacity, .connectionLimit(limit))
        }
        let user = UserSlot(Int(allocations[index].user))
        switch shared.quotas.acquireConnection(user, isPaced: isPaced, at: now.monotonic) {
        case .granted: return nil
        case .userFull(let used, let limit):
            return ConnectRefusal(
                .allocationQuotaReached, .userConnectionLimit(used: used, limit: limit))
        case .tooFast(let rate):
            return ConnectRefusal(.insufficientCapacity, .permissionRate(perSecond: rate))
        }
    }

    /// Adds a connection that has been admitted; it gets its number here.
    mutating func addConnection(_ connection: Connection, to index: UInt32) -> ConnectionID {
        var connection = connection
        connection.allocation = index
        connection.born = now.monotonic
        connection.number = drawNumber()
        connection.next = allocations[index].firstConnection
        guard let link = connections.insert(connection) else {
            preconditionFailure("a connection was admitted without room")
        }
        connectionByNumber[connection.number] = link
        allocations[index].firstConnection = link
        allocations[index].connectionCount += 1
        wake(index, by: connection.expires)
        return ConnectionID(index: link)
    }

    /// A number that is in use nowhere: the worker in front, so that a stream that arrives
    /// anywhere finds it, then 24 bits of entropy.
    private mutating func drawNumber() -> UInt32 {
        precondition(worker.index < 256, "CONNECTION-ID has eight bits for the worker")
        while true {
            let number =
                UInt32(worker.index) << 24 | UInt32(truncatingIfNeeded: entropy.next()) >> 8
            if number != 0, connectionByNumber[number] == nil { return number }
        }
    }

    /// The head of the Connect request that a connection was made for.
    private func connectHead(_ link: UInt32) -> RequestHead {
        RequestHead(
            method: .connect, transaction: connections[link].transaction,
            fingerprint: connections[link].fingerprint)
    }

    /// 447 for a Connect request that waits for its answer (RFC 6062 §5.2).
    private mutating func refuseConnect(_ link: UInt32, _ cause: RefusalCause) {
        let owner = connections[link].allocation
        let proven = Proven(
            username: allocations[owner].username, key: connections[link].key, quotaKey: "")
        refuse(
            connectHead(link), .connectionTimeoutOrFailure, cause, from: allocations[owner].tuple,
            proven: proven)
    }

    /// Ends connections whose peer took too long, or that no client came for.
    mutating func expireConnections(_ index: UInt32) {
        let time = now.monotonic
        let seconds = settings.lifetimes.connect.count
        var link = allocations[index].firstConnection
        while link != noIndex {
            if connections[link].expires <= time {
                if connections[link].state == .connecting {
                    counters.connectsFailed += 1
                    refuseConnect(link, .connectTimedOut(connections[link].peer, seconds: seconds))
                } else {
                    counters.connectionsUnbound += 1
                }
            }
            link = connections[link].next
        }
        removeConnections(index, answering: false) { $0.expires <= time }
    }

    /// Closes the connections that match; returns how many.
    /// - Parameter answering: whether Connects that still wait for their answer get it: 447.
    @discardableResult
    mutating func removeConnections(
        _ index: UInt32, answering: Bool, where matches: (Connection) -> Bool = { _ in true }
    ) -> Int {
        var removed = 0
        var previous = noIndex
        var link = allocations[index].firstConnection
        while link != noIndex {
            let next = connections[link].next
            if matches(connections[link]) {
                if answering, connections[link].state == .connecting {
                    refuseConnect(link, .connectFailed(connections[link].peer))
                }
                actions.push(.closeConnection(ConnectionID(index: link)))
                unlinkConnection(index, after: previous, link)
                removed += 1
            } else {
                previous = link
            }
            link = next
        }
        return removed
    }

    private mutating func unlinkConnection(
        _ index: UInt32, after previous: UInt32, _ link: UInt32
    ) {
        let next = connections[link].next
        if previous == noIndex {
            allocations[index].firstConnection = next
        } else {
            connections[previous].next = next
        }
        connectionByNumber[connections[link].number] = nil
        connections[link].state = .closed
        closedConnections.append(link)
        shared.quotas.releaseConnection(UserSlot(Int(allocations[index].user)))
        allocations[index].connectionCount -= 1
        if allocations[index].connectionCount == 0 { allocations[index].bareSince = now.monotonic }
    }
}

/// Why an allocation gets no further connection.
struct ConnectRefusal {
    let code: ErrorCode
    let cause: RefusalCause

    init(_ code: ErrorCode, _ cause: RefusalCause) {
        self.code = code
        self.cause = cause
    }
}
