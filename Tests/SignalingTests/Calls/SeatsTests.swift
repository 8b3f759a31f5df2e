import JSON
import Testing

@testable import Signaling

/// Rooms, and seats that are taken, taken back, taken over and given up.
struct SeatsTests {
    private typealias Stage = CallStage

    private func page(_ party: CallParty, _ session: SessionID) -> CallParty {
        var page = party
        page.session = session
        return page
    }

    @Test("S2-1: a room waits for its second participant")
    func firstJoin() throws {
        var stage = CallStage(room: CallSettings())
        #expect(stage.call.state == .waiting)
        try stage.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        #expect(stage.reply?["status"] == "waiting")
        #expect(stage.reply?["role"] == "host")
        #expect(stage.reply?["polite"] == false)
        #expect(stage.reply?["peer_online"] == false)
        #expect(stage.reply?["is_reconnect"] == false)
    }

    @Test("S0-9: the join result says whether the other side is present")
    func peerOnline() throws {
        var stage = CallStage(room: CallSettings())
        try stage.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        try stage.handle(.join(Stage.ben, .none, newPeer: "p2", isFresh: nil))
        #expect(stage.reply?["peer_online"] == true)
        #expect(stage.reply?["role"] == "guest")
        #expect(stage.reply?["polite"] == true)
        #expect(stage.reply?["state"] == "answered")
        #expect(stage.heard("s-anna").map(\.type) == ["join", "state"])
        #expect(
            stage.heard("s-anna").first
                == .join("room", "p2", isReconnect: false, isPeerOnline: true))
        #expect(stage.types("s-ben") == [])
    }

    @Test("S0-8: the join notification carries is_reconnect")
    func joinIsReconnect() throws {
        var stage = CallStage(room: CallSettings())
        try stage.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        try stage.lose("s-anna")
        try stage.handle(.join(Stage.ben, .none, newPeer: "p2", isFresh: nil))
        #expect(stage.call.state == .waiting)
        let claim = SeatClaim.valid("p1", "anna", .host)
        try stage.handle(.join(page(Stage.anna, "s2"), claim, newPeer: "x", isFresh: nil))
        #expect(stage.reply?["is_reconnect"] == true)
        #expect(
            stage.heard("s-ben").first == .join("room", "p1", isReconnect: true, isPeerOnline: true)
        )
        #expect(stage.call.state == .answered)
    }

    @Test("S0-8: a resumed session makes a waiting room a call, and both hear it")
    func resumedIntoRoom() throws {
        var stage = CallStage(room: CallSettings())
        try stage.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        try stage.lose("s-anna")
        try stage.handle(.join(Stage.ben, .none, newPeer: "p2", isFresh: nil))
        try stage.handle(.returned("s-anna"))
        #expect(stage.types("s-anna") == ["join", "state"])
        #expect(stage.types("s-ben") == ["join", "state"])
    }

    @Test("S2-10: a third participant gets call_full, also while a seat is only away")
    func callFull() throws {
        var stage = try CallStage.room()
        let third = CallEvent.join(Stage.carl, .none, newPeer: "p3", isFresh: nil)
        #expect(stage.refusal(third) == .callFull)
        try stage.lose("s-ben")
        #expect(stage.refusal(third) == .callFull)
        #expect(stage.types("s-anna") == ["peer-disconnected"])
    }

    @Test("S2-9: the host's seat is given out at creation and held without a socket")
    func hostReservation() throws {
        var stage = CallStage(room: CallSettings())
        try stage.handle(.reserve(.init(user: "anna", newPeer: "p-host")))
        #expect(stage.reply?["peer_id"] == "p-host")
        #expect(stage.reply?["role"] == "host")
        stage.wait(3_600_000)
        try stage.handle(
            .join(Stage.anna, .valid("p-host", "anna", .host), newPeer: "x", isFresh: nil))
        #expect(stage.reply?["peer_id"] == "p-host")
        #expect(stage.reply?["is_reconnect"] == false)
    }

    @Test("Ruling 7: a guest's reservation lapses after 60 s and is no answer before it is used")
    func guestReservation() throws {
        var stage = CallStage(room: CallSettings())
        try stage.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        stage.clearEars()
        try stage.handle(.reserve(.init(user: "ben", newPeer: "p2")))
        #expect(stage.call.state == .waiting)
        #expect(stage.types("s-anna") == [])
        let third = CallEvent.join(Stage.carl, .none, newPeer: "p3", isFresh: nil)
        #expect(stage.refusal(third) == .callFull)
        stage.wait(60_000)
        #expect(stage.call.seats.count == 1)
        try stage.handle(third)
        #expect(stage.call.state == .answered)
    }

    @Test("Ruling 7: a reserved seat that is taken in time stays")
    func reservationUsed() throws {
        var stage = CallStage(room: CallSettings())
        try stage.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        try stage.handle(.reserve(.init(user: "ben", newPeer: "p2")))
        try stage.handle(.join(Stage.ben, .none, newPeer: "x", isFresh: nil))
        #expect(stage.reply?["peer_id"] == "p2")
        stage.wait(29_000)
        try stage.handle(.connected("s-anna", .init()))
        try stage.handle(.connected("s-ben", .init()))
        stage.wait(120_000)
        #expect(stage.call.seats.count == 2)
        #expect(stage.call.state == .active)
    }

    @Test("Ruling 8: a seat of an authenticated user needs the same user beside its token")
    func foreignToken() throws {
        var stage = try CallStage.room()
        try stage.lose("s-ben")
        let stolen = SeatClaim.valid("p-ben", "ben", .guest)
        #expect(
            stage.refusal(.join(Stage.carl, stolen, newPeer: "x", isFresh: nil)) == .forbidden)
        #expect(
            stage.refusal(.join(Stage.carl, .invalid, newPeer: "x", isFresh: nil)) == .forbidden)
    }

    @Test("Ruling 8: the same user takes back its own offline seat without a token")
    func reclaim() throws {
        var stage = try CallStage.room()
        try stage.lose("s-ben")
        try stage.handle(.join(page(Stage.ben2, "s9"), .none, newPeer: "x", isFresh: nil))
        #expect(stage.reply?["peer_id"] == "p-ben")
        #expect(stage.reply?["is_reconnect"] == true)
        #expect(stage.call.seats[1].reconnectCount == 1)
    }

    @Test("Ruling 8: without its token an online seat is not taken over")
    func noTakeoverWithoutToken() throws {
        var stage = try CallStage.room()
        let again = CallEvent.join(page(Stage.ben, "s9"), .none, newPeer: "x", isFresh: nil)
        #expect(stage.refusal(again) == .duplicateCall)
        #expect(stage.call.seats[1].session == "s-ben")
    }

    @Test("Ruling 8: a takeover tells the old session, marks the newcomer fresh, raises gen")
    func takeover() throws {
        var stage = try CallStage.room()
        let claim = SeatClaim.valid("p-ben", "ben", .guest)
        try stage.handle(.join(page(Stage.ben, "s9"), claim, newPeer: "x", isFresh: nil))
        guard case .end(let end)? = stage.heard("s-ben").last,
            case .peerReconnected(let back)? = stage.heard("s-anna").last
        else {
            Issue.record("not told")
            return
        }
        #expect(end.reason == .takenOver)
        #expect(back.isFresh && !back.isResumed)
        #expect(back.restartBy == "p-anna")
        #expect(stage.call.generation == 1)
        #expect(stage.attached == ["s-anna", "s9"])
        #expect(stage.ends == [])
        #expect(stage.refusal(.media("s-ben", Media())) == .notParticipant)
    }

    @Test("Ruling 8: at most three takeovers a minute")
    func takeoverRate() throws {
        var stage = try CallStage.room()
        let claim = SeatClaim.valid("p-ben", "ben", .guest)
        for number in 0..<3 {
            let session = SessionID("t\(number)")
            try stage.handle(.join(page(Stage.ben, session), claim, newPeer: "x", isFresh: nil))
        }
        let fourth = CallEvent.join(page(Stage.ben, "t3"), claim, newPeer: "x", isFresh: nil)
        #expect(stage.refusal(fourth) == .rateLimited)
        #expect(stage.call.seats[1].session == "t2")
        try stage.handle(.connected("s-anna", .init()))
        try stage.handle(.connected("t2", .init()))
        stage.wait(60_000)
        #expect(stage.refusal(fourth) == nil)
    }

    @Test("Ruling 17: leave frees the seat of a room; only call:end ends it")
    func leave() throws {
        var stage = try CallStage.room()
        try stage.handle(.leave(Stage.ben))
        #expect(stage.heard("s-anna").first == .leave("room", "p-ben"))
        #expect(stage.types("s-anna") == ["leave", "state"])
        #expect(stage.call.state == .waiting)
        #expect(stage.ends == [])
        try stage.handle(.join(Stage.carl, .none, newPeer: "p3", isFresh: nil))
        #expect(stage.call.state == .answered)
        try stage.handle(.end(Stage.carl, .hangup))
        #expect(stage.ends == [.hangup])
        #expect(stage.types("s-anna").last == "call:end")
    }

    @Test("S0-10: leave is voluntary only")
    func leaveIsVoluntary() throws {
        var stage = try CallStage.room()
        try stage.lose("s-ben")
        stage.wait(600_000)
        #expect(stage.types("s-anna") == ["peer-disconnected"])
    }

    @Test("S2-13: an arrival prolongs the wait of a room; a disconnect does not")
    func waitingIsProlonged() throws {
        var stage = CallStage(room: CallSettings())
        let expiry = stage.call.snapshot(for: nil, at: stage.now).expiresAt
        #expect(expiry == Int64(CallStage.start) * 1000 + 10_800_000)
        stage.wait(1_000_000)
        try stage.handle(.join(Stage.anna, .none, newPeer: "p1", isFresh: nil))
        let later = stage.call.snapshot(for: nil, at: stage.now).expiresAt
        #expect(later == Int64(CallStage.start) * 1000 + 11_800_000)
        stage.wait(1_000_000)
        try stage.lose("s-anna")
        #expect(stage.call.snapshot(for: nil, at: stage.now).expiresAt == later)
    }

    @Test("S2-6: a room that nobody comes to expires after 3 h, and is forgotten later")
    func expiry() {
        var stage = CallStage(room: CallSettings())
        stage.wait(10_799_999)
        #expect(stage.call.state == .waiting)
        stage.wait(1)
        #expect(stage.ends == [.expired])
        stage.wait(119_999)
        #expect(!stage.isForgotten)
        stage.wait(1)
        #expect(stage.isForgotten)
        #expect(stage.call.nextDeadline == nil)
    }

    @Test("Ruling 17: an answered room has no expiry unless the longest call is set")
    func noExpiryLater() throws {
        let stage = try CallStage.room()
        #expect(stage.call.snapshot(for: nil, at: stage.now).expiresAt == nil)
        var settings = CallSettings()
        settings.callMillisecondsMax = 600_000
        var bounded = try CallStage.active(settings)
        #expect(bounded.call.snapshot(for: nil, at: bounded.now).expiresAt != nil)
        bounded.wait(600_000)
        #expect(bounded.ends == [.maxDuration])
    }

    @Test("S2-2: the same session joining again is told where it sits")
    func joinAgain() throws {
        var stage = try CallStage.room()
        try stage.handle(.join(Stage.ben, .none, newPeer: "x", isFresh: nil))
        #expect(stage.reply?["peer_id"] == "p-ben")
        #expect(stage.types("s-anna") == [])
    }

    @Test("Ruling 4: a valid seat token brings an unknown call back, seat by seat")
    func recovery() throws {
        let recovered = Call.recover(
            "lost", kind: .direct, chat: nil, settings: CallSettings(), at: Stage.now(0))
        var stage = CallStage(recovered.call)
        let anna = SeatClaim.valid("p-anna", "anna", .host)
        let ben = SeatClaim.valid("p-ben", "ben", .guest)
        try stage.handle(.join(Stage.ben, ben, newPeer: "x", isFresh: false))
        #expect(stage.call.state == .reconnecting)
        #expect(stage.reply?["peer_id"] == "p-ben")
        #expect(
            stage.refusal(.join(Stage.carl, .none, newPeer: "x", isFresh: nil)) == .callFull)
        #expect(stage.refusal(.join(Stage.carl, anna, newPeer: "x", isFresh: nil)) == .forbidden)
        try stage.handle(.join(Stage.anna, anna, newPeer: "x", isFresh: false))
        #expect(stage.call.state == .active)
        #expect(stage.reply?["is_reconnect"] == true)
        #expect(stage.call.caller?.peer == "p-anna")
        #expect(stage.types("s-ben") == ["peer-reconnected"])
    }

    @Test("Ruling 4: of a recovered call the side that never comes counts as away")
    func recoveryAlone() throws {
        let recovered = Call.recover(
            "lost", kind: .direct, chat: nil, settings: CallSettings(), at: Stage.now(0))
        var stage = CallStage(recovered.call)
        let ben = SeatClaim.valid("p-ben", "ben", .guest)
        try stage.handle(.join(Stage.ben, ben, newPeer: "x", isFresh: false))
        stage.wait(100_000)
        try stage.lose("s-ben")
        stage.wait(1_800_000)
        #expect(stage.ends == [.reconnectTimeout])
    }

    @Test("Ruling 4: a guest's seat comes back to whoever holds its token")
    func guestRecovery() throws {
        let recovered = Call.recover(
            "lost", kind: .room, chat: nil, settings: CallSettings(), at: Stage.now(0))
        var stage = CallStage(recovered.call)
        var guest = Stage.carl
        guest.isAuthenticated = false
        guest.user = "guest-2"
        let claim = SeatClaim.valid("p-guest", nil, .guest)
        try stage.handle(.join(guest, claim, newPeer: "x", isFresh: nil))
        #expect(stage.reply?["peer_id"] == "p-guest")
        #expect(!stage.call.seats[0].isAuthenticated)
    }
}
