import HTTP
import Testing

/// What a parser made of a stream: the requests in it, and the refusal that ended it.
struct Reading: Equatable {
    var requests: [HTTPRequest] = []
    var refusal: HTTPRefusal?

    /// Feeds `bytes` in pieces of `step`.
    init(_ bytes: [UInt8], step: Int, limits: HTTPLimits = HTTPLimits()) {
        var parser = HTTPRequestParser(limits: limits)
        do throws(HTTPRefusal) {
            var start = 0
            while start < bytes.count {
                let end = min(start + step, bytes.count)
                let span = bytes.span.extracting(start..<end)
                var used = 0
                while used < span.count {
                    used += try parser.receive(span.extracting(used..<span.count))
                    if let request = parser.takeRequest() { requests.append(request) }
                }
                start = end
            }
        } catch {
            refusal = error
        }
    }

    init(_ text: String, step: Int = .max, limits: HTTPLimits = HTTPLimits()) {
        self.init(Array(text.utf8), step: min(step, max(text.utf8.count, 1)), limits: limits)
    }
}

@Suite struct HTTPRequestParserTests {
    @Test func readsARequestLineFieldsAndBody() throws {
        let reading = Reading(
            "POST /v1/credentials?x=a%20b&flag HTTP/1.1\r\nHost: localhost\r\n"
                + "X-Thing: \t a, b \t\r\nContent-Length: 5\r\n\r\nhello")
        #expect(reading.refusal == nil)
        let request = try #require(reading.requests.first)
        #expect(request.method == .post)
        #expect(request.target.segments == ["v1", "credentials"])
        #expect(request.target.query == [HTTPQueryItem("x", "a b"), HTTPQueryItem("flag", "")])
        #expect(request.fields["x-thing"] == "a, b")
        #expect(request.fields.list("x-thing", contains: "b"))
        #expect(request.body == Array("hello".utf8))
        #expect(request.minorVersion == 1)
    }

    @Test func readsPipelinedRequestsOneByOne() {
        let reading = Reading(
            "\r\nGET /a HTTP/1.1\r\nhost:x\r\n\r\nPUT /b HTTP/1.1\r\nhost:x\r\n"
                + "content-length: 2\r\n\r\nhi\r\nDELETE /c HTTP/1.0\r\n\r\n")
        #expect(reading.refusal == nil)
        #expect(reading.requests.map(\.method) == [.get, .put, .delete])
        #expect(reading.requests.map(\.target.segments) == [["a"], ["b"], ["c"]])
    }

    @Test("A POST that names no length has no body: the next request follows at once")
    func readsAPostWithoutALength() {
        let reading = Reading(
            "POST /a HTTP/1.1\r\nhost:x\r\n\r\nGET /b HTTP/1.1\r\nhost:x\r\n\r\n")
        #expect(reading.refusal == nil)
        #expect(reading.requests.map(\.method) == [.post, .get])
        #expect(reading.requests.map(\.body) == [[], []])
    }

    static let corpus =
        smugglingCorpus.map(\.text) + [
            "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
            "\r\nGET /a/b?c=d HTTP/1.1\r\nhost: x\r\nx: \u{e4}\r\n\r\n"
                + "GET /2 HTTP/1.1\r\nhost: x\r\n\r\n",
            "POST /p HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabcGET / HTTP/1.1\r\n",
            "POST /p HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\nGET / HTTP/1.0\r\n\r\n",
            "\u{16}\u{3}\u{1}\u{2}", "", "\r", "\r\n\r\n",
        ]

    @Test(arguments: corpus)
    func piecesMakeNoDifference(_ text: String) {
        let whole = Reading(text)
        for step in [1, 2, 3, 7] {
            #expect(Reading(text, step: step) == whole, "step \(step)")
        }
    }

    @Test(arguments: smugglingCorpus)
    func refusesWhatCouldBeReadTwoWays(_ sample: Sample) {
        let reading = Reading(sample.text)
        #expect(reading.refusal == sample.refusal)
        #expect(reading.requests.isEmpty)
    }

    @Test func everyRefusalOfAStreamHasASample() {
        let outside: Set<HTTPRefusal> = [
            // Told by the connection around the parser, or by the limits test below.
            .requestTimeout, .truncated, .overloaded, .bodyTooLarge, .startLineTooLong,
            .fieldsTooLarge, .chunkOverheadTooLarge,
        ]
        let seen = Set(smugglingCorpus.map(\.refusal)).union(outside)
        #expect(Set(HTTPRefusal.allCases).subtracting(seen).isEmpty)
    }

    @Test func limitsHoldExactly() {
        var limits = HTTPLimits()
        limits.startLineBytesMax = 20
        limits.headBytesMax = 100
        limits.fieldCountMax = 2
        limits.bodyBytesMax = 4
        func refusal(_ text: String) -> HTTPRefusal? { Reading(text, limits: limits).refusal }
        let host = "host: x\r\n"
        #expect(refusal("GET /2345678 HTTP/1.1\r\n" + host + "\r\n") == .startLineTooLong)
        #expect(refusal("GET /234567 HTTP/1.1\r\n" + host + "\r\n") == nil)
        #expect(refusal("GET / HTTP/1.1\r\n" + host + "a: b\r\n\r\n") == nil)
        #expect(refusal("GET / HTTP/1.1\r\n" + host + "a: b\r\nc: d\r\n\r\n") == .fieldsTooLarge)
        // 16 for the start line, 9 for the host, 2 for the last line: 73 remain.
        func padded(_ count: Int) -> String {
            "GET / HTTP/1.1\r\n" + host + "a:" + String(repeating: "b", count: count - 4)
                + "\r\n\r\n"
        }
        #expect(refusal(padded(73)) == nil)
        #expect(refusal(padded(74)) == .fieldsTooLarge)
        limits.fieldLineBytesMax = 40
        #expect(refusal(padded(42)) == nil)
        #expect(refusal(padded(43)) == .fieldsTooLarge)
        #expect(refusal("PUT / HTTP/1.1\r\n" + host + "content-length: 4\r\n\r\nabcd") == nil)
        #expect(
            refusal("PUT / HTTP/1.1\r\n" + host + "content-length: 5\r\n\r\n") == .bodyTooLarge)
    }

    @Test func aRefusalIsForGood() {
        var parser = HTTPRequestParser()
        let bad = Array("GET /\n".utf8)
        #expect(throws: HTTPRefusal.bareLineFeed) { try parser.receive(bad.span) }
        let good = Array("GET / HTTP/1.1\r\nhost: x\r\n\r\n".utf8)
        #expect(throws: HTTPRefusal.bareLineFeed) { try parser.receive(good.span) }
    }

    /// Mutations of real requests under a fixed seed: never a trap, pieces never matter.
    @Test func survivesMutatedRequests() {
        var random = SplitMix(state: 0x7475_726e_7374_6f6e)
        for _ in 0..<3_000 {
            var bytes = Array(Self.corpus[Int(random.next() % UInt64(Self.corpus.count))].utf8)
            for _ in 0...(random.next() % 4) where !bytes.isEmpty {
                let index = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes[Int(random.next() % UInt64(bytes.count))], at: index)
                }
            }
            let step = Int(random.next() % 5) + 1
            #expect(Reading(bytes, step: step) == Reading(bytes, step: max(bytes.count, 1)))
        }
    }
}

/// SplitMix64: a seeded generator for tests that must repeat.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
