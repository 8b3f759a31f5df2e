import JSON
import Primitives

// Calls: events in, effects out.
extension Switchboard {
    /// A request to a call: answered with what the call says.
    func submit(_ event: CallEvent, to id: CallID, _ request: Request, at now: Now) {
        guard sessions[request.session]?.allows(id) == true else {
            return refuse(request, ErrorReply(.forbidden, "the token does not allow this call"))
        }
        switch handle(event, in: id, at: now) {
        case nil: refuse(request, ErrorReply(.callNotFound, "there is no such call"))
        case .failure(let refusal)?: refuse(request, refusal.reply)
        case .success(let effects)?:
            var request = request
            if case .answer = event { request.wantsSeat = true }
            if case .join = event {
                request.wantsSeat = true
                request.wantsIce = true
            }
            apply(effects, of: id, request, at: now)
        }
    }

    /// Something that happened to a session; nobody is answered.
    func tell(_ id: CallID, _ event: CallEvent, at now: Now) {
        guard case .success(let effects)? = handle(event, in: id, at: now) else { return }
        apply(effects, of: id, nil, at: now)
    }

    func handle(
        _ event: CallEvent, in id: CallID, at now: Now
    ) -> Result<[CallEffect], CallRefusal>? {
        store.update(id) { call in
            do throws(CallRefusal) {
                return .success(try call.handle(event, at: now))
            } catch {
                return .failure(error)
            }
        }
    }

    func apply(_ effects: [CallEffect], of id: CallID, _ request: Request?, at now: Now) {
        var touched: Set<SessionID> = []
        for effect in effects {
            switch effect {
            case .reply(let data):
                if let request { accept(request, adorn(data, of: id, request, at: now)) }
            case .notify(let session, let message): deliver(message, to: session)
            case .attached(let session):
                guard sessions[session] != nil else { continue }
                callsBySession[session, default: []].insert(id)
                touched.insert(session)
            case .detached(let session):
                callsBySession[session]?.remove(id)
                if callsBySession[session]?.isEmpty == true { callsBySession[session] = nil }
                touched.insert(session)
            case .webhook(let name, let data): emit(.webhook(name, data))
            case .log(let event):
                counters.add(event)
                emit(.log(id, event))
            case .ended(let reason): if let call = store.call(id) { counters.add(call, reason) }
            case .forget: store.remove(id)
            }
        }
        deadlines.set(.call(id), to: store.nextDeadline(of: id))
        // Retention and the end of a token depend on whether the session sits somewhere.
        for session in touched { reschedule(session, at: now) }
    }

    /// The answer with what the call does not know: the seat's token, and ICE servers.
    private func adorn(
        _ data: JSONObject, of id: CallID, _ request: Request, at now: Now
    ) -> JSONObject {
        guard request.wantsSeat, let call = store.call(id),
            let peer = data["peer_id"]?.string, let session = sessions[request.session],
            let seat = call.seats.first(where: { $0.peer.text == peer })
        else { return data }
        var data = data
        data["peer_token"] = .string(seatToken(seat, call, at: now))
        if request.wantsIce, let ice = iceServers(for: session, at: now) {
            data["ice"] = .object(ice.object)
        }
        return data
    }

    func seatToken(_ seat: Seat, _ call: Call, at now: Now) -> String {
        SeatToken(
            call: call.id, peer: seat.peer, user: seat.user,
            isAuthenticated: seat.isAuthenticated, kind: call.kind, role: seat.role,
            chat: call.chat,
            expiresAt: now.unixSeconds + UInt64(settings.seatTokenLifetime.count)
        ).text(signedBy: signer)
    }

    /// Whether the user may take part in one more call. Calls that ring somebody are not theirs.
    func hasRoom(_ user: UserID) -> Bool {
        store.calls(of: user).count { store.call($0)?.counts(for: user) == true }
            < settings.liveCallsPerUserMax
    }

    /// The newest call of a chat that goes on and that the session has to do with.
    func newestCall(of session: Session, inChat chat: String) -> CallID? {
        liveCalls(of: session.user)
            .filter {
                $0.chat == chat && ($0.rings(session.id) || $0.seat(of: session.user) != nil)
            }
            .min { CallCursor($0) < CallCursor($1) }?.id
    }

    func liveCalls(of user: UserID) -> [Call] {
        store.calls(of: user).compactMap { store.call($0) }.filter { $0.state != .ended }
    }
}

// `call:join`.
extension Switchboard {
    func join(_ join: ClientMessage.Join, _ request: Request, at now: Now) {
        guard let session = sessions[request.session] else { return }
        guard session.claims.allows(join.call) else {
            return refuse(request, ErrorReply(.forbidden, "the token does not allow this call"))
        }
        let isInside = store.call(join.call)?.counts(for: session.user) == true
        guard isInside || hasRoom(session.user) else {
            return refuse(request, ErrorReply(.tooManyCalls, "too many calls at once"))
        }
        let token = join.token.flatMap { SeatToken($0, signer: signer) }
        if store.call(join.call) == nil {
            // "Not found" would be the end of it for a client whose call outlived a crash.
            guard store.liveCount < settings.callsMax else {
                return refuse(request, ErrorReply(.tooManyCalls, "too many calls at once"))
            }
            let isHost = session.claims.scopes.contains(.host)
            guard provide(join, token, session.user, isHost: isHost, at: now) else {
                return refuse(request, ErrorReply(.callNotFound, "there is no such call"))
            }
        }
        let claim = claim(token, isGiven: join.token != nil, join.call, at: now)
        let event = CallEvent.join(
            party(session), claim, newPeer: PeerID(shortName()), isFresh: join.isFresh)
        submit(event, to: join.call, request, at: now)
    }

    func claim(_ token: SeatToken?, isGiven: Bool, _ call: CallID, at now: Now) -> SeatClaim {
        guard isGiven else { return .none }
        guard let token, token.call == call, token.expiresAt > now.unixSeconds else {
            return .invalid
        }
        return .valid(token.peer, token.isAuthenticated ? token.user : nil, token.role)
    }

    /// Makes the call that a join names: again, after a crash (ruling 4), or for the first time.
    func provide(
        _ join: ClientMessage.Join, _ token: SeatToken?, _ user: UserID, isHost: Bool = false,
        at now: Now
    ) -> Bool {
        guard store.liveCount < settings.callsMax else { return false }
        if join.token != nil {
            guard let recoversUntil, now.monotonic < recoversUntil, let token,
                token.call == join.call, token.expiresAt > now.unixSeconds,
                !token.isAuthenticated || token.user == user
            else { return false }
            let (call, effects) = Call.recover(
                join.call, kind: token.kind, chat: token.chat, settings: settings.calls, at: now)
            counters.callsRecovered += 1
            store.insert(call)
            apply(effects, of: call.id, nil, at: now)
            return true
        }
        guard settings.joinOpensRooms, isHost else { return false }
        let (call, effects) = Call.open(
            join.call, owner: user, settings: settings.calls, at: now)
        counters.callsStarted += 1
        store.insert(call)
        apply(effects, of: call.id, nil, at: now)
        return true
    }
}
