import JSON
import Testing

@testable import Signaling

struct ServerMessageTests {
    private func text(_ message: ServerMessage, _ sequence: UInt64? = 5) -> String {
        var bytes: [UInt8] = []
        message.write(sequence: sequence, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func data(_ message: ServerMessage) throws -> JSONValue {
        let bytes = Array(text(message).utf8)
        return try #require(try JSONValue.parse(bytes.span)["data"])
    }

    @Test func `short messages are written to the letter`() {
        let table: [(ServerMessage, String)] = [
            (
                .ringing("c", devices: 2),
                #"call:ringing","seq":5,"data":{"call_id":"c","devices":2"#
            ),
            (
                .rejected("c", .busy),
                #"call:rejected","seq":5,"data":{"call_id":"c","reason":"busy""#
            ),
            (
                .noAnswer("c", .host),
                #"call:no-answer","seq":5,"data":{"call_id":"c","role":"caller""#
            ),
            (
                .noAnswer("c", .guest),
                #"call:no-answer","seq":5,"data":{"call_id":"c","role":"callee","missed":true"#
            ),
            (
                .answeredElsewhere("c", .rejected),
                #"call:answered-elsewhere","seq":5,"data":{"call_id":"c","action":"rejected""#
            ),
            (.leave("c", "p"), #"leave","seq":5,"data":{"call_id":"c","peer_id":"p""#),
            (
                .join("c", "p", isReconnect: true, isPeerOnline: false),
                #"join","seq":5,"data":{"call_id":"c","peer_id":"p","is_reconnect":true,"#
                    + #""peer_online":false"#
            ),
            (
                .media("c", from: "p", Media(audio: true, video: false)),
                #"call:media","seq":5,"data":{"call_id":"c","from":"p","audio":true,"video":false"#
            ),
            (
                .appMessage("c", from: "p", ["a\"b": []]),
                #"app:message","seq":5,"data":{"call_id":"c","from":"p","payload":{"a\"b":[]}"#
            ),
            (
                .presence("u", isOnline: false, devices: 0, lastSeen: 7),
                #"presence","seq":5,"data":{"user_id":"u","online":false,"devices":0,"last_seen":7"#
            ),
            (
                .draining(deadlineMilliseconds: 1, reconnectAfterMilliseconds: 2),
                #"server:draining","seq":5,"data":{"deadline_ms":1,"reconnect_after_ms":2"#
            ),
            (.tokenExpiring(expiresAt: 9), #"token-expiring","seq":5,"data":{"expires_at":9"#),
            (.skip, #"skip","seq":5,"data":{"#),
        ]
        for (message, expected) in table {
            #expect(text(message) == "{\"type\":\"" + expected + "}}")
        }
        #expect(text(.skip, nil) == #"{"type":"skip","data":{}}"#)
    }

    @Test("S4-2: the offer repeats its description as offer")
    func offer() throws {
        let description = SessionDescription(.offer, sdp: "v=0")
        let message = ServerMessage.offer(
            .init(
                call: "c", chat: "x", caller: "anna", callerName: "Anna", callerPeer: "p",
                media: Media(), generation: 1, description: description,
                candidates: [Candidate("")!], ringLeftMilliseconds: 5, expiresAt: 6,
                metadata: ["m": 1], isAutoAnswer: true, isBusy: true))
        let data = try data(message)
        #expect(data["offer"] == description.json && data["description"] == description.json)
        #expect(data["chat_id"] == "x" && data["caller_id"] == "anna" && data["peer_id"] == "p")
        #expect(data["from"] == ["user_id": "anna", "name": "Anna"])
        #expect(data["candidates"] == [""] && data["gen"] == 1)
        #expect(data["ring_left_ms"] == 5 && data["expires_at"] == 6)
        #expect(data["auto_answer"] == true && data["busy"] == true && data["metadata"] == ["m": 1])
    }

    @Test("S4-5: the answer repeats its description as answer")
    func answer() throws {
        let description = SessionDescription(.answer, sdp: "v=0")
        let data = try data(
            .answer(
                .init(call: "c", generation: 1, description: description, candidates: [], peer: "p")
            ))
        #expect(data["answer"] == description.json && data["description"] == description.json)
        #expect(data["peer_id"] == "p" && data["candidates"] == [])
    }

    @Test func `one candidate is written alone, several as a list`() throws {
        let one = Candidate("")!
        let single = try data(.iceCandidates("c", generation: 2, from: "p", [one]))
        #expect(single["candidate"] == "" && single["candidates"] == nil && single["gen"] == 2)
        let several = try data(.iceCandidates("c", generation: 2, from: "p", [one, one]))
        #expect(several["candidates"] == ["", ""] && several["from"] == "p")
    }

    @Test("S0-10, S0-11: absence and return are written with their times")
    func presence() throws {
        let absence = try data(
            .peerDisconnected(.init(call: "c", peer: "p", at: 1, cause: .drain, windowEndsAt: 2)))
        #expect(
            absence
                == ["call_id": "c", "peer_id": "p", "at": 1, "cause": "drain", "window_ends_at": 2])
        let back = try data(
            .peerReconnected(
                .init(
                    call: "c", peer: "p", isResumed: true, isFresh: false, generation: 3,
                    downtimeMilliseconds: 4, restartBy: "q")))
        #expect(
            back == [
                "call_id": "c", "peer_id": "p", "resumed": true, "fresh_client": false, "gen": 3,
                "downtime_ms": 4, "restart_by": "q",
            ])
    }

    @Test("S2-11: the state payload carries its call and the participants")
    func state() throws {
        let stage = try CallStage.active()
        let data = try data(.state(stage.call.snapshot(for: "p-ben", at: stage.now)))
        #expect(data["call_id"] == "direct" && data["status"] == "active")
        #expect(data["state"] == "active" && data["you"] == "p-ben" && data["polite"] == true)
        #expect(data["participants"]?["count"] == 2)
        let first = try #require(data["participants"]?["list"]?.array?.first)
        #expect(first["peer_id"] == "p-anna" && first["user_id"] == "anna")
        #expect(first["online"] == true && first["role"] == "host")
        #expect(first["reconnect_count"] == 0 && first["disconnected_at"] == nil)
        #expect(data["created_at"] == .integer(Int64(CallStage.start) * 1000))
        #expect(data["expires_at"]?.isNull == true)
        #expect(data["version"]?.integer ?? 0 > 1)
    }

    @Test func `an end says who ended it, or that the server did`() throws {
        let end = ServerMessage.End(
            call: "c", reason: .takenOver, by: nil, durationMilliseconds: 3)
        #expect(
            try data(.end(end))
                == ["call_id": "c", "reason": "taken_over", "by": "server", "duration_ms": 3])
    }

    @Test func `every message knows its call`() {
        #expect(ServerMessage.ringing("c", devices: 0).call == "c")
        #expect(ServerMessage.skip.call == nil)
        #expect(ServerMessage.tokenExpiring(expiresAt: 1).call == nil)
    }
}
