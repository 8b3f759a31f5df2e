import JSON
import Testing

@testable import Signaling

/// Endings and what is left of a call after them.
struct EndTests {
    private typealias Stage = CallStage

    @Test("S2-5: an end leaves the living at once and tells the other side once")
    func end() throws {
        var stage = try CallStage.active()
        try stage.handle(.end(Stage.anna, .iceFailed))
        #expect(stage.reply?["reason"] == "ice_failed")
        #expect(stage.ends == [.iceFailed])
        #expect(stage.types("s-ben") == ["call:end"])
        #expect(stage.types("s-anna") == [])
        #expect(stage.attached.isEmpty)
        #expect(stage.webhooks == [.ended])
        #expect(stage.call.snapshot(for: nil, at: stage.now).object["status"] == "ended")
        #expect(stage.call.snapshot(for: nil, at: stage.now).object["end_reason"] == "ice_failed")
    }

    @Test("2.4: what call:connected reports is in the last webhook and in the counters")
    func reports() throws {
        var stage = try CallStage.answered()
        stage.wait(1500)
        let relayed = ClientMessage.ConnectionReport(
            local: "relay", remote: "srflx", transport: "udp", isRelayed: true)
        try stage.handle(.connected("s-anna", relayed))
        try stage.handle(.connected("s-ben", .init(isRelayed: false)))
        var counters = SignalingCounters()
        for case .log(let event) in stage.effects { counters.add(event) }
        // While the call runs.
        #expect(counters.connectTimes.count == 1)
        #expect(counters.connectTimes.sumMilliseconds == 1500)
        try stage.handle(.end(Stage.anna, .hangup))
        var last: JSONObject?
        for case .webhook(.ended, let data) in stage.effects { last = data }
        #expect(last?["relay"] == true)
        let reports = last?["connections"]?.array ?? []
        #expect(reports.count == 2)
        #expect(reports.first?["local"] == "relay" && reports.first?["protocol"] == "udp")
        counters.add(stage.call, .hangup)
        #expect(counters.callsByPath == [.relayed: 1])
    }

    @Test("S2-7: a tombstone tells late frames call_ended for 120 s, with the reason")
    func tombstone() throws {
        var stage = try CallStage.active()
        try stage.handle(.end(Stage.anna, .hangup))
        stage.wait(119_999)
        do throws(CallRefusal) {
            try stage.handle(.join(Stage.carl, .none, newPeer: "x", isFresh: nil))
            Issue.record("taken")
        } catch {
            #expect(error.code == .callEnded)
            #expect(error.reply.details?["reason"] == "hangup")
        }
        #expect(stage.refusal(.media("s-anna", Media())) == .callEnded)
        #expect(
            stage.refusal(.candidates("s-ben", generation: 1, [Stage.candidate("ANSW")]))
                == .callEnded)
        #expect(!stage.isForgotten)
        stage.wait(1)
        #expect(stage.isForgotten)
        #expect(stage.call.nextDeadline == nil)
    }

    @Test("2.7: a REST end tells both sides and answers 200 always")
    func terminate() throws {
        var stage = try CallStage.active()
        try stage.handle(.terminate(.deleted, by: nil))
        #expect(stage.types("s-anna") == ["call:end"])
        #expect(stage.types("s-ben") == ["call:end"])
        #expect(stage.reply?["reason"] == "deleted")
        try stage.handle(.terminate(.kicked, by: nil))
        #expect(stage.reply?["reason"] == "deleted")
        #expect(stage.ends == [.deleted])
    }

    @Test("S1-9: a DELETE while it rings stops every device")
    func terminateRinging() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, false)])
        try stage.handle(.terminate(.deleted, by: "p-anna"))
        for session in ["s-anna", "s-ben", "s-ben2"] as [SessionID] {
            #expect(stage.types(session).last == "call:end")
        }
    }

    @Test("Ruling 6: call:end is delivered for a device whose session was lost meanwhile")
    func endFromNewSession() throws {
        var stage = try CallStage.active()
        try stage.handle(.sessionEnded("s-ben"))
        var again = Stage.ben
        again.session = "s-new"
        try stage.handle(.end(again, .hangup))
        #expect(stage.ends == [.hangup])
        #expect(stage.types("s-anna").last == "call:end")
    }

    @Test("Ruling 9: a callee that ends what rings has rejected it")
    func endFromRinger() throws {
        var stage = CallStage(ringing: [(Stage.ben, true), (Stage.ben2, true)])
        try stage.handle(.end(Stage.ben, .hangup))
        #expect(stage.heard("s-anna") == [.rejected("direct", .declined)])
        #expect(stage.types("s-ben2").last == "call:answered-elsewhere")
    }

    @Test func `an ended call keeps no descriptions, candidates or deadlines but the tomb`() throws
    {
        var stage = try CallStage.active()
        try stage.handle(.candidates("s-anna", generation: 3, [Stage.candidate("X")]))
        try stage.handle(
            .description("s-anna", generation: 2, Stage.sdp(.offer, "A2")))
        try stage.handle(.end(Stage.anna, .hangup))
        #expect(stage.call.pending == nil)
        #expect(stage.call.seats.allSatisfy { $0.held.isEmpty && $0.kept.isEmpty })
        let left = CallTimer.allCases.filter { stage.call.deadline(of: $0) != nil }
        #expect(left == [.tomb])
    }

    @Test func `sockets of an ended call come and go unnoticed`() throws {
        var stage = try CallStage.active()
        try stage.handle(.end(Stage.anna, .hangup))
        stage.clearEars()
        try stage.lose("s-ben")
        try stage.handle(.returned("s-ben"))
        try stage.handle(.sessionEnded("s-ben"))
        try stage.handle(.bye("s-anna"))
        try stage.handle(.deviceAdded(Stage.ben2, isReachable: true))
        try stage.handle(.pushSettled(isAccepted: true))
        #expect(stage.effects == [])
    }

    @Test("S2-8, S2-15: calls with the same people do not touch each other")
    func independent() throws {
        var first = try CallStage.room()
        var second = CallStage(
            Call.open("other", settings: CallSettings(), at: Stage.now(0)).call)
        try second.handle(.join(Stage.anna, .none, newPeer: "q-anna", isFresh: nil))
        try second.handle(.join(Stage.ben, .none, newPeer: "q-ben", isFresh: nil))
        let untouched = second.call
        try first.handle(.end(Stage.anna, .hangup))
        for case .notify(_, let message) in first.effects { #expect(message.call == "room") }
        #expect(second.call == untouched)
        try second.handle(.connected("s-anna", .init()))
        #expect(second.call.state == .answered)
    }
}
