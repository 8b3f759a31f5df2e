import JSON
package import Primitives

// REST: commands without a socket (calls.md 2.7, ruling 7).
extension Switchboard {
    /// Pages of a list hold at most this many calls.
    private static let pageMax = 200

    package func perform(
        _ command: APICommand, by caller: APICaller, at now: Now
    ) -> APIResult {
        switch command {
        case .create(let creation): create(creation, caller, at: now)
        case .list(let statuses, let limit, let cursor):
            list(statuses, limit, cursor, caller, at: now)
        case .show(let call): show(call, caller, at: now)
        case .join(let call, let token): reserve(call, token, caller, at: now)
        case .end(let call): end(call, caller, at: now)
        case .configuration: .success(status: 200, configuration)
        case .iceServers:
            if let ice = ice(for: caller, at: now) {
                .success(status: 200, ice.object)
            } else {
                failure(.unavailable, "no credentials to be had")
            }
        }
    }

    private func failure(
        _ code: ErrorCode, _ message: String, details: JSONObject? = nil
    ) -> APIResult {
        .failure(status: code.status, ErrorReply(code, message, details: details))
    }

    private func ice(for caller: APICaller, at now: Now) -> IceServers? {
        switch caller {
        case .user(let claims):
            issuer.iceServers(for: claims.user, isGuest: claims.calls != nil, at: now)
        case .server(let name): issuer.iceServers(for: UserID(name), isGuest: false, at: now)
        }
    }

    /// Whether the caller may see every call.
    private func seesAll(_ caller: APICaller) -> Bool {
        switch caller {
        case .user(let claims): claims.scopes.contains(.admin)
        case .server: true
        }
    }

    // Always a new call, never "already exists" (S2-1).
    private func create(
        _ asked: APICommand.Creation, _ caller: APICaller, at now: Now
    ) -> APIResult {
        if case .user(let claims) = caller {
            guard claims.scopes.contains(.host), claims.calls == nil else {
                return failure(.forbidden, "the token opens no calls")
            }
            if let to = asked.to, !mayCall(to, claims, asked.chat) {
                return failure(.forbidden, "this user may not be called")
            }
            if let known = earlier(asked, claims, caller) {
                return opened(known, caller, status: 200, at: now)
            }
            guard hasRoom(claims.user) else {
                return failure(.tooManyCalls, "too many calls at once")
            }
        } else if let known = earlier(asked, nil, caller) {
            return opened(known, caller, status: 200, at: now)
        }
        guard !isDraining else { return failure(.unavailable, "the server is going down") }
        guard store.liveCount < settings.callsMax else {
            return failure(.unavailable, "too many calls on this server")
        }
        var metadata = asked.metadata
        if let to = asked.to { metadata = with(metadata, "to", .string(to.text)) }
        if let media = asked.media { metadata = with(metadata, "media", media.json) }
        let id = CallID(name(bytes: 12))
        var owner: UserID?
        if case .user(let claims) = caller { owner = claims.user }
        let (call, effects) = Call.open(
            id, owner: owner, chat: asked.chat, metadata: metadata,
            waitingMilliseconds: asked.lifetimeSeconds.map {
                $0.multipliedReportingOverflow(by: 1000).overflow ? .max : $0 * 1000
            }, settings: settings.calls, at: now)
        counters.callsStarted += 1
        store.insert(call)
        apply(effects, of: id, nil, at: now)
        if let key = asked.key {
            idempotent.insert(id, for: .init(caller: name(of: caller), text: key))
        }
        if case .user(let claims) = caller {
            _ = take(id, claims, .none, at: now)
        }
        return opened(id, caller, status: 201, at: now)
    }

    private func with(
        _ metadata: JSONObject?, _ name: String, _ value: JSONValue
    ) -> JSONObject {
        var metadata = metadata ?? JSONObject()
        metadata[name] = value
        return metadata
    }

    private func name(of caller: APICaller) -> String {
        switch caller {
        case .user(let claims): "u" + claims.user.text
        case .server(let name): "s" + name
        }
    }

    /// The call that the same request has made before, or that it wants again.
    private func earlier(
        _ asked: APICommand.Creation, _ claims: TokenClaims?, _ caller: APICaller
    ) -> CallID? {
        if let key = asked.key, let known = idempotent[.init(caller: name(of: caller), text: key)],
            store.call(known) != nil
        {
            return known
        }
        guard asked.reusesLast, let claims else { return nil }
        return liveCalls(of: claims.user)
            .filter { $0.state == .waiting && $0.kind == .room && $0.caller?.user == claims.user }
            // Wall time has whole seconds, in which a host may open several.
            .max {
                ($0.createdAt.monotonic, CallCursor($1)) < ($1.createdAt.monotonic, CallCursor($0))
            }?.id
    }

    private func take(
        _ id: CallID, _ claims: TokenClaims, _ claim: SeatClaim, at now: Now
    ) -> Result<JSONObject, CallRefusal>? {
        let isAnonymous = claims.expiresAt == .max
        let event = CallEvent.reserve(
            .init(
                user: claims.user, name: claims.name, isAuthenticated: !isAnonymous, claim: claim,
                newPeer: PeerID(shortName())))
        switch handle(event, in: id, at: now) {
        case nil: return nil
        case .failure(let refusal)?: return .failure(refusal)
        case .success(let effects)?:
            apply(effects, of: id, nil, at: now)
            for case .reply(let data) in effects { return .success(data) }
            return .success([:])
        }
    }

