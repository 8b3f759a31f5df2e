import JSON
import Testing

@testable import Signaling

/// Direct calls until they are answered, rejected, or nobody comes.
struct RingingTests {
    private typealias Stage = CallStage

    private func offered(_ stage: CallStage, _ session: SessionID) -> ServerMessage.Offer? {
        for case .offer(let offer) in stage.heard(session) { return offer }
        return nil
    }

    @Test("S4-1: initiate records caller and callee and answers first")
    func initiate() throws {
        let stage = CallStage()
        #expect(stage.reply?["call_id"] == "direct")
        #expect(stage.reply?["peer_id"] == "p-anna")
        #expect(stage.reply?["state"] == "ringing")
        #expect(stage.reply?["status"] == "waiting")
        #expect(stage.reply?["polite"] == false)
        #expect(stage.reply?["devices"] == 1)
        #expect(stage.call.caller?.user == "anna")
        #expect(stage.call.callee == "ben")
        #expect(stage.webhooks == [.created, .ringing])
        #expect(stage.attached == ["s-anna", "s-ben"])
    }

    @Test("S4-2: the offer goes to every session of the callee and to nobody else")
    func offerGoesToCallee() throws {
        let stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        #expect(stage.types("s-ben") == ["call:offer"])
        #expect(stage.types("s-ben2") == ["call:offer"])
        #expect(stage.types("s-anna") == [])
        let offer = try #require(offered(stage, "s-ben"))
        #expect(offer.caller == "anna")
        #expect(offer.callerName == "Anna")
        #expect(offer.chat == "chat")
        #expect(offer.callerPeer == "p-anna")
        #expect(offer.description == Stage.offer)
        #expect(offer.generation == 1)
        #expect(offer.ringLeftMilliseconds == 60_000)
        #expect(offer.expiresAt == Int64(CallStage.start) * 1000 + 60_000)
    }

