import JSON
import Primitives

// Endings: once, for everybody, with one reason (S2-5, ruling 9).
extension Call {
    /// `call:end`. A client whose session was lost meanwhile is known by its device.
    mutating func hangUp(
        _ party: CallParty, _ reason: HangupReason, _ now: Now
    ) throws(CallRefusal) {
        if let index = ownIndex(party) {
            // Before the answer nothing was hung up, whatever the client calls it.
            let reason: EndReason = state == .ringing ? .cancelled : EndReason(reason)
            end(reason, by: seats[index].peer, from: party.session, now)
            reply(endReply(now))
        } else if rings(party.session) {
            try reject(party, .declined, .user, now)
        } else {
            throw CallRefusal(.notParticipant, "this session has no seat in the call")
        }
    }

    /// REST, an operator, a kick: everybody hears it, and asking again changes nothing.
    mutating func terminate(_ reason: EndReason, by peer: PeerID?, _ now: Now) {
        end(reason, by: peer, from: nil, now)
        reply(endReply(now))
    }

    /// Ends the call; all but `sender` are told.
    mutating func end(
        _ reason: EndReason, by peer: PeerID?, from sender: SessionID?, _ now: Now
    ) {
        let message = farewell(reason, by: peer, now)
        for seat in seats where seat.session != sender || sender == nil {
            send(message, to: seat)
        }
        dismissRingers(message)
        close(reason, by: peer, now)
    }

    func farewell(_ reason: EndReason, by peer: PeerID?, _ now: Now) -> ServerMessage {
        .end(
            ServerMessage.End(
                call: id, reason: reason, by: peer,
                durationMilliseconds: durationMilliseconds(at: now)))
    }

    /// The last transition. Everybody has been told; nothing is kept but what late frames need.
    mutating func close(
        _ reason: EndReason, by peer: PeerID?, detail: String? = nil, _ now: Now
    ) {
        endedAt = Stamp(now)
        state = .ended
        endReason = reason
        endCause = cause(of: reason, by: peer, detail)
        version += 1
        deadlines = CallDeadlines()
        deadlines.tomb = Stamp(now).adding(milliseconds: settings.tombMilliseconds)
        pending = nil
        push = .none
        for index in seats.indices {
            if let session = seats[index].session { output.append(.detached(session)) }
            seats[index].held = []
            seats[index].kept = []
            seats[index].described = nil
            seats[index].takeovers = []
        }
        let duration = durationMilliseconds(at: now)
        log(
            .ended, peer: peer, reason: detail ?? reason.rawValue, milliseconds: duration,
            cause: endCause)
        announceEnd(by: peer, detail, duration, now)
        output.append(.ended(reason))
    }

    private mutating func announceEnd(
        by peer: PeerID?, _ detail: String?, _ duration: Int64, _ now: Now
    ) {
        guard settings.wantsWebhooks else { return }
        var object: JSONObject = [
            "by": .string(peer?.text ?? "server"), "duration_ms": .integer(duration),
            "statistics": .object(statistics.object),
        ]
        if let detail { object.append("detail", .string(detail)) }
        if let path = mediaPath, path != .unknown {
            object.append("relay", .bool(path == .relayed))
        }
        let reports = seats.compactMap { seat in seat.report.map { Self.report(seat, $0) } }
        if !reports.isEmpty { object.append("connections", .array(reports)) }
        announce(.ended, object, at: now)
    }

    private static func report(
        _ seat: Seat, _ report: ClientMessage.ConnectionReport
    ) -> JSONValue {
        var object: JSONObject = ["peer_id": .string(seat.peer.text)]
        let texts = [
            ("local", report.local), ("remote", report.remote), ("protocol", report.transport),
        ]
        for (name, text) in texts { if let text { object.append(name, .string(text)) } }
        if let isRelayed = report.isRelayed { object.append("relay", .bool(isRelayed)) }
        return .object(object)
    }

    /// Nil for a call that never had media.
    package var mediaPath: MediaPath? {
        guard activeAt != nil else { return nil }
        let relayed = seats.compactMap { $0.report?.isRelayed }
        return relayed.isEmpty ? .unknown : relayed.contains(true) ? .relayed : .direct
    }

    private func endReply(_ now: Now) -> JSONObject {
        [
            "call_id": .string(id.text), "reason": .string(endReason?.rawValue ?? ""),
            "duration_ms": .integer(durationMilliseconds(at: now)),
        ]
    }

    private func ownIndex(_ party: CallParty) -> Int? {
        seatIndex(party.session)
            ?? seats.firstIndex { $0.user == party.user && $0.device == party.device }
    }
}

// The tombstone: why it ended, for those who were there (120 s).
extension Call {
    mutating func receiveAfterEnd(_ event: CallEvent, _ now: Now) throws(CallRefusal) {
        switch event {
        case .terminate: reply(endReply(now))
        case .end(let party, _), .leave(let party):
            guard ownIndex(party) != nil || formerIndex(party) != nil else { throw ended() }
            reply(endReply(now))
        case .reject(let party, _, _):
            guard let former = formerIndex(party), formers[former].hasRejected else {
                throw lostTo(party)
            }
            reply()
        case .answer(let party, _, _): throw lostTo(party)
        case .lost, .returned, .sessionEnded, .bye, .deviceAdded, .pushSettled: break
        case .join, .reserve, .ringing, .description, .candidates, .connected, .media,
            .appMessage, .glare:
            throw ended()
        }
    }

    private func ended() -> CallRefusal {
        CallRefusal(
            .callEnded, "the call has ended",
            details: ["reason": .string(endReason?.rawValue ?? "")])
    }

    /// A device that came too late: another one of its user had answered, or all was over.
    private func lostTo(_ party: CallParty) -> CallRefusal {
        party.user == callee && answeredAt != nil && ownIndex(party) == nil
            ? CallRefusal(.alreadyAnswered, "another device has answered") : ended()
    }
}
