import JSON
import Primitives

// Sockets of one call (S2-12): `/apiv2/ws?call_id=..&peer_id=..&peer_token=..`. The address says
// who comes, so that no `hello` is needed; the session can do nothing but sit on that seat.
extension Switchboard {
    func openSeat(_ asked: SeatSocket, on socket: SocketID, at now: Now) {
        guard let info = sockets[socket]?.info else { return }
        let token = SeatToken(asked.token, signer: signer)
        guard let token, token.call == asked.call, token.expiresAt > now.unixSeconds,
            asked.peer.map({ $0 == token.peer }) ?? true, isWelcome(token, info, at: now)
        else {
            let words = "the peer_token is not valid for this seat"
            return refuseHello(
                asked.token, on: socket, .unauthorized, words, .unauthorized, at: now)
        }
        let join = ClientMessage.Join(call: token.call, token: asked.token)
        if store.call(token.call) == nil { _ = provide(join, token, token.user, at: now) }
        guard store.call(token.call).map({ $0.state != .ended }) == true else {
            reply(.error(id: nil, ErrorReply(.callNotFound, "there is no such call")), on: socket)
            return close(socket, .callGone, "there is no such call", at: now)
        }
        begin(token, on: socket, at: now)
    }

    /// A token that came beside the seat's has to be of the same user (ruling 8).
    private func isWelcome(_ token: SeatToken, _ info: SocketInfo, at now: Now) -> Bool {
        guard !verifier.isBlocked(token.user) else { return false }
        guard let text = info.token else { return true }
        let claims = try? verifier.claims(of: text, atUnixSeconds: now.unixSeconds)
        return claims.map { !token.isAuthenticated || $0.user == token.user } ?? false
    }

    private func begin(_ token: SeatToken, on socket: SocketID, at now: Now) {
        let claims = TokenClaims(
            user: token.user, expiresAt: token.expiresAt, scopes: [], calls: [token.call])
        let hello = ClientMessage.Hello(
            device: DeviceID("seat-" + token.peer.text), client: .init(), capabilities: [])
        let before = store.call(token.call)?.seats.first { $0.peer == token.peer }?.session
        guard let id = begin(hello, claims, on: socket, seat: token, failure: nil, at: now),
            let session = sessions[id]
        else { return }
        let claim = claim(token, isGiven: true, token.call, at: now)
        let event = CallEvent.join(party(session), claim, newPeer: token.peer, isFresh: nil)
        switch handle(event, in: token.call, at: now) {
        case .success(let effects)?:
            apply(effects, of: token.call, nil, at: now)
            tellSeat(id, token, effects, at: now)
            if let before { removeOldSeat(before, at: now) }
        case .failure(let refusal)?:
            reply(.error(id: nil, refusal.reply), on: socket)
            remove(id, at: now)
            let isEarly = refusal.code == .rateLimited
            refuse(
                socket, isEarly ? .rate : .unauthorized,
                isEarly ? "\(refusal.reply.retryMilliseconds ?? 0)" : refusal.reply.message)
        case nil: break
        }
    }

    /// S0-9: what `call:join` would have been answered.
    private func tellSeat(
        _ id: SessionID, _ token: SeatToken, _ effects: [CallEffect], at now: Now
    ) {
        for case .reply(let data) in effects {
            deliver(
                .join(
                    token.call, token.peer, isReconnect: data["is_reconnect"]?.bool ?? false,
                    isPeerOnline: data["peer_online"]?.bool ?? false), to: id)
        }
        guard let call = store.call(token.call) else { return }
        deliver(.state(call.snapshot(for: token.peer, at: now)), to: id)
    }

    /// Such a session is never resumed: the one that follows it has its place.
    private func removeOldSeat(_ id: SessionID, at now: Now) {
        guard let session = sessions[id], session.seatCall != nil else { return }
        let socket = session.socket
        remove(id, at: now)
        if let socket { refuse(socket, .takenOver, "the seat has a newer socket") }
    }

    /// Whether a session lives on a socket of a call that has ended.
    func hasLostItsCall(_ session: Session) -> Bool {
        guard let call = session.seatCall else { return false }
        return store.call(call).map { $0.state == .ended } ?? true
    }

    /// S2-12: told once that it has ended, the socket has no purpose any more.
    func closeSeat(_ id: SessionID, at now: Now) {
        let socket = sessions[id]?.socket
        remove(id, at: now)
        if let socket { refuse(socket, .callGone, "the call has ended") }
    }

    /// A `hello` on such a socket is from a client that knows the canonical names.
    func receiveLateHello(
        _ hello: ClientMessage.Hello, _ id: SessionID, on socket: SocketID, at now: Now
    ) {
        guard let session = sessions[id], session.usesOldNames else {
            let words = "there is a session already"
            return reply(.error(id: nil, ErrorReply(.badRequest, words)), on: socket)
        }
        session.usesOldNames = false
        welcome(id, secret: name(bytes: 16), isResumed: false, failure: nil, at: now)
    }
}