    @Test("S3-4: nobody answers within 60 s: both hear it, once, and the call is gone")
    func noAnswer() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, false)])
        stage.wait(59_999)
        #expect(stage.call.state == .ringing)
        stage.wait(1)
        #expect(stage.call.endReason == .noAnswer)
        #expect(stage.heard("s-anna").last == .noAnswer("direct", .host))
        #expect(stage.heard("s-ben").last == .noAnswer("direct", .guest))
        #expect(stage.heard("s-ben2").last == .noAnswer("direct", .guest))
        #expect(stage.ends == [.noAnswer])
        #expect(stage.attached.isEmpty)
    }

    @Test("S3-4: an answer or a rejection stops the no-answer timer")
    func answerStopsTimer() throws {
        var answered = try CallStage.active()
        answered.wait(300_000)
        #expect(answered.call.state == .active)
        var rejected = CallStage()
        try rejected.handle(.reject(Stage.ben, .declined, .user))
        rejected.wait(60_000)
        #expect(rejected.ends == [.rejected])
    }

    @Test(
        "S3-4: the caller asks for how long it rings, within bounds",
        arguments: [(1, 30_000), (45_000, 45_000), (999_999, 120_000)] as [(Int64, Int64)])
    func ringBounds(_ asked: Int64, _ given: Int64) throws {
        let stage = CallStage(ringMilliseconds: asked)
        #expect(offered(stage, "s-ben")?.ringLeftMilliseconds == given)
    }

    @Test("S3-5: the callee's ring screen is told to go on every end")
    func ringScreenGoes() throws {
        var stage = CallStage()
        try stage.handle(.end(Stage.anna, .hangup))
        guard case .end(let end)? = stage.heard("s-ben").last else {
            Issue.record("no call:end")
            return
        }
        #expect(end.reason == .cancelled)
        #expect(end.by == "p-anna")
        #expect(stage.types("s-anna") == [])
        #expect(stage.reply?["reason"] == "cancelled")
    }

    @Test("S4-5: the answer goes to the caller only; other devices hear that it was elsewhere")
    func answer() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        #expect(stage.reply?["peer_id"] == "p-ben")
        #expect(stage.reply?["polite"] == true)
        #expect(stage.reply?["peer_online"] == true)
        #expect(stage.types("s-anna") == ["call:answer", "state"])
        #expect(stage.heard("s-ben2").last == .answeredElsewhere("direct", .answered))
        #expect(stage.types("s-ben") == ["call:offer", "state"])
        #expect(stage.call.state == .answered)
        #expect(stage.webhooks == [.created, .ringing, .answered])
        #expect(stage.attached == ["s-anna", "s-ben"])
    }

    @Test("Ruling 9: the device that loses gets already_answered, then not_participant")
    func loser() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        let late = CallEvent.answer(Stage.ben2, Stage.answer, newPeer: "p-late")
        #expect(stage.refusal(late) == .alreadyAnswered)
        #expect(stage.refusal(.reject(Stage.ben2, .declined, .user)) == .alreadyAnswered)
        #expect(stage.refusal(.end(Stage.ben2, .hangup)) == .notParticipant)
        let candidate = Stage.candidate("ANSW")
        #expect(
            stage.refusal(.candidates("s-ben2", generation: 1, [candidate])) == .notParticipant)
        #expect(stage.call.state == .answered)
        #expect(stage.call.seats.count == 2)
    }

    @Test("Ruling 9: an answer that loses to the timer is told call_ended and why")
    func answerAfterTimeout() throws {
        var stage = CallStage()
        stage.wait(60_000)
        do throws(CallRefusal) {
            try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
            Issue.record("taken")
        } catch {
            #expect(error.code == .callEnded)
            #expect(error.reply.details?["reason"] == "no_answer")
        }
    }

    @Test("Ruling 5: answer, reject and end again from the same device change nothing")
    func idempotent() throws {
        var stage = CallStage()
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        stage.clearEars()
        let version = stage.call.version
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-other"))
        #expect(stage.reply?["peer_id"] == "p-ben")
        #expect(stage.call.version == version)
        #expect(stage.types("s-anna") == [])
        try stage.handle(.end(Stage.ben, .hangup))
        try stage.handle(.end(Stage.ben, .hangup))
        try stage.handle(.end(Stage.anna, .hangup))
        #expect(stage.ends == [.hangup])
        #expect(stage.types("s-anna") == ["call:end"])
        #expect(stage.types("s-ben") == [])

        var rejected = CallStage()
        try rejected.handle(.reject(Stage.ben, .declined, .user))
        try rejected.handle(.reject(Stage.ben, .declined, .user))
        #expect(rejected.types("s-anna") == ["call:rejected"])
    }

    @Test("S1-9: a rejection for the user ends it: caller rejected, other devices stop")
    func reject() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        try stage.handle(.reject(Stage.ben, .declined, .user))
        #expect(stage.heard("s-anna") == [.rejected("direct", .declined)])
        #expect(stage.heard("s-ben2").last == .answeredElsewhere("direct", .rejected))
        #expect(stage.types("s-ben") == ["call:offer"])
        #expect(stage.call.endReason == .rejected)
    }

    @Test("Ruling 9: a device that cannot stops only itself; the last reachable one ends the call")
    func rejectDevice() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        try stage.handle(.reject(Stage.ben, .mediaFailed, .device))
        #expect(stage.call.state == .ringing)
        #expect(stage.types("s-anna") == [])
        try stage.handle(.reject(Stage.ben2, .unsupported, .device))
        #expect(stage.heard("s-anna") == [.rejected("direct", .unsupported)])
        #expect(stage.call.endReason == .rejected)
    }

    @Test("Ruling 9: a push that is pending may still bring a device")
    func rejectWhilePushIsPending() throws {
        var stage = CallStage(hasPush: true)
        stage.wait(5_000)
        #expect(stage.webhooks.contains(.pushRequested))
        try stage.handle(.reject(Stage.ben, .mediaFailed, .device))
        #expect(stage.call.state == .ringing)
        try stage.handle(.pushSettled(isAccepted: false))
        #expect(stage.heard("s-anna").last == .rejected("direct", .mediaFailed))
    }

    @Test("S3-12: no device alerts within 5 s: devices 0 and a push")
    func alert() throws {
        var stage = CallStage(hasPush: true)
        stage.wait(5_000)
        #expect(stage.heard("s-anna") == [.ringing("direct", devices: 0)])
        #expect(stage.webhooks.filter { $0 == .pushRequested }.count == 1)
        try stage.handle(.ringing("s-ben"))
        try stage.handle(.ringing("s-ben"))
        #expect(stage.heard("s-anna").last == .ringing("direct", devices: 1))
        #expect(stage.heard("s-anna").count == 2)
        var alerted = CallStage(hasPush: true)
        try alerted.handle(.ringing("s-ben"))
        alerted.wait(10_000)
        #expect(alerted.heard("s-anna") == [.ringing("direct", devices: 1)])
        #expect(!alerted.webhooks.contains(.pushRequested))
    }

    @Test("Ruling 12: only retained sessions: push at once, callee_offline after 20 s")
    func calleeOffline() throws {
        var stage = CallStage(ringing: [(Stage.ben, false)], hasPush: true)
        #expect(stage.reply?["devices"] == 0)
        #expect(stage.webhooks.last == .pushRequested)
        try stage.handle(.pushSettled(isAccepted: false))
        stage.wait(20_000)
        #expect(stage.call.endReason == .calleeOffline)
        #expect(stage.types("s-anna") == ["call:end"])
        #expect(stage.heard("s-ben").last == .noAnswer("direct", .guest))
    }

    @Test("Ruling 12: an accepted push or a device that returns keeps it ringing")
    func calleeReturns() throws {
        var pushed = CallStage(ringing: [(Stage.ben, false)], hasPush: true)
        try pushed.handle(.pushSettled(isAccepted: true))
        pushed.wait(59_000)
        #expect(pushed.call.state == .ringing)
        var back = CallStage(ringing: [(Stage.ben, false)])
        back.wait(19_000)
        try back.handle(.returned("s-ben"))
        back.wait(30_000)
        #expect(back.call.state == .ringing)
        #expect(back.types("s-ben") == ["call:offer"])
    }

    @Test("S3-12: a new session of the callee rings for what is left, with the candidates so far")
    func lateDevice() throws {
        var stage = CallStage()
        let candidate = Stage.candidate("OFFR")
        try stage.handle(.candidates("s-anna", generation: 1, [candidate]))
        stage.wait(10_000)
        try stage.handle(.deviceAdded(Stage.ben2, isReachable: true))
        try stage.handle(.deviceAdded(Stage.ben2, isReachable: true))
        #expect(stage.types("s-ben2") == ["call:offer"])
        let offer = try #require(offered(stage, "s-ben2"))
        #expect(offer.ringLeftMilliseconds == 50_000)
        #expect(offer.candidates == [candidate])
        try stage.handle(.deviceAdded(Stage.carl, isReachable: true))
        #expect(stage.types("s-carl") == [])
    }

    @Test("Ruling 12: a device that rejected for itself is not rung again")
    func rejectedDeviceStaysQuiet() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        try stage.handle(.reject(Stage.ben, .mediaFailed, .device))
        var again = Stage.ben
        again.session = "s-ben-again"
        try stage.handle(.deviceAdded(again, isReachable: true))
        #expect(stage.types("s-ben-again") == [])
    }

    @Test func `devices that ring are bounded`() throws {
        var stage = CallStage()
        for number in 0..<100 {
            let party = CallParty(
                session: SessionID("s\(number)"), user: "ben", device: DeviceID("d\(number)"))
            try stage.handle(.deviceAdded(party, isReachable: true))
        }
        #expect(stage.call.ringers.count == stage.call.settings.devicesMax)
    }

    @Test("S2-9: a busy callee is refused with a missed call, or rung as busy")
    func busy() throws {
        let refused = CallStage(busy: .refuse)
        #expect(refused.heard("s-anna") == [.rejected("direct", .busy)])
        #expect(refused.heard("s-ben") == [.noAnswer("direct", .guest)])
        #expect(refused.ends == [.rejected])
        #expect(refused.attached.isEmpty)
        #expect(offered(CallStage(busy: .ring), "s-ben")?.isBusy == true)
        #expect(offered(CallStage(), "s-ben")?.isBusy == false)
    }

    @Test("Ruling 10: the session that lost the glare gets auto_answer, its other devices stop")
    func glare() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        try stage.handle(.glare(CallStage.ben, Media(audio: true, video: false)))
        guard case .offer(let offer)? = stage.heard("s-ben").last else {
            Issue.record("no offer")
            return
        }
        #expect(offer.isAutoAnswer)
        #expect(offer.media == Media(audio: true, video: false))
        #expect(ServerMessage.offer(offer).replay == .never)
        #expect(stage.heard("s-ben2").last == .answeredElsewhere("direct", .answered))
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        #expect(stage.call.state == .answered)
    }

    @Test("S0-7: the caller's lost socket does not stop the ringing; the answer waits for it")
    func callerAway() throws {
        var stage = CallStage()
        try stage.lose("s-anna")
        #expect(stage.call.state == .ringing)
        #expect(stage.types("s-ben") == ["call:offer"])
        stage.wait(5_000)
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        #expect(stage.call.state == .reconnecting)
        #expect(stage.types("s-anna").contains("call:answer"))
        #expect(stage.types("s-ben").suffix(2) == ["state", "peer-disconnected"])
        #expect(stage.reply?["peer_online"] == false)
        try stage.handle(.returned("s-anna"))
        #expect(stage.call.state == .answered)
    }

    @Test("Ruling 11: an absent caller of a call that never connected is waited for 60 s")
    func absentCaller() throws {
        var stage = CallStage()
        try stage.lose("s-anna")
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        stage.wait(59_999)
        #expect(stage.call.state == .reconnecting)
        stage.wait(1)
        #expect(stage.call.endReason == .connectFailed)
    }

    @Test("Ruling 11: a fresh caller does not get the answer and offers anew")
    func freshCaller() throws {
        var stage = CallStage()
        var page = Stage.anna
        page.session = "s-anna2"
        try stage.lose("s-anna")
        try stage.handle(
            .join(page, .valid("p-anna", "anna", .host), newPeer: "x", isFresh: nil))
        #expect(stage.reply?["is_reconnect"] == true)
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        #expect(stage.types("s-anna2") == ["state"])
        guard
            case .peerReconnected(let back)? = stage.heard("s-ben").first(where: {
                $0.type == "peer-reconnected"
            })
        else {
            Issue.record("the callee does not know")
            return
        }
        #expect(back.isFresh)
        #expect(back.restartBy == "p-anna")
        #expect(stage.call.generation == 2)
        try stage.handle(.description("s-anna2", generation: 3, Stage.sdp(.offer, "NEW")))
        #expect(stage.heard("s-ben").last?.type == "call:description")
    }

    @Test("S4-6: candidates of the caller reach ringing devices, before and after the answer")
    func callerCandidates() throws {
        var stage = CallStage()
        try stage.handle(.candidates("s-anna", generation: 1, [Stage.candidate("OFFR")]))
        #expect(stage.types("s-ben") == ["call:offer", "call:ice-candidate"])
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        try stage.handle(.candidates("s-anna", generation: 1, [Stage.candidate("OFFR", 2)]))
        #expect(stage.types("s-ben").last == "call:ice-candidate")
    }

    @Test("Ruling 2: of the devices' candidates only the winner's are shipped, with the answer")
    func winnersCandidates() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        let mine = Stage.candidate("ANSW")
        try stage.handle(.candidates("s-ben", generation: 1, [mine, Stage.candidate("OLD")]))
        try stage.handle(.candidates("s-ben2", generation: 1, [Stage.candidate("B2")]))
        #expect(stage.types("s-anna") == [])
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        guard case .answer(let answer)? = stage.heard("s-anna").first else {
            Issue.record("no answer")
            return
        }
        #expect(answer.candidates == [mine])
        #expect(answer.peer == "p-ben")
        #expect(stage.call.statistics.candidatesDropped == 1)
    }

    @Test("S2-10: nobody else gets into a direct call")
    func stranger() throws {
        var stage = CallStage()
        let join = CallEvent.join(Stage.carl, .none, newPeer: "x", isFresh: nil)
        #expect(stage.refusal(join) == .callFull)
        let callee = CallEvent.join(Stage.ben, .none, newPeer: "x", isFresh: nil)
        #expect(stage.refusal(callee) == .badState)
        #expect(
            stage.refusal(.answer(Stage.carl, Stage.answer, newPeer: "x")) == .notParticipant)
        #expect(stage.refusal(.end(Stage.carl, .hangup)) == .notParticipant)
    }
}
