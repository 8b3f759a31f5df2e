import JSON
import Primitives

// The callee's devices: ringing and rejecting (calls.md 2.6, rulings 9 to 12).
extension Call {
    mutating func startRinging(_ start: RingStart, _ now: Now) {
        let ring = settings.ringMilliseconds(asked: start.ringMilliseconds)
        deadlines.ring = Stamp(now).adding(milliseconds: ring)
        deadlines.alert = Stamp(now).adding(milliseconds: min(settings.alertMilliseconds, ring))
        for device in start.devices.prefix(settings.devicesMax)
        where !rings(device.party.session) {
            ringers.append(Ringer(party: device.party, isReachable: device.isReachable))
        }
        reply(seatReply(0, isReconnect: false, at: now))
        output.append(.attached(start.caller.session))
        log(.created, peer: start.callerPeer, user: start.caller.user)
        announce(.created, at: now)
        guard start.busy != .refuse else {
            for ringer in ringers {
                output.append(.notify(ringer.party.session, .noAnswer(id, .guest)))
            }
            ringers = []
            reject(as: .busy, now)
            return
        }
        for ringer in ringers {
            output.append(.attached(ringer.party.session))
            output.append(.notify(ringer.party.session, .offer(offer(at: now))))
        }
        log(.ringing, user: callee)
        announce(.ringing, at: now)
        if !ringers.contains(where: \.isReachable) {
            let patience = min(settings.calleeOfflineMilliseconds, ring)
            deadlines.calleeOffline = Stamp(now).adding(milliseconds: patience)
            deadlines.alert = nil
            requestPush(now)
        }
    }

    /// The offer as a device gets it now, with what the caller has found since.
    private func offer(
        at now: Now, media: Media? = nil, isAutoAnswer: Bool = false
    ) -> ServerMessage.Offer {
        let caller = seats[0]
        return ServerMessage.Offer(
            call: id, chat: chat, caller: caller.user, callerName: caller.name,
            callerPeer: caller.peer, media: media ?? wantedMedia, generation: generation,
            description: pending?.description ?? SessionDescription(.offer, sdp: ""),
            candidates: caller.kept,
            ringLeftMilliseconds: deadlines.ring?.milliseconds(leftAt: now) ?? 0,
            expiresAt: deadlines.ring?.unixMilliseconds ?? 0, metadata: metadata,
            isAutoAnswer: isAutoAnswer, isBusy: isBusy)
    }

    /// A ringing device has a socket again. What it was offered is replayed, but for an
    /// `auto_answer`, which never is (ruling 10): it rings like any other then.
    mutating func reachAgain(_ index: Int, _ now: Now) {
        ringers[index].isReachable = true
        deadlines.calleeOffline = nil
        guard ringers[index].hasYielded else { return }
        ringers[index].hasYielded = false
        output.append(.notify(ringers[index].party.session, .offer(offer(at: now))))
    }

    /// A session of the callee came: it rings for what is left (S3-12, ruling 12).
    mutating func addDevice(_ party: CallParty, _ isReachable: Bool, _ now: Now) {
        guard state == .ringing, party.user == callee else { return }
        if let known = ringers.firstIndex(where: { $0.party.session == party.session }) {
            ringers[known].isReachable = isReachable
            if isReachable { deadlines.calleeOffline = nil }
            return
        }
        // What has stopped ringing stays quiet.
        guard
            !formers.contains(where: {
                $0.session == party.session || $0.hasRejected && $0.device == party.device
            })
        else { return }
        // A page that was loaded again: what was offered to its old session is gone with it.
        if let old = ringers.firstIndex(where: {
            !$0.isReachable && $0.party.device == party.device
        }) {
            output.append(.detached(ringers.remove(at: old).party.session))
        }
        guard ringers.count < settings.devicesMax else { return }
        ringers.append(Ringer(party: party, isReachable: isReachable))
        output.append(.attached(party.session))
        output.append(.notify(party.session, .offer(offer(at: now))))
        if isReachable { deadlines.calleeOffline = nil }
    }

    /// `call:ringing`: the caller hears how many devices alert.
    mutating func alert(_ session: SessionID, _ now: Now) throws(CallRefusal) {
        guard let index = ringers.firstIndex(where: { $0.party.session == session }) else {
            throw refusalForLateDevice(session)
        }
        reply()
        deadlines.alert = nil
        guard !ringers[index].isAlerting else { return }
        ringers[index].isAlerting = true
        send(.ringing(id, devices: ringers.count { $0.isAlerting }), to: seats[0])
        log(.alerting, user: callee)
    }

    /// T_alert: nobody has said that a device rings.
    mutating func missAlert(_ now: Now) {
        deadlines.alert = nil
        send(.ringing(id, devices: 0), to: seats[0])
        requestPush(now)
    }

