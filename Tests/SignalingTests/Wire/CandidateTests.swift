import JSON
import Testing

@testable import Signaling

struct CandidateTests {
    private let line = "candidate:842163049 1 udp 1677729535 192.0.2.1 3478 typ srflx raddr 0.0.0.0"

    @Test func `the fragment is taken from its field, else from the text`() throws {
        let both = try #require(
            Candidate(["candidate": .string(line + " ufrag TEXT"), "usernameFragment": "FIELD"]))
        #expect(both.ufrag == "FIELD")
        #expect(
            Candidate(["candidate": .string(line + " ufrag TEXT network-id 1")])?.ufrag == "TEXT")
        #expect(Candidate(.string(line + " ufrag TEXT"))?.ufrag == "TEXT")
        #expect(Candidate(.string(line))?.ufrag == nil)
        #expect(Candidate(.string(line + " ufrag"))?.ufrag == nil)
        #expect(Candidate(["candidate": .string(line), "usernameFragment": nil])?.ufrag == nil)
        #expect(Candidate(["candidate": .string(line), "usernameFragment": ""])?.ufrag == nil)
    }

    @Test func `an empty text is the end of candidates`() throws {
        #expect(Candidate("")?.isEnd == true)
        let end = try #require(Candidate(["candidate": "", "usernameFragment": "U"]))
        #expect(end.isEnd && end.ufrag == "U")
        #expect(Candidate(.string(line))?.isEnd == false)
    }

    @Test func `other things and large ones are none`() {
        let long = JSONValue.string(String(repeating: "x", count: 1025))
        let refused: [JSONValue] = [
            5, nil, true, [], [:], ["candidate": 1], ["candidate": "x", "usernameFragment": 5],
            long, ["candidate": long], ["candidate": "", "x": long], ["candidate": "", "x": [1]],
            ["candidate": "", "usernameFragment": long],
        ]
        for value in refused { #expect(Candidate(value) == nil) }
    }

    @Test func `it is carried untouched`() {
        let value: JSONValue = ["sdpMLineIndex": 0, "candidate": .string(line), "foo": "bar"]
        #expect(Candidate(value)?.json == value)
    }
}
