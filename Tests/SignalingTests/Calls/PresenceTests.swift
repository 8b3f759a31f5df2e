import JSON
import Primitives
import Testing

@testable import Signaling

/// Sockets come and go, calls stay.
struct PresenceTests {
    private typealias Stage = CallStage

    private func page(_ party: CallParty, _ session: SessionID) -> CallParty {
        var page = party
        page.session = session
        return page
    }

    @Test("S0-5: a participant has presence, disconnected_at and reconnect_count")
    func record() throws {
        var stage = try CallStage.active()
        try stage.lose("s-ben")
        let away = stage.call.snapshot(for: "p-anna", at: stage.now).participants[1]
        #expect(!away.isOnline)
        #expect(away.disconnectedAt == Int64(CallStage.start) * 1000)
        stage.wait(10_000)
        try stage.handle(.returned("s-ben"))
        let back = stage.call.snapshot(for: "p-anna", at: stage.now).participants[1]
        #expect(back.isOnline)
        #expect(back.disconnectedAt == nil)
        #expect(back.reconnectCount == 1)
    }

    @Test("S0-6: a lost socket marks absent, stamps, and removes nobody")
    func lossKeepsSeat() throws {
        var stage = try CallStage.active()
        let version = stage.call.version
        try stage.lose("s-ben")
        #expect(stage.call.seats.map(\.peer) == ["p-anna", "p-ben"])
        #expect(stage.call.seats[1].session == "s-ben")
        #expect(stage.call.state == .reconnecting)
        #expect(stage.call.version > version)
    }

    @Test("S0-10: peer-disconnected on socket loss, not leave")
    func peerDisconnected() throws {
        var stage = try CallStage.active()
        stage.wait(100_000)
        try stage.handle(.lost("s-ben", .heartbeat, lastHeard: Stamp(Stage.now(55_000))))
        guard case .peerDisconnected(let absence)? = stage.heard("s-anna").last else {
            Issue.record("not told")
            return
        }
        let heard = Int64(CallStage.start) * 1000 + 55_000
        #expect(absence.peer == "p-ben")
        #expect(absence.cause == .heartbeat)
        #expect(absence.at == heard)
        #expect(absence.windowEndsAt == heard + 1_800_000)
        #expect(stage.types("s-anna") == ["peer-disconnected"])
        #expect(stage.webhooks == [.peerDisconnected])
        try stage.lose("s-ben")
        #expect(stage.types("s-anna").count == 1)
    }

    @Test("S0-11: peer-reconnected on return, with the downtime and who restarts")
    func peerReconnected() throws {
        var stage = try CallStage.active()
        try stage.lose("s-anna")
        stage.wait(20_000)
        try stage.handle(.returned("s-anna"))
        guard case .peerReconnected(let back)? = stage.heard("s-ben").last else {
            Issue.record("not told")
            return
        }
        #expect(back.isResumed && !back.isFresh)
        #expect(back.downtimeMilliseconds == 20_000)
        #expect(back.restartBy == "p-anna")
        #expect(stage.call.state == .active)
        #expect(stage.webhooks.last == .peerReconnected)
    }

    @Test("S0-11: a return to another session is fresh: gen rises, the caller offers")
    func freshReturn() throws {
        var stage = try CallStage.active()
        try stage.lose("s-ben")
        let claim = SeatClaim.valid("p-ben", "ben", .guest)
        try stage.handle(.join(page(Stage.ben, "s9"), claim, newPeer: "x", isFresh: nil))
        #expect(stage.reply?["is_reconnect"] == true)
        #expect(stage.reply?["gen"] == 2)
        guard case .peerReconnected(let back)? = stage.heard("s-anna").last else {
            Issue.record("not told")
            return
        }
        #expect(back.isFresh && !back.isResumed)
        #expect(back.restartBy == "p-anna")
        let stale = CallEvent.candidates("s-anna", generation: 1, [Stage.candidate("OFFR")])
        #expect(stage.refusal(stale) == .staleGen)
    }