    func refusalForLateDevice(_ session: SessionID) -> CallRefusal {
        guard state != .ringing, formers.contains(where: { $0.session == session }) else {
            return CallRefusal(.notParticipant, "this session is not rung by the call")
        }
        return CallRefusal(.alreadyAnswered, "another device has answered")
    }

    private mutating func requestPush(_ now: Now) {
        guard push == .possible else { return }
        push = .pending
        log(.pushRequested, user: callee)
        // Asked for even where webhooks are off: the hook is what made it possible.
        var object: JSONObject = [
            "call_id": .string(id.text), "media": wantedMedia.json,
            "callee_id": .string(callee?.text ?? ""),
            "caller_id": .string(seats[0].user.text),
            "ring_left_ms": .integer(deadlines.ring?.milliseconds(leftAt: now) ?? 0),
            "expires_at": .integer(deadlines.ring?.unixMilliseconds ?? 0),
        ]
        if let name = seats[0].name { object["caller_name"] = .string(name) }
        if let chat { object["chat_id"] = .string(chat) }
        if let metadata { object["metadata"] = .object(metadata) }
        output.append(.webhook(.pushRequested, object))
    }

    mutating func settlePush(_ isAccepted: Bool, _ now: Now) {
        guard state == .ringing, push == .pending else { return }
        push = isAccepted ? .accepted : .none
        if isAccepted {
            deadlines.calleeOffline = nil
        } else if let lastRejection, !ringers.contains(where: \.isReachable) {
            reject(as: lastRejection, now)
        }
    }
}

// Rejecting.
extension Call {
    mutating func reject(
        _ party: CallParty, _ reason: RejectReason, _ scope: RejectScope, _ now: Now
    ) throws(CallRefusal) {
        guard state == .ringing else { throw lateRefusal(party) }
        guard let index = ringers.firstIndex(where: { $0.party.session == party.session }) else {
            guard let former = formerIndex(party), formers[former].hasRejected else {
                throw CallRefusal(.notParticipant, "this session is not rung by the call")
            }
            reply()
            return
        }
        remember(ringers.remove(at: index).party, hasRejected: true)
        reply()
        output.append(.detached(party.session))
        if scope == .user {
            reject(as: reason, now)
            return
        }
        lastRejection = reason
        log(.deviceRejected, user: callee, reason: reason.rawValue)
        let canStillAnswer = ringers.contains(where: \.isReachable)
        if !canStillAnswer, push == .none || push == .possible {
            reject(as: reason, now)
        }
    }

    private func lateRefusal(_ party: CallParty) -> CallRefusal {
        party.user == callee
            ? CallRefusal(.alreadyAnswered, "the call was answered")
            : CallRefusal(.notParticipant, "this session is not rung by the call")
    }

    /// Ends a ringing call: the caller hears why, the callee's other devices that it is over.
    private mutating func reject(as reason: RejectReason, _ now: Now) {
        send(.rejected(id, reason), to: seats[0])
        dismissRingers(.answeredElsewhere(id, .rejected))
        close(.rejected, by: nil, detail: reason.rawValue, now)
    }

    /// T_ring, or nobody to ring: for the callee it is a missed call.
    mutating func giveUpRinging(_ reason: EndReason, _ now: Now) {
        if reason == .noAnswer {
            send(.noAnswer(id, .host), to: seats[0])
        } else {
            send(farewell(reason, by: nil, now), to: seats[0])
        }
        dismissRingers(.noAnswer(id, .guest))
        close(reason, by: nil, now)
    }

    /// Glare: this session's own call has lost, and takes part in this one without ringing. The
    /// user's other devices stop (ruling 10). Whoever calls back wants to talk: a device that had
    /// rejected, or that came as one too many, takes part as well; one whose place another device
    /// has taken does not.
    mutating func yield(
        to party: CallParty, _ media: Media, _ now: Now
    ) throws(CallRefusal) {
        guard state == .ringing, party.user == callee else {
            throw CallRefusal(.badState, "the call does not ring this user")
        }
        guard !formers.contains(where: { $0.session == party.session && !$0.hasRejected }) else {
            throw CallRefusal(
                .alreadyAnswered, "another device answers this user's call",
                details: ["call_id": .string(id.text)])
        }
        let known = ringers.first { $0.party.session == party.session }
        if known == nil { output.append(.attached(party.session)) }
        var winner = known ?? Ringer(party: party, isReachable: true)
        winner.hasYielded = true
        let wanted = Media(
            audio: media.audio && wantedMedia.audio, video: media.video && wantedMedia.video)
        let offer = offer(at: now, media: wanted, isAutoAnswer: true)
        output.append(.notify(party.session, .offer(offer)))
        dismissRingers(.answeredElsewhere(id, .answered), keeping: party.session)
        ringers = [winner]
        deadlines.alert = nil
        deadlines.calleeOffline = nil
        statistics.glares += 1
        log(.glare, user: callee)
    }
}
