import JSON
import Testing

@testable import Signaling

/// Offers, answers and candidates under a referee.
struct NegotiationTests {
    private typealias Stage = CallStage

    private func offer(_ session: SessionID, _ gen: UInt32?, _ ufrag: String) -> CallEvent {
        .description(session, generation: gen, Stage.sdp(.offer, ufrag))
    }

    private func answer(_ session: SessionID, _ gen: UInt32?, _ ufrag: String) -> CallEvent {
        .description(session, generation: gen, Stage.sdp(.answer, ufrag))
    }

    @Test("2.5: gen starts at 1 and rises with each accepted offer")
    func generations() throws {
        var stage = try CallStage.active()
        #expect(stage.call.generation == 1)
        try stage.handle(offer("s-anna", 2, "A2"))
        #expect(stage.reply?["gen"] == 2)
        #expect(
            stage.heard("s-ben").last
                == .description("direct", generation: 2, from: "p-anna", Stage.sdp(.offer, "A2")))
        try stage.handle(answer("s-ben", 2, "B2"))
        #expect(stage.types("s-anna").last == "call:description")
        try stage.handle(offer("s-ben", nil, "B3"))
        #expect(stage.call.generation == 3)
    }

    @Test("2.5: a room negotiates from gen 1 on, offered by the impolite side")
    func room() throws {
        var stage = try CallStage.room()
        #expect(stage.call.generation == 0)
        try stage.handle(offer("s-anna", 1, "A"))
        try stage.handle(answer("s-ben", 1, "B"))
        #expect(stage.call.generation == 1)
        #expect(stage.types("s-anna") == ["call:description"])
    }

    @Test("2.5: a description of a lower gen is stale")
    func stale() throws {
        var stage = try CallStage.active()
        #expect(stage.refusal(offer("s-anna", 1, "X")) == .staleGen)
        try stage.handle(offer("s-anna", 2, "A2"))
        #expect(stage.refusal(answer("s-ben", 1, "B1")) == .staleGen)
        #expect(stage.refusal(answer("s-ben", 3, "B1")) == .badState)
        #expect(stage.refusal(answer("s-anna", 2, "A2")) == .badState)
        #expect(stage.refusal(offer("s-anna", 9, "X")) == .badRequest)
        try stage.handle(answer("s-ben", 2, "B2"))
        #expect(stage.refusal(answer("s-ben", 2, "B2")) == .badState)
    }

    @Test("Ruling 1: the second of two offers is told glare and passes nothing on")
    func glare() throws {
        var stage = try CallStage.active()
        try stage.handle(offer("s-ben", 2, "B2"))
        stage.clearEars()
        do throws(CallRefusal) {
            try stage.handle(offer("s-anna", 2, "A2"))
            Issue.record("taken")
        } catch {
            #expect(error.code == .glare)
            #expect(error.reply.details?["gen"] == 2)
        }
        #expect(stage.refusal(offer("s-anna", 3, "A3")) == .glare)
        #expect(stage.refusal(offer("s-anna", nil, "A3")) == .glare)
        #expect(stage.types("s-ben") == [])
        // The loser answers, whatever its role.
        try stage.handle(answer("s-anna", 2, "A2b"))
        #expect(stage.types("s-ben") == ["call:description"])
    }

    @Test("Ruling 1: a new offer supersedes one's own unanswered offer")
    func supersede() throws {
        var stage = try CallStage.active()
        try stage.handle(offer("s-anna", 2, "A2"))
        try stage.handle(offer("s-anna", 3, "A3"))
        #expect(stage.call.generation == 3)
        #expect(stage.refusal(answer("s-ben", 2, "B2")) == .staleGen)
        try stage.handle(answer("s-ben", 3, "B3"))
        #expect(stage.types("s-ben") == ["call:description", "call:description"])
    }

    @Test("Ruling 5: the same offer again is no second one")
    func sameOffer() throws {
        var stage = try CallStage.active()
        try stage.handle(offer("s-anna", 2, "A2"))
        try stage.handle(offer("s-anna", 2, "A2"))
        #expect(stage.types("s-ben").count == 1)
        #expect(stage.call.statistics.offers == 2)
    }

    @Test("2.5: one ICE restart per 5 s")
    func restartRate() throws {
        var stage = try CallStage.active()
        try stage.handle(offer("s-anna", 2, "A2"))
        try stage.handle(answer("s-ben", 2, "B2"))
        stage.wait(4_000)
        do throws(CallRefusal) {
            try stage.handle(offer("s-anna", 3, "A3"))
            Issue.record("taken")
        } catch {
            #expect(error.code == .rateLimited)
            #expect(error.reply.retryMilliseconds == 1_000)
        }
        // Renegotiation without a restart keeps its fragment.
        try stage.handle(offer("s-anna", 3, "A2"))
        try stage.handle(answer("s-ben", 3, "B2"))
        stage.wait(1_000)
        try stage.handle(offer("s-anna", 4, "A4"))
        #expect(stage.call.statistics.restarts == 2)
    }

    @Test("Ruling 11: an offer waits for an absent side and is dropped if it returns fresh")
    func absentSide() throws {
        var stage = try CallStage.active()
        try stage.handle(.sessionEnded("s-ben"))
        try stage.handle(offer("s-anna", 2, "A2"))
        try stage.handle(.candidates("s-anna", generation: 2, [Stage.candidate("A2")]))
        var same = stage
        try same.handle(.join(Stage.ben2, .none, newPeer: "x", isFresh: false))
        #expect(same.types("s-ben2") == ["call:description", "call:ice-candidate"])
        try same.handle(answer("s-ben2", 2, "B2"))
        try stage.handle(.join(Stage.ben2, .none, newPeer: "x", isFresh: nil))
        #expect(stage.types("s-ben2") == [])
        #expect(stage.refusal(answer("s-ben2", 3, "B2")) == .badState)
        #expect(stage.call.generation == 3)
    }

    @Test("S4-6: candidates are relayed both ways")
    func bothWays() throws {
        var stage = try CallStage.active()
        let mine = Stage.candidate("OFFR")
        let theirs = Stage.candidate("ANSW")
        try stage.handle(.candidates("s-anna", generation: 1, [mine]))
        try stage.handle(.candidates("s-ben", generation: 1, [theirs]))
        #expect(
            stage.heard("s-ben") == [
                .iceCandidates("direct", generation: 1, from: "p-anna", [mine])
            ]
        )
        #expect(
            stage.heard("s-anna")
                == [.iceCandidates("direct", generation: 1, from: "p-ben", [theirs])])
    }

    @Test("2.5: candidates of an older gen are dropped, of a higher one wait for its description")
    func candidateGenerations() throws {
        var stage = try CallStage.active()
        let early = Stage.candidate("A2")
        try stage.handle(.candidates("s-anna", generation: 2, [early, Stage.candidate("NO")]))
        #expect(stage.types("s-ben") == [])
        try stage.handle(offer("s-anna", 2, "A2"))
        #expect(stage.types("s-ben") == ["call:description", "call:ice-candidate"])
        #expect(
            stage.heard("s-ben").last
                == .iceCandidates("direct", generation: 2, from: "p-anna", [early]))
        let old = CallEvent.candidates("s-anna", generation: 1, [Stage.candidate("OFFR")])
        #expect(stage.refusal(old) == .staleGen)
        #expect(stage.call.seats[0].held.isEmpty)
    }

    @Test("Ruling 2: only candidates of the accepted description pass")
    func foreignFragment() throws {
        var stage = try CallStage.active()
        try stage.handle(
            .candidates(
                "s-anna", generation: 1, [Stage.candidate("ELSE"), Stage.candidate("OFFR")]))
        #expect(
            stage.heard("s-ben")
                == [
                    .iceCandidates(
                        "direct", generation: 1, from: "p-anna", [Stage.candidate("OFFR")])
                ])
        #expect(stage.call.statistics.candidatesDropped == 1)
    }

    @Test("Ruling 2: without a gen the fragment decides, never the current gen")
    func noGeneration() throws {
        var stage = try CallStage.active()
        try stage.handle(.candidates("s-anna", generation: nil, [Stage.candidate("OFFR")]))
        #expect(stage.types("s-ben") == ["call:ice-candidate"])
        try stage.handle(.candidates("s-anna", generation: nil, [Stage.candidate("A2")]))
        #expect(stage.types("s-ben").count == 1)
        try stage.handle(offer("s-anna", nil, "A2"))
        #expect(stage.types("s-ben").suffix(2) == ["call:description", "call:ice-candidate"])
    }

    @Test("Ruling 2: late candidates without a gen make room for those of the next description")
    func lateCandidatesWithoutAGen() throws {
        var stage = try CallStage.active()
        for round in 0..<4 {
            let old = (0..<40).map { CallStage.candidate("OLD\(round)", $0) }
            try stage.handle(.candidates("s-anna", generation: nil, old))
            stage.wait(5000)
            let number = UInt32(round + 2)
            let offer = CallStage.sdp(.offer, "NEW\(round)")
            try stage.handle(.description("s-anna", generation: number, offer))
            let answer = CallStage.sdp(.answer, "BACK\(round)")
            try stage.handle(.description("s-ben", generation: number, answer))
        }
        #expect(!stage.types("s-ben").contains("call:ice-candidate"))
    }

    @Test("Ruling 2: glare purges the candidates of the refused offer")
    func glarePurges() throws {
        var stage = try CallStage.active()
        try stage.handle(offer("s-ben", 2, "B2"))
        let refused = Stage.candidate("A2")
        try stage.handle(.candidates("s-anna", generation: 2, [refused]))
        #expect(stage.refusal(offer("s-anna", 2, "A2")) == .glare)
        #expect(stage.call.seats[0].held.isEmpty)
        // A straggler of the refused offer is dropped when the answer comes.
        try stage.handle(.candidates("s-anna", generation: 2, [refused]))
        stage.clearEars()
        try stage.handle(answer("s-anna", 2, "A2b"))
        #expect(stage.types("s-ben") == ["call:description"])
        try stage.handle(.candidates("s-anna", generation: 2, [Stage.candidate("A2b")]))
        #expect(stage.types("s-ben").last == "call:ice-candidate")
    }

    @Test("2.4: at most 64 candidates are kept of each side")
    func bounds() throws {
        var stage = CallStage(ringing: [(Stage.ben, true)])
        let many = (0..<64).map { Stage.candidate("OFFR", $0) }
        try stage.handle(.candidates("s-anna", generation: 1, many))
        let more = CallEvent.candidates("s-anna", generation: 1, [Stage.candidate("OFFR", 99)])
        #expect(stage.refusal(more) == .tooManyCandidates)
        let early = (0..<64).map { Stage.candidate("ANSW", $0) }
        try stage.handle(.candidates("s-ben", generation: 1, early))
        let extra = CallEvent.candidates("s-ben", generation: 1, [Stage.candidate("ANSW", 99)])
        #expect(stage.refusal(extra) == .tooManyCandidates)
        var active = try CallStage.active()
        try active.handle(.candidates("s-anna", generation: 5, early))
        let late = CallEvent.candidates("s-anna", generation: 5, [Stage.candidate("X")])
        #expect(active.refusal(late) == .tooManyCandidates)
    }

    @Test func `an empty candidate, the end of them, passes like any other`() throws {
        var stage = try CallStage.active()
        let end = try #require(Candidate(""))
        try stage.handle(.candidates("s-anna", generation: 1, [end]))
        #expect(stage.types("s-ben") == ["call:ice-candidate"])
    }

    @Test("S4-6: frames of a session without a seat reach nobody")
    func strangers() throws {
        var stage = try CallStage.active()
        #expect(stage.refusal(offer("s-carl", 2, "C")) == .notParticipant)
        let candidate = CallEvent.candidates("s-carl", generation: 1, [Stage.candidate("C")])
        #expect(stage.refusal(candidate) == .notParticipant)
        #expect(stage.types("s-anna") == [] && stage.types("s-ben") == [])
    }

    @Test("2.2: offers and candidates that have lost their meaning are not replayed")
    func replay() throws {
        var stage = CallStage()
        let ring = ServerMessage.Replay.whileRinging("direct")
        #expect(stage.call.isWorthReplaying(ring))
        try stage.handle(.answer(Stage.ben, Stage.answer, newPeer: "p-ben"))
        #expect(!stage.call.isWorthReplaying(ring))
        #expect(stage.call.isWorthReplaying(.generation("direct", 1)))
        try stage.handle(offer("s-anna", 2, "A2"))
        #expect(!stage.call.isWorthReplaying(.generation("direct", 1)))
        #expect(stage.call.isWorthReplaying(.always))
    }
}