    @Test("S0-7, S0-25: one side away for hours ends nothing")
    func oneAway() throws {
        var stage = try CallStage.active()
        try stage.lose("s-ben")
        stage.wait(36_000_000)
        #expect(stage.call.state == .reconnecting)
        try stage.handle(.returned("s-ben"))
        #expect(stage.call.state == .active)
    }

    @Test("S0-22: the window is 30 minutes from the last frame heard; expiry is untouched")
    func windowFromLastFrame() throws {
        var stage = try CallStage.active()
        stage.wait(45_000)
        try stage.handle(.lost("s-ben", .heartbeat, lastHeard: Stamp(Stage.now(0))))
        try stage.handle(.lost("s-anna", .heartbeat, lastHeard: Stamp(Stage.now(10_000))))
        #expect(stage.call.snapshot(for: nil, at: stage.now).expiresAt == nil)
        stage.wait(1_764_999)
        #expect(stage.call.state == .reconnecting)
        stage.wait(1)
        #expect(stage.ends == [.reconnectTimeout])
    }

    @Test("S0-23: both away for 30 minutes ends the call, 31 minutes of one alone does not")
    func bothAway() throws {
        var stage = try CallStage.active()
        try stage.lose("s-ben")
        stage.wait(1_860_000)
        #expect(stage.call.state == .reconnecting)
        try stage.lose("s-anna")
        stage.wait(1_799_999)
        #expect(stage.ends == [])
        stage.wait(1)
        #expect(stage.ends == [.reconnectTimeout])
        #expect(stage.types("s-anna").last == "call:end")
        #expect(stage.types("s-ben").last == "call:end")
    }

    @Test("S0-23: with policy any, one side away for the window is enough")
    func policyAny() throws {
        var settings = CallSettings()
        settings.reconnectPolicy = .any
        var stage = try CallStage.active(settings)
        try stage.lose("s-ben")
        stage.wait(1_799_999)
        #expect(stage.ends == [])
        stage.wait(1)
        #expect(stage.ends == [.reconnectTimeout])
    }

    @Test("S0-24: a return within the window stops it, the next absence starts anew")
    func windowRestarts() throws {
        var stage = try CallStage.active()
        try stage.lose("s-ben")
        try stage.lose("s-anna")
        stage.wait(1_700_000)
        try stage.handle(.returned("s-ben"))
        stage.wait(200_000)
        #expect(stage.ends == [])
        try stage.lose("s-ben")
        stage.wait(1_799_999)
        #expect(stage.ends == [])
        stage.wait(1)
        #expect(stage.ends == [.reconnectTimeout])
    }

    @Test("S3-6: media that never connects ends the call after T_connect if both would report it")
    func connectTimeout() throws {
        var stage = try CallStage.answered()
        stage.wait(29_999)
        #expect(stage.call.state == .answered)
        stage.wait(1)
        #expect(stage.ends == [.connectFailed])
        var settings = CallSettings()
        settings.connectMilliseconds = 1000
        var silent = CallStage(room: settings)
        try silent.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        try silent.handle(.join(Stage.carl, .none, newPeer: "p2", isFresh: nil))
        silent.wait(600_000)
        #expect(silent.call.state == .answered)
    }

    @Test("Ruling 11: T_connect stops while somebody is away and restarts in full")
    func connectPauses() throws {
        var stage = try CallStage.answered()
        stage.wait(29_000)
        try stage.lose("s-ben")
        stage.wait(300_000)
        #expect(stage.ends == [])
        try stage.handle(.returned("s-ben"))
        stage.wait(29_999)
        #expect(stage.call.state == .answered)
        stage.wait(1)
        #expect(stage.ends == [.connectFailed])
    }

