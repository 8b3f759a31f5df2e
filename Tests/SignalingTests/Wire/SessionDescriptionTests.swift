import JSON
import Testing

@testable import Signaling

struct SessionDescriptionTests {
    @Test func `fragments are found at every level, each once, whatever ends the lines`() {
        let sdp =
            "v=0\na=ice-ufrag:S\r\nm=audio\r\na=ice-ufrag:A+/ \r\na=ice-pwd:x\r\n"
            + "m=video\r\na=ice-ufrag:S\r\na=x:a=ice-ufrag:N\r\na=ice-ufrag:L"
        #expect(SessionDescription(.offer, sdp: sdp).ufrags == ["S", "A+/", "L"])
        #expect(SessionDescription(.answer, sdp: "v=0").ufrags == [])
    }

    @Test func `fragments are bounded in number and length`() {
        let many = (0..<100).map { "a=ice-ufrag:u\($0)\n" }.joined()
        #expect(SessionDescription(.offer, sdp: many).ufrags.count == WireLimits.ufragsMax)
        let long = "a=ice-ufrag:" + String(repeating: "u", count: 257)
        #expect(SessionDescription(.offer, sdp: long).ufrags == [])
    }

    @Test func `it is written as a browser takes it`() {
        let description = SessionDescription(.answer, sdp: "v=0\r\n")
        #expect(description.json == ["type": "answer", "sdp": "v=0\r\n"])
    }
}
