import Primitives
import STUN

extension Server {
    /// ConnectionBind (RFC 6062 §5.4): a fresh stream of the client becomes one with a
    /// connection. Whatever the answer is, a connection that is not bound keeps waiting.
    mutating func receiveConnectionBind(
        _ request: borrowing StunMessage, from tuple: FiveTuple
    ) {
        counters.connectionBindRequests += 1
        let number = (try? request.connectionID()) ?? nil
        let link = number.flatMap { liveConnection($0) }
        let owner = link.map { connections[$0].allocation }
        // The allocation's own key proves its user, as for its other requests.
        guard let proven = authenticate(request, from: tuple, allocation: owner) else { return }
        let unknown = request.unknownRequired(understood: Self.understood)
        guard unknown.isEmpty else {
            refuseUnknown(request, unknown, from: tuple, proven: proven)
            return
        }
        guard let number else {
            refuse(request, .badRequest, .malformed("connection"), from: tuple, proven: proven)
            return
        }
        // RFC 6062 §5.4: the stream must be one.
        guard isStream(tuple.listener) else {
            refuse(request, .badRequest, .tcpRelayOverDatagrams, from: tuple, proven: proven)
            return
        }
        guard liveAllocation(tuple) == nil else {
            refuse(request, .badRequest, .streamHasAllocation, from: tuple, proven: proven)
            return
        }
        // RFC 6062 §5.4: the connection must exist and wait.
        guard let link, let owner, connections[link].number == number,
            connections[link].state != .connecting
        else {
            refuse(request, .badRequest, .unknownConnection, from: tuple, proven: proven)
            return
        }
        guard allocations[owner].username == proven.username else {
            // RFC 8656 §5: an allocation of another user.
            let cause = RefusalCause.otherUser(allocations[owner].username)
            refuse(request, .wrongCredentials, cause, from: tuple, proven: proven)
            return
        }
        guard connections[link].state == .pending else {
            refuse(request, .badRequest, .connectionBound, from: tuple, proven: proven)
            return
        }
        counters.connectionsBound += 1
        connections[link].state = .bound
        connections[link].expires = .never
        connections[link].stream = tuple
        send(Reply(to: request, proven), to: tuple)
        actions.push(.bindConnection(ConnectionID(index: link), client: tuple))
    }

    /// A connection by what clients call it.
    private mutating func liveConnection(_ number: UInt32) -> UInt32? {
        guard let link = connectionByNumber[number] else { return nil }
        let owner = connections[link].allocation
        if allocations[owner].wakes <= now.monotonic { expire(owner) }
        return connectionByNumber[number]
    }

    /// Judges a nonce that came back. `allocation`: the one that the request is about.
    ///
    /// ConnectionBind comes by a stream of its own, and there are clients that send the nonce of
    /// their control connection there and give up at 438 (pion). A nonce that was given to the
    /// client of this very allocation, at the same IP address, is as good.
    mutating func judge(
        _ nonce: Span<UInt8>, from tuple: FiveTuple, _ allocation: UInt32?
    ) -> NonceVerdict {
        let verdict = nonces.judge(nonce, from: tuple, at: now.monotonic)
        guard verdict == .foreign, let allocation else { return verdict }
        let owner = allocations[allocation].tuple
        guard owner != tuple, owner.client.ip == tuple.client.ip else { return verdict }
        return nonces.judge(nonce, from: owner, at: now.monotonic)
    }
}
