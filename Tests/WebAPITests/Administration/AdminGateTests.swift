import HTTP
import Primitives
import Signaling
import Testing

@testable import WebAPI

@Suite struct AdminGateTests {
    private var gate = AdminGate()
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private let home: IPAddress = IPAddress(198, 51, 100, 7)

    private func request(_ value: String? = nil) -> HTTPRequest {
        HTTPRequest(
            .get, HTTPTarget(segments: ["admin", "api", "v1", "status"]),
            fields: HTTPFields(value.map { [HTTPField("authorization", $0)] } ?? []))
    }

    private mutating func show(
        _ token: String, from client: IPAddress?, after seconds: UInt32 = 0
    ) -> AdminGate.Verdict {
        gate.judge(request("Bearer \(token)"), from: client, at: start + Seconds(seconds)) {
            $0 == "right"
        }
    }

    @Test mutating func onlyTheTokenOpens() {
        #expect(show("right", from: home) == .admitted)
        #expect(show("wrong", from: home) == .wrong(isFirst: true))
        #expect(gate.judge(request(), from: home, at: start) { _ in true } == .nameless)
        #expect(
            gate.judge(request("Basic right"), from: home, at: start) { _ in true }
                == .wrong(isFirst: false))
    }

    @Test("What is shown without a token costs nothing: a page asks before it has one")
    mutating func namelessIsFree() {
        for _ in 0..<1000 {
            #expect(gate.judge(request(), from: home, at: start) { _ in false } == .nameless)
        }
        #expect(show("right", from: home) == .admitted)
    }

    @Test("Ten guesses, then one in half a minute; also the right one is refused unseen")
    mutating func guessesOfANetworkAreBounded() {
        for guess in 0..<10 { #expect(show("wrong", from: home) == .wrong(isFirst: guess == 0)) }
        #expect(show("right", from: home) == .tooMany(retrySeconds: 30, isFirst: true))
        #expect(show("wrong", from: home) == .tooMany(retrySeconds: 30, isFirst: false))
        #expect(show("right", from: IPAddress(198, 51, 100, 8)) == .admitted)
        #expect(show("right", from: home, after: 31) == .admitted)
        #expect(show("wrong", from: home, after: 31) == .wrong(isFirst: false))
        #expect(show("wrong", from: home, after: 31) == .tooMany(retrySeconds: 30, isFirst: true))
    }

    @Test mutating func aHouseholdOfIPv6IsOneNetwork() throws {
        for host in 1...10 {
            let client = try #require(IPAddress("2001:db8:1:2::\(host)"))
            #expect(show("wrong", from: client) == .wrong(isFirst: host == 1))
        }
        let eleventh = try #require(IPAddress("2001:db8:1:2:ffff::1"))
        #expect(show("wrong", from: eleventh) == .tooMany(retrySeconds: 30, isFirst: true))
        let neighbour = try #require(IPAddress("2001:db8:1:3::1"))
        #expect(show("right", from: neighbour) == .admitted)
    }

    /// As many as all together have, each from a network of its own.
    private mutating func guessUp(_ network: UInt8, after seconds: UInt32 = 0) {
        for number in 0..<Int(AdminGate.totalMax) {
            let guesser = IPAddress(10, network, UInt8(number / 256), UInt8(number % 256))
            #expect(show("wrong", from: guesser, after: seconds) == .wrong(isFirst: true))
        }
    }

    @Test("Guesses of all are bounded; who showed the right token before is not held up by them")
    mutating func guessesOfAllAreBounded() {
        #expect(show("right", from: home) == .admitted)
        guessUp(0)
        let stranger = IPAddress(10, 1, 0, 1)
        // The log is told once a minute, however many come.
        #expect(show("right", from: stranger) == .tooManyInAll(retrySeconds: 1, isFirst: true))
        #expect(show("right", from: nil) == .tooManyInAll(retrySeconds: 1, isFirst: false))
        #expect(show("right", from: home) == .admitted)
        #expect(show("right", from: stranger, after: 1) == .admitted)
    }

    @Test("One network cannot use up what all have")
    mutating func oneNetworkLocksOutNobody() {
        for second in 0..<UInt32(3600) { _ = show("wrong", from: home, after: second) }
        #expect(show("right", from: IPAddress(198, 51, 100, 8), after: 3600) == .admitted)
    }

    @Test("After a day nobody is remembered, and no more than 64 networks are")
    mutating func memoryEnds() {
        for number in 0..<UInt8(AdminGate.knownMax + 1) {
            #expect(
                show("right", from: IPAddress(192, 0, 2, number), after: UInt32(number))
                    == .admitted)
        }
        guessUp(0, after: 100)
        let gone = show("right", from: IPAddress(192, 0, 2, 0), after: 100)
        #expect(gone == .tooManyInAll(retrySeconds: 1, isFirst: true))
        #expect(show("right", from: IPAddress(192, 0, 2, 1), after: 100) == .admitted)
        guessUp(1, after: 90_000)
        let late = show("right", from: IPAddress(192, 0, 2, 2), after: 90_000)
        #expect(late == .tooManyInAll(retrySeconds: 1, isFirst: true))
    }

    @Test("Guesses at /metrics count as well, and stay 404")
    func numbersAreNoOracle() throws {
        var settings = WebSettings()
        settings.adminTokens.add("admin", key: Rig.adminToken, signer: PlainSigner())
        let rig = Rig(settings: settings)
        let wrong = [HTTPField("authorization", "Bearer another")]
        for _ in 0..<10 { #expect(try rig.answer(.get, "/metrics", wrong).status == .notFound) }
        let right = [HTTPField("authorization", "Bearer \(Rig.adminToken)")]
        #expect(try rig.answer(.get, "/metrics", right).status == .notFound)
        rig.pass(30)
        let answer = try rig.answer(.get, "/metrics", right)
        #expect(answer.status == .ok)
        let text = String(decoding: answer.body, as: UTF8.self)
        #expect(text.contains("turnstone_admin_tokens_refused_total{cause=\"wrong\"} 10\n"))
        #expect(text.contains("turnstone_admin_tokens_refused_total{cause=\"held\"} 1\n"))
    }

    @Test("Behind a proxy guesses count for whom it names last, and hold up nobody else")
    func aProxyNamesWhoGuesses() throws {
        var settings = WebSettings()
        settings.adminTokens.add("admin", key: Rig.adminToken, signer: PlainSigner())
        let rig = Rig(settings: settings)
        rig.client = nil
        func ask(_ token: String, for client: String) throws -> HTTPStatus {
            try rig.answer(
                .get, "/metrics",
                [
                    HTTPField("authorization", "Bearer \(token)"),
                    HTTPField("x-forwarded-for", "192.0.2.1, \(client)"),
                ]
            ).status
        }
        for _ in 0..<10 { _ = try ask("another", for: "198.51.100.7") }
        #expect(try ask(Rig.adminToken, for: "198.51.100.7") == .notFound)
        #expect(try ask(Rig.adminToken, for: "198.51.100.8") == .ok)
    }
}
