import JSON
import Signaling
import Testing

struct ServerReplyTests {
    private func text(_ reply: ServerReply) -> String {
        var bytes: [UInt8] = []
        reply.write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `replies are written behind their id and without seq`() {
        #expect(text(.ok(id: 7, ["x": 1])) == #"{"type":"ok","id":7,"data":{"x":1}}"#)
        #expect(text(.ok(id: 8, [:])) == #"{"type":"ok","id":8,"data":{}}"#)
        #expect(text(.ping(milliseconds: 5)) == #"{"type":"ping","data":{"t":5}}"#)
        #expect(
            text(.error(id: nil, ErrorReply(.rateLimited, "slow", retryMilliseconds: 250)))
                == #"{"type":"error","data":{"code":"rate_limited","message":"slow","#
                + #""retry_ms":250}}"#
        )
        #expect(text(.welcome(["sid": "s"])) == #"{"type":"welcome","data":{"sid":"s"}}"#)
    }

    @Test func `a reply goes behind what the buffer holds`() {
        var bytes: [UInt8] = [1, 2]
        ServerReply.ping(milliseconds: 1).write(into: &bytes)
        #expect(bytes.prefix(3) == [1, 2, UInt8(ascii: "{")])
    }
}
