import JSON
package import Primitives

// `call:initiate`, judged in the order of ruling 10: the same call again, glare, duplicate, busy,
// offer.
extension Switchboard {
    func initiate(_ asked: ClientMessage.Initiate, _ request: Request, at now: Now) {
        guard let session = sessions[request.session] else { return }
        if let id = asked.call {
            guard session.claims.allows(id) else {
                let error = ErrorReply(.forbidden, "the token does not allow this call")
                return refuse(request, error)
            }
            if let known = store.call(id) { return repeatStart(known, session, request, at: now) }
        }
        guard session.claims.scopes.contains(.call),
            session.claims.calls == nil || asked.call != nil
        else { return refuse(request, ErrorReply(.forbidden, "the token allows no calls")) }
        guard users[session.user]?.initiates.take(2, at: now.monotonic) == true else {
            let error = ErrorReply(.rateLimited, "too many calls started", retryMilliseconds: 2000)
            return refuse(request, error)
        }
        if let to = asked.to {
            let callee = callee(to, of: session)
            guard
                isGuestCall(callee, by: session) || mayCall(callee, session.claims, asked.chat)
            else {
                return refuse(request, ErrorReply(.forbidden, "this user may not be called"))
            }
            return start(asked, callee, request, at: now)
        }
        guard let chat = asked.chat else {
            return refuse(request, ErrorReply(.badRequest, "to or chat_id is needed"))
        }
        if let callee = session.claims.chats[chat] {
            start(asked, callee, request, at: now)
        } else if settings.hasChatResolver {
            resolutionCount += 1
            let id = ResolutionID(resolutionCount)
            resolutions[id] = (request, asked)
            deadlines.set(.resolution(id), to: now.monotonic + settings.resolutionTimeout)
            emit(.resolveChat(id, chat: chat, caller: session.user))
        } else {
            refuse(request, ErrorReply(.forbidden, "this chat is not known"))
        }
    }

    /// What the application says about a chat; nil fails closed (ruling 15).
    package func resolved(_ id: ResolutionID, _ callee: UserID?, at now: Now) {
        guard let (request, asked) = resolutions.removeValue(forKey: id) else { return }
        deadlines.set(.resolution(id), to: nil)
        guard sessions[request.session] != nil else { return }
        guard let callee else {
            return refuse(request, ErrorReply(.forbidden, "this chat is not known"))
        }
        start(asked, callee, request, at: now)
    }

    /// The application has not answered in time; its caller may ask again.
    func giveUp(_ id: ResolutionID) {
        guard let (request, _) = resolutions.removeValue(forKey: id) else { return }
        refuse(request, ErrorReply(.unavailable, "nobody says whose chat this is"))
    }

    /// What became of a `push.requested`.
    package func pushSettled(_ call: CallID, isAccepted: Bool, at now: Now) {
        tell(call, .pushSettled(isAccepted: isAccepted), at: now)
    }

    func mayCall(_ user: UserID, _ claims: TokenClaims, _ chat: String?) -> Bool {
        if let chat, claims.chats[chat] == user { return true }
        return claims.mayCall?.includes(user) ?? settings.isDirectoryOpen
    }

    /// The same call from the same device is no second one; a name that is taken is refused.
    private func repeatStart(_ call: Call, _ session: Session, _ request: Request, at now: Now) {
        guard let seat = call.seat(of: session.user), seat.role == .host,
            seat.device == session.device
        else {
            return refuse(request, ErrorReply(.duplicateCall, "the call_id is taken"))
        }
        guard call.state != .ended else {
            let reason = call.endReason?.rawValue ?? ""
            return refuse(
                request,
                ErrorReply(.callEnded, "the call has ended", details: ["reason": .string(reason)]))
        }
        var data = call.snapshot(for: seat.peer, at: now).object
        data["peer_id"] = .string(seat.peer.text)
        data["peer_token"] = .string(seatToken(seat, call, at: now))
        accept(request, data)
    }

    private func start(
        _ asked: ClientMessage.Initiate, _ callee: UserID, _ request: Request, at now: Now
    ) {
        guard let session = sessions[request.session] else { return }
        guard callee != session.user else {
            return refuse(request, ErrorReply(.badRequest, "nobody calls themselves"))
        }
        let own = liveCalls(of: session.user)
        let theirs = own.filter { $0.state == .ringing }
        if let rival = theirs.first(where: {
            $0.callee == session.user && $0.caller?.user == callee
        }) {
            return meet(rival, session, asked.media, request, at: now)
        }
        if let twin = theirs.first(where: { $0.callee == callee && $0.caller?.user == session.user }
        ) {
            return refuse(
                request,
                ErrorReply(
                    .duplicateCall, "this user is being called already",
                    details: ["call_id": .string(twin.id.text)]))
        }
        guard hasRoom(session.user), store.liveCount < settings.callsMax else {
            return refuse(request, ErrorReply(.tooManyCalls, "too many calls at once"))
        }
        let devices = users[callee]?.sessions.compactMap { sessions[$0] } ?? []
        guard !devices.isEmpty || settings.hasPushHook else {
            return refuse(request, ErrorReply(.calleeOffline, "this user cannot be reached"))
        }
        ring(asked, callee, devices, session, request, at: now)
    }

    private func ring(
        _ asked: ClientMessage.Initiate, _ callee: UserID, _ devices: [Session],
        _ session: Session, _ request: Request, at now: Now
    ) {
        // Rung by as many as one may talk to, somebody is busy, too.
        let theirs = liveCalls(of: callee)
        let isBusy =
            theirs.count { $0.rings(callee) } >= settings.liveCallsPerUserMax
            || theirs.contains {
                $0.occupies(callee, graceMilliseconds: settings.busyGraceMilliseconds, at: now)
            }
        let id = asked.call ?? CallID(name(bytes: 12))
        let reachable = devices.filter { $0.claims.allows(id) }
        let start = Call.RingStart(
            id: id, chat: asked.chat, metadata: asked.metadata, caller: party(session),
            callerPeer: PeerID(shortName()), callee: callee, media: asked.media,
            offer: asked.offer, ringMilliseconds: asked.ringMilliseconds,
            devices: reachable.map { (party: party($0), isReachable: $0.isOnline) },
            hasPush: settings.hasPushHook,
            busy: !isBusy ? .no : settings.busyMode == .reject ? .refuse : .ring)
        let (call, effects) = Call.ring(start, settings: settings.calls, at: now)
        counters.callsStarted += 1
        store.insert(call)
        var request = request
        request.wantsSeat = true
        apply(effects, of: id, request, at: now)
    }

    /// Both call each other: the first call wins, and this session takes part in it without
    /// ringing. The refusal precedes the offer that it causes.
    private func meet(
        _ rival: Call, _ session: Session, _ media: Media, _ request: Request, at now: Now
    ) {
        switch handle(.glare(party(session), media), in: rival.id, at: now) {
        case nil: refuse(request, ErrorReply(.callNotFound, "there is no such call"))
        case .failure(let refusal)?: refuse(request, refusal.reply)
        case .success(let effects)?:
            let id = JSONValue.string(rival.id.text)
            refuse(
                request, ErrorReply(.glare, "this user is calling you", details: ["call_id": id]))
            apply(effects, of: rival.id, nil, at: now)
        }
    }
}
