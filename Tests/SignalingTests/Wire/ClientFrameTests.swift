import JSON
import Testing

@testable import Signaling

struct ClientFrameTests {
    private func read(_ text: String) throws(FrameDefect) -> ClientFrame {
        let bytes = Array(text.utf8)
        return try ClientFrame.read(bytes.span)
    }

    private func defect(_ text: String) -> FrameDefect? {
        do throws(FrameDefect) {
            _ = try read(text)
            return nil
        } catch {
            return error
        }
    }

    private func request(_ type: String, _ data: String) -> String {
        #"{"type":"\#(type)","id":3,"data":\#(data)}"#
    }

    @Test("S1-8: every message of 2.4 is read") func everyMessage() throws {
        let call = #""call_id":"c1""#
        let sdp = #"{"type":"answer","sdp":"v=0\r\na=ice-ufrag:U1\r\n"}"#
        let answer = SessionDescription(.answer, sdp: "v=0\r\na=ice-ufrag:U1\r\n")
        let candidate = #"{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host","sdpMid":"0"}"#
        let table: [(String, String, ClientMessage)] = [
            ("call:join", "{\(call)}", .join(.init(call: "c1", token: nil, isFresh: nil))),
            ("call:ringing", "{\(call)}", .ringing("c1")),
            ("call:answer", "{\(call),\"description\":\(sdp)}", .answer("c1", answer)),
            ("call:reject", "{\(call)}", .reject("c1", .declined, .user)),
            (
                "call:reject", "{\(call),\"reason\":\"media_failed\"}",
                .reject("c1", .mediaFailed, .device)
            ),
            (
                "call:reject", "{\(call),\"reason\":\"busy\",\"scope\":\"device\"}",
                .reject("c1", .busy, .device)
            ),
            ("call:end", "{\(call),\"reason\":\"ice_timeout\"}", .end("c1", .iceTimeout)),
            ("call:leave", "{\(call)}", .leave("c1")),
            (
                "call:description", "{\(call),\"gen\":2,\"description\":\(sdp)}",
                .description("c1", generation: 2, answer)
            ),
            (
                "call:ice-candidate", "{\(call),\"gen\":1.0,\"candidate\":\(candidate)}",
                .iceCandidates(
                    "c1", generation: 1,
                    [
                        Candidate([
                            "candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host",
                            "sdpMid": "0",
                        ])!
                    ])
            ),
            (
                "call:ice-candidate", "{\(call),\"candidates\":[\"\"]}",
                .iceCandidates("c1", generation: nil, [Candidate("")!])
            ),
            (
                "call:connected", "{\(call),\"protocol\":\"udp\",\"relay\":true}",
                .connected("c1", .init(transport: "udp", isRelayed: true))
            ),
            (
                "call:media", "{\(call),\"audio\":true,\"video\":false}",
                .media("c1", Media(audio: true, video: false))
            ),
            ("app:message", "{\(call),\"payload\":[1]}", .appMessage("c1", [1])),
            ("ice:refresh", "{}", .iceRefresh),
            ("presence:watch", #"{"users":["a","b"]}"#, .presenceWatch(["a", "b"])),
            ("auth:refresh", #"{"token":"t"}"#, .authRefresh(token: "t")),
            ("bye", "{}", .bye),
            ("ack", "{}", .ack),
            ("pong", #"{"t":5}"#, .pong(sentMilliseconds: 5)),
        ]
        for (type, data, message) in table {
            let frame = try read(request(type, data))
            #expect(frame.message == message)
            #expect(frame.id == (message.isRequest ? 3 : nil))
        }
        #expect(Set(table.map(\.0)).count == FrameKind.allCases.count - 2)
    }

    @Test func `initiate is read with everything that it may hold`() throws {
        let frame = try read(
            request(
                "call:initiate",
                #"{"to":"ben","chat_id":"x","call_id":"c","media":{"video":true},"ring_ms":40000,"#
                    + #""metadata":{"a":1},"description":{"type":"offer","sdp":"v=0"}}"#))
        guard case .initiate(let initiate) = frame.message else {
            Issue.record("no initiate")
            return
        }
        #expect(initiate.to == "ben")
        #expect(initiate.chat == "x")
        #expect(initiate.call == "c")
        #expect(initiate.media == Media(audio: true, video: true))
        #expect(initiate.ringMilliseconds == 40_000)
        #expect(initiate.metadata == ["a": 1])
        #expect(initiate.offer == SessionDescription(.offer, sdp: "v=0"))
    }

    @Test("S4-1, S4-4: offer and answer are taken as text or object, beside description")
    func olderSpelling() throws {
        let offer = try read(request("call:initiate", #"{"to":"ben","offer":"v=0"}"#))
        guard case .initiate(let initiate) = offer.message else {
            Issue.record("no initiate")
            return
        }
        #expect(initiate.offer.sdp == "v=0")
        let data = #"{"call_id":"c","answer":{"type":"answer","sdp":"v=1"}}"#
        #expect(
            try read(request("call:answer", data)).message
                == .answer("c", SessionDescription(.answer, sdp: "v=1")))
    }

    @Test func `hello is read with its resume`() throws {
        let frame = try read(
            #"{"type":"hello","ack":9,"data":{"token":"t","device_id":"d","caps":["x"],"#
                + #""client":{"name":"n","version":"1"},"#
                + #""resume":{"sid":"s","rid":"r","epoch":"e","last_seq":4}}}"#)
        guard case .hello(let hello) = frame.message else {
            Issue.record("no hello")
            return
        }
        #expect(frame.ack == 9 && frame.id == nil)
        #expect(hello.token == "t" && hello.device == "d" && hello.capabilities == ["x"])
        #expect(hello.client.name == "n" && hello.client.platform == nil)
        #expect(hello.resume?.session == "s" && hello.resume?.lastSequence == 4)
        #expect(hello.resume?.secret == "r" && hello.resume?.epoch == "e")
    }

    @Test func `a call may stand in the envelope, but no two of them`() throws {
        #expect(
            try read(#"{"type":"call:ringing","id":1,"call_id":"c","data":{}}"#).message
                == .ringing("c"))
        #expect(try read(#"{"type":"call:ringing","id":1,"call_id":"c"}"#).message == .ringing("c"))
        #expect(
            defect(#"{"type":"call:ringing","id":1,"call_id":"c","data":{"call_id":"d"}}"#)?.code
                == .badRequest)
    }

    @Test("S3-13: an unknown type is unsupported_type with its id, nothing worse")
    func unknownType() {
        #expect(defect(#"{"type":"message:send","id":8}"#) == .unsupportedType(id: 8))
        #expect(defect(#"{"type":"x","id":"8"}"#) == .unsupportedType(id: nil))
        #expect(defect(#"{"type":"x"}"#)?.code == .unsupportedType)
    }

    @Test(
        arguments: [
            "", " ", "null", "[]", "3", "{", #"{"type":1}"#, #"{"id":1}"#,
            #"{"type":"bye","type":"bye"}"#, #"{"type":"bye"} x"#, "\u{feff}{}",
            #"{"type":"bye","data":{"x":[[[[[[[[1]]]]]]]]}}"#,
        ])
    func `what is no frame is malformed`(_ text: String) {
        guard case .malformed? = defect(text) else {
            Issue.record("\(text) was taken")
            return
        }
    }

    @Test func `depth 8 is the bound, and 64 KiB`() throws {
        // The envelope, data and payload are three of the eight.
        let deep = #"{"call_id":"c","payload":[[[[[[]]]]]]}"#
        #expect(defect(request("app:message", deep)) == nil)
        let deeper = #"{"call_id":"c","payload":[[[[[[[]]]]]]]}"#
        #expect(defect(request("app:message", deeper))?.code == .badRequest)
        let padding = String(repeating: " ", count: 65_536 - 14)
        #expect(defect(#"{"type":"bye"}"# + padding) == nil)
        #expect(defect(#"{"type":"bye"}"# + padding + " ") == .tooLarge(max: 65_536))
    }

    @Test func `requests need an id in range`() {
        #expect(defect(#"{"type":"ice:refresh"}"#) == .badRequest(id: nil, "id is missing"))
        for id in ["0", "-1", "1.5", "9007199254740992", "\"1\"", "1e99", "true"] {
            #expect(defect(#"{"type":"ice:refresh","id":\#(id)}"#)?.code == .badRequest)
        }
        #expect(defect(#"{"type":"ice:refresh","id":9007199254740991}"#) == nil)
        #expect(defect(#"{"type":"pong","ack":-1}"#)?.code == .badRequest)
        #expect(defect(#"{"type":"pong","ack":null}"#) == nil)
    }

    @Test func `wrong types, lengths and words are bad requests that keep the id`() {
        let sdp = #""description":{"type":"answer","sdp":"v"}"#
        let long = String(repeating: "x", count: 65)
        let table: [(String, String)] = [
            ("call:ringing", "{}"), ("call:ringing", "[]"), ("call:ringing", #"{"call_id":1}"#),
            ("call:ringing", #"{"call_id":""}"#), ("call:ringing", #"{"call_id":"a/b"}"#),
            ("call:ringing", #"{"call_id":"\#(long)"}"#),
            ("call:answer", #"{"call_id":"c"}"#), ("call:answer", "{\(sdp)}"),
            ("call:answer", #"{"call_id":"c","description":{"type":"offer","sdp":"v"}}"#),
            ("call:answer", #"{"call_id":"c","description":{"type":"answer"}}"#),
            ("call:answer", #"{"call_id":"c","description":{"type":"answer","sdp":""}}"#),
            ("call:description", "{\"call_id\":\"c\",\"gen\":0,\(sdp)}"),
            ("call:description", "{\"call_id\":\"c\",\"gen\":4294967296,\(sdp)}"),
            ("call:description", #"{"call_id":"c","description":{"type":"rollback","sdp":"v"}}"#),
            ("call:reject", #"{"call_id":"c","reason":"bored"}"#),
            ("call:reject", #"{"call_id":"c","scope":"world"}"#),
            ("call:end", #"{"call_id":"c","reason":"kicked"}"#),
            ("call:ice-candidate", #"{"call_id":"c"}"#),
            ("call:ice-candidate", #"{"call_id":"c","candidate":5}"#),
            ("call:ice-candidate", #"{"call_id":"c","candidate":{}}"#),
            ("call:ice-candidate", #"{"call_id":"c","candidates":[]}"#),
            ("call:ice-candidate", #"{"call_id":"c","candidates":{}}"#),
            ("call:media", #"{"call_id":"c","audio":true}"#),
            ("call:media", #"{"call_id":"c","audio":1,"video":0}"#),
            ("call:initiate", #"{"to":"b"}"#),
            ("call:initiate", #"{"to":7,"offer":"v"}"#),
            ("call:initiate", #"{"to":"b","offer":"v","ring_ms":-1}"#),
            ("call:initiate", #"{"to":"b","offer":"v","metadata":[]}"#),
            ("call:initiate", #"{"to":"b\u0000","offer":"v"}"#),
            ("app:message", #"{"call_id":"c"}"#),
            ("presence:watch", "{}"), ("presence:watch", #"{"users":[1]}"#),
            ("presence:watch", #"{"users":[""]}"#), ("auth:refresh", "{}"),
        ]
        for (type, data) in table {
            guard case .badRequest(3, let reason)? = defect(request(type, data)) else {
                Issue.record("\(type) \(data) gave \(String(describing: defect(data)))")
                continue
            }
            #expect(!reason.isEmpty && reason.utf8.count < 200)
        }
    }

    @Test func `lists and texts beyond their bounds are refused`() {
        let users = (0..<257).map { "\"u\($0)\"" }.joined(separator: ",")
        #expect(defect(request("presence:watch", "{\"users\":[\(users)]}"))?.code == .badRequest)
        let many = Array(repeating: "\"\"", count: 65).joined(separator: ",")
        let candidates = "{\"call_id\":\"c\",\"candidates\":[\(many)]}"
        #expect(defect(request("call:ice-candidate", candidates))?.code == .badRequest)
        let sdp = String(repeating: "a", count: WireLimits.sdpBytesMax + 1)
        #expect(
            defect(request("call:initiate", "{\"to\":\"b\",\"offer\":\"\(sdp)\"}"))?.code
                == .badRequest)
        let metadata = String(repeating: "m", count: WireLimits.metadataBytesMax)
        let data = "{\"to\":\"b\",\"offer\":\"v\",\"metadata\":{\"m\":\"\(metadata)\"}}"
        #expect(defect(request("call:initiate", data))?.code == .badRequest)
        let payload = String(repeating: "p", count: WireLimits.appMessageBytesMax)
        let message = "{\"call_id\":\"c\",\"payload\":\"\(payload)\"}"
        #expect(defect(request("app:message", message))?.code == .badRequest)
    }

    /// Frames of every type, bent at random: whatever comes out, nothing traps, and a defect never
    /// quotes what the client sent.
    @Test func `no bytes trap the reader`() {
        let seeds = [
            request("call:initiate", #"{"to":"b","media":{"audio":true},"offer":"a=ice-ufrag:x"}"#),
            request(
                "call:ice-candidate", #"{"call_id":"c","gen":1,"candidates":[{"candidate":""}]}"#),
            request(
                "call:connected", #"{"call_id":"c","relay":true,"local":"é\u00e9\ud83d\ude00"}"#),
            #"{"type":"hello","data":{"device_id":"d","resume":{"sid":"s","rid":"r","epoch":"e","#
                + #""last_seq":18446744073709551615}}}"#,
        ].map { Array($0.utf8) }
        var random = SplitMix(seed: 4)
        var taken = 0
        for _ in 0..<20_000 {
            var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
            for _ in 0..<(random.next() % 4) {
                let at = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(bytes[Int(random.next() % UInt64(bytes.count))], at: at)
                default: bytes.removeSubrange(at...)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            do throws(FrameDefect) {
                _ = try ClientFrame.read(bytes.span)
                taken += 1
            } catch {
                #expect(error.message.utf8.count < 200)
            }
        }
        #expect(taken > 1_000)
    }
}