    private func opened(
        _ id: CallID, _ caller: APICaller, status: Int, at now: Now
    ) -> APIResult {
        guard let call = store.call(id) else {
            return failure(.callNotFound, "there is no such call")
        }
        var seat: Seat?
        if case .user(let claims) = caller { seat = call.seat(of: claims.user) }
        var data = call.snapshot(for: seat?.peer, at: now).object
        if let seat {
            data["peer_id"] = .string(seat.peer.text)
            data["peer_token"] = .string(seatToken(seat, call, at: now))
        }
        if !settings.publicURL.isEmpty {
            // No token in it: links are passed on (ruling 8).
            data["join_url"] = .string(settings.publicURL + "/call/" + id.text)
            let socket =
                settings.publicURL.hasPrefix("https")
                ? "wss" + settings.publicURL.dropFirst(5) : "ws" + settings.publicURL.dropFirst(4)
            data["ws_url"] = .string(socket + "/ws")
        }
        if let ice = ice(for: caller, at: now) { data["iceServers"] = .array(ice.servers) }
        return .success(status: status, data)
    }

    private func list(
        _ statuses: Set<CallState.Status>, _ limit: Int, _ cursor: String?, _ caller: APICaller,
        at now: Now
    ) -> APIResult {
        var after: CallCursor?
        if let cursor {
            after = CallCursor(cursor)
            guard after != nil else { return failure(.badRequest, "cursor is not one of ours") }
        }
        guard (1...Self.pageMax).contains(limit) else {
            return failure(.badRequest, "limit is 1 to \(Self.pageMax)")
        }
        var user: UserID?
        if case .user(let claims) = caller, !seesAll(caller) { user = claims.user }
        let filter = CallFilter(user: user, statuses: statuses, limit: limit, after: after)
        let found = store.list(filter)
        let page = found.prefix(limit)
        let items = page.map { call in
            JSONValue.object(
                call.snapshot(for: user.flatMap { call.seat(of: $0) }?.peer, at: now).object)
        }
        let next = found.count > limit ? page.last.map { CallCursor($0).text } : nil
        return .success(
            status: 200,
            ["items": .array(items), "next_cursor": next.map { .string($0) } ?? .null])
    }

    /// A call that the caller may look at. To others it does not exist.
    private func visible(_ id: CallID, _ caller: APICaller) -> Call? {
        guard let call = store.call(id) else { return nil }
        if seesAll(caller) { return call }
        guard case .user(let claims) = caller, claims.allows(id),
            store.calls(of: claims.user).contains(id) || claims.calls?.contains(id) == true
        else { return nil }
        return call
    }

    private func show(_ id: CallID, _ caller: APICaller, at now: Now) -> APIResult {
        guard let call = visible(id, caller) else {
            return failure(.callNotFound, "there is no such call")
        }
        guard call.state != .ended else {
            return failure(
                .callEnded, "the call has ended",
                details: ["reason": .string(call.endReason?.rawValue ?? "")])
        }
        var seat: Seat?
        if case .user(let claims) = caller { seat = call.seat(of: claims.user) }
        return .success(status: 200, call.snapshot(for: seat?.peer, at: now).object)
    }

    /// Reserves a seat until its owner comes with a socket (ruling 7).
    private func reserve(
        _ id: CallID, _ token: String?, _ caller: APICaller, at now: Now
    ) -> APIResult {
        guard case .user(let claims) = caller else {
            return failure(.forbidden, "a server has no seat")
        }
        guard claims.allows(id) else {
            return failure(.forbidden, "the token does not allow this call")
        }
        let seat = token.flatMap { SeatToken($0, signer: signer) }
        let claim = claim(seat, isGiven: token != nil, id, at: now)
        switch take(id, claims, claim, at: now) {
        case nil: return failure(.callNotFound, "there is no such call")
        case .failure(let refusal)?:
            return .failure(status: refusal.code.status, refusal.reply)
        case .success(var data)?:
            guard let call = store.call(id), let peer = data["peer_id"]?.string,
                let seat = call.seats.first(where: { $0.peer.text == peer })
            else { return failure(.internal, "the seat was not kept") }
            data["peer_token"] = .string(seatToken(seat, call, at: now))
            if let ice = ice(for: caller, at: now) { data["iceServers"] = .array(ice.servers) }
            return .success(status: 200, data)
        }
    }

    /// Ended is ended: asking twice, or for what nobody remembers, is no mistake.
    private func end(_ id: CallID, _ caller: APICaller, at now: Now) -> APIResult {
        var data: JSONObject = ["call_id": .string(id.text), "status": "ended"]
        guard let call = store.call(id) else { return .success(status: 200, data) }
        var peer: PeerID?
        if case .user(let claims) = caller {
            peer = call.seat(of: claims.user)?.peer
            let isOwn = peer != nil || [call.callee, call.owner].contains(claims.user)
            guard isOwn else { return failure(.notParticipant, "this is not your call") }
        }
        let reason = peer == nil ? EndReason.deleted : .hangup
        if case .success(let effects)? = handle(.terminate(reason, by: peer), in: id, at: now) {
            apply(effects, of: id, nil, at: now)
        }
        data["reason"] = .string(store.call(id)?.endReason?.rawValue ?? reason.rawValue)
        return .success(status: 200, data)
    }
}
