import HTTP
import Testing

@Suite struct HTTPResponseTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func writesHeadLengthAndBody() {
        let response = HTTPResponse(
            .ok, fields: [HTTPField("Content-Type", "text/plain")], body: Array("hi".utf8))
        #expect(
            text(response.serialized(keepAlive: true))
                == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nhi")
        #expect(
            text(response.serialized(keepAlive: false, toHead: true))
                == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n"
                + "connection: close\r\n\r\n")
    }

    @Test func aStatusWithoutContentHasNoLength() {
        let response = HTTPResponse(.noContent, body: [1])
        #expect(text(response.serialized(keepAlive: true)) == "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(
            text(HTTPResponse(.continue).serialized(keepAlive: true))
                == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    @Test func aValueCannotEndItsLine() {
        let response = HTTPResponse(.noContent, fields: [HTTPField("x", "a\r\nset-cookie: b\u{0}")])
        #expect(
            text(response.serialized(keepAlive: true))
                == "HTTP/1.1 204 No Content\r\nx: a  set-cookie: b \r\n\r\n")
    }

    @Test(arguments: HTTPRefusal.allCases)
    func everyRefusalHasAStatusWithAReason(_ refusal: HTTPRefusal) {
        #expect((400...505).contains(refusal.status.rawValue))
        #expect(!refusal.status.reason.isEmpty)
    }
}