    @Test("2.6: active when both have reported; the duration starts there")
    func active() throws {
        var stage = try CallStage.answered()
        #expect(stage.refusal(.connected("s-carl", .init())) == .notParticipant)
        try stage.handle(.connected("s-anna", .init(isRelayed: true)))
        #expect(stage.call.state == .answered)
        stage.wait(2_000)
        try stage.handle(.connected("s-ben", .init()))
        #expect(stage.call.state == .active)
        #expect(stage.types("s-anna") == ["state"])
        #expect(stage.webhooks == [.active])
        #expect(stage.call.statistics.connectMilliseconds == 2_000)
        stage.wait(60_000)
        try stage.handle(.end(Stage.ben, .hangup))
        guard case .end(let end)? = stage.heard("s-anna").last else {
            Issue.record("no end")
            return
        }
        #expect(end.durationMilliseconds == 60_000)
        #expect(end.by == "p-ben")
    }

    @Test("2.6: a client that cannot report holds nobody up")
    func oneReports() throws {
        var stage = CallStage(room: CallSettings())
        try stage.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        try stage.handle(.join(Stage.carl, .none, newPeer: "p2", isFresh: nil))
        try stage.handle(.connected("s-anna", .init()))
        #expect(stage.call.state == .active)
    }

    @Test("Ruling 17: bye ends the calls the session is seated in, and only stops a ringing device")
    func bye() throws {
        var stage = try CallStage.active()
        try stage.handle(.bye("s-ben"))
        #expect(stage.ends == [.hangup])
        #expect(stage.types("s-anna") == ["call:end"])
        #expect(stage.types("s-ben") == [])
        var ringing = CallStage()
        try ringing.handle(.bye("s-ben"))
        #expect(ringing.call.state == .ringing)
        #expect(!ringing.attached.contains("s-ben"))
        try ringing.handle(.bye("s-anna"))
        #expect(ringing.ends == [.cancelled])
    }

    @Test func `a session that is gone leaves its seat behind, without anybody to tell`() throws {
        var stage = try CallStage.active()
        try stage.handle(.sessionEnded("s-ben"))
        #expect(stage.types("s-anna") == ["peer-disconnected"])
        #expect(stage.call.seats[1].session == nil)
        #expect(!stage.attached.contains("s-ben"))
        try stage.handle(.media("s-anna", Media(audio: false)))
        #expect(stage.types("s-ben") == [])
        #expect(stage.refusal(.appMessage("s-anna", 1)) == .badState)
        try stage.handle(.join(Stage.ben2, .none, newPeer: "x", isFresh: nil))
        #expect(stage.reply?["peer_id"] == "p-ben")
    }

    @Test func `mute state reaches the other side once for each change, and snapshots`() throws {
        var stage = try CallStage.active()
        try stage.handle(.media("s-anna", Media(audio: false, video: true)))
        try stage.handle(.media("s-anna", Media(audio: false, video: true)))
        #expect(
            stage.heard("s-ben")
                == [.media("direct", from: "p-anna", Media(audio: false, video: true))])
        let anna = stage.call.snapshot(for: nil, at: stage.now).participants[0]
        #expect(anna.media.audio == false)
    }

    @Test("Ruling 6: application messages go from seat to seat, also to one that is away")
    func appMessage() throws {
        var stage = try CallStage.active()
        try stage.lose("s-ben")
        try stage.handle(.appMessage("s-anna", ["x": 1]))
        #expect(stage.heard("s-ben").last == .appMessage("direct", from: "p-anna", ["x": 1]))
    }

    @Test("Ruling 10: a seat that is away for more than 45 s is not busy")
    func occupies() throws {
        var stage = try CallStage.active()
        #expect(stage.call.occupies("ben", graceMilliseconds: 45_000, at: stage.now))
        #expect(!stage.call.occupies("carl", graceMilliseconds: 45_000, at: stage.now))
        try stage.lose("s-ben")
        stage.wait(45_000)
        #expect(stage.call.occupies("ben", graceMilliseconds: 45_000, at: stage.now))
        stage.wait(1)
        #expect(!stage.call.occupies("ben", graceMilliseconds: 45_000, at: stage.now))
        let room = try CallStage.room()
        #expect(!room.call.occupies("anna", graceMilliseconds: 45_000, at: room.now))
    }
}
