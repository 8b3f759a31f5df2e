import HTTP
import Primitives
import Testing

@Suite struct HTTPServerStateMachineTests {
    typealias Action = HTTPServerStateMachine.Action

    static let request = "GET /a HTTP/1.1\r\nhost: x\r\n\r\n"

    func at(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    func drain(_ machine: inout HTTPServerStateMachine) -> [Action] {
        var actions: [Action] = []
        while let action = machine.nextAction() { actions.append(action) }
        return actions
    }

    func feed(
        _ machine: inout HTTPServerStateMachine, _ text: String, at now: MonotonicTime
    ) -> [Action] {
        machine.receive(Array(text.utf8).span, at: now)
        return drain(&machine)
    }

    func isRequest(_ actions: [Action], _ path: String) -> Bool {
        guard actions.count == 1, case .request(let request) = actions[0] else { return false }
        return request.target.segments == [path]
    }

    @Test func keepsTheConnectionAndAnswersPipelinedRequestsInTurn() {
        var machine = HTTPServerStateMachine(at: at(0))
        let two = Self.request + "GET /b HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        #expect(isRequest(feed(&machine, two, at: at(1)), "a"))
        #expect((machine.wantsInput) == false)
        #expect(machine.nextDeadline == .never)
        let ok = HTTPResponse(.ok)
        machine.respond(ok, at: at(2))
        #expect(drain(&machine) == [.send(ok.serialized(keepAlive: true))])
        machine.finishSend(at: at(3))
        #expect(isRequest(drain(&machine), "b"))
        machine.respond(ok, at: at(3))
        #expect(drain(&machine) == [.send(ok.serialized(keepAlive: false))])
        machine.finishSend(at: at(4))
        #expect(drain(&machine) == [.close])
        #expect(feed(&machine, Self.request, at: at(5)).isEmpty)
    }

    @Test func answersEveryRequestOfOneLargeRead() {
        var limits = HTTPLimits()
        limits.requestCountMax = .max
        var machine = HTTPServerStateMachine(limits: limits, at: at(0))
        let all = String(repeating: Self.request, count: 2_000)
        var answered = 0
        machine.receive(Array(all.utf8).span, at: at(0))
        while let action = machine.nextAction() {
            switch action {
            case .request: machine.respond(HTTPResponse(.ok), at: at(0))
            case .send:
                answered += 1
                machine.finishSend(at: at(0))
            case .refused, .upgraded, .endOutput, .close: Issue.record("ended by \(action)")
            }
        }
        #expect(answered == 2_000)
    }

    @Test func http10ClosesUnlessAsked() {
        var machine = HTTPServerStateMachine(at: at(0))
        _ = feed(&machine, "GET /a HTTP/1.0\r\n\r\n", at: at(0))
        machine.respond(HTTPResponse(.ok), at: at(0))
        #expect(drain(&machine) == [.send(HTTPResponse(.ok).serialized(keepAlive: false))])
        machine.finishSend(at: at(0))
        #expect(drain(&machine) == [.close])

        var asking = HTTPServerStateMachine(at: at(0))
        _ = feed(&asking, "GET /a HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n", at: at(0))
        asking.respond(HTTPResponse(.noContent), at: at(0))
        let kept = "HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n"
        #expect(drain(&asking) == [.send(Array(kept.utf8))])
        asking.finishSend(at: at(0))
        #expect((asking.wantsInput) == true)
    }

    @Test func aRefusalIsAnsweredAndCloses() {
        var machine = HTTPServerStateMachine(at: at(0))
        #expect(feed(&machine, "GET /\n", at: at(0)) == [.refused(.bareLineFeed)])
        let bad = HTTPResponse(.badRequest)
        machine.respond(bad, at: at(0))
        #expect(drain(&machine) == [.send(bad.serialized(keepAlive: false))])
        machine.finishSend(at: at(0))
        #expect(drain(&machine) == [.endOutput])
        #expect((machine.wantsInput) == true)
        machine.receiveEnd(at: at(0))
        #expect(drain(&machine) == [.close])
    }

    /// What comes behind a refused request is not answered, and not waited for without end.
    @Test func lingersWithinBounds() {
        var limits = HTTPLimits()
        limits.lingerBytesMax = 100
        func lingering() -> HTTPServerStateMachine {
            var machine = HTTPServerStateMachine(limits: limits, at: at(0))
            _ = feed(&machine, "GET /\n", at: at(0))
            machine.respond(HTTPResponse(.badRequest), at: at(0))
            machine.finishSend(at: at(1))
            _ = drain(&machine)
            return machine
        }
        var slow = lingering()
        #expect(feed(&slow, Self.request, at: at(1)).isEmpty)
        #expect(slow.nextDeadline == at(3))
        slow.tick(at: at(3))
        #expect(drain(&slow) == [.close])
        var fast = lingering()
        #expect(feed(&fast, String(repeating: "x", count: 99), at: at(1)).isEmpty)
        #expect(feed(&fast, "x", at: at(1)) == [.close])
        #expect((fast.wantsInput) == false)
    }

    @Test func aConnectionCarriesABoundedNumberOfRequests() {
        var limits = HTTPLimits()
        limits.requestCountMax = 2
        var machine = HTTPServerStateMachine(limits: limits, at: at(0))
        #expect(isRequest(feed(&machine, Self.request, at: at(0)), "a"))
        let ok = HTTPResponse(.ok)
        machine.respond(ok, at: at(0))
        #expect(drain(&machine) == [.send(ok.serialized(keepAlive: true))])
        machine.finishSend(at: at(0))
        #expect(isRequest(feed(&machine, Self.request + Self.request, at: at(0)), "a"))
        machine.respond(ok, at: at(0))
        #expect(drain(&machine) == [.send(ok.serialized(keepAlive: false))])
        machine.finishSend(at: at(0))
        #expect(drain(&machine) == [.endOutput])
    }

    @Test func finishingLetsTheLastAnswerOut() {
        var idle = HTTPServerStateMachine(at: at(0))
        idle.finish()
        #expect(drain(&idle) == [.close])

        var busy = HTTPServerStateMachine(at: at(0))
        _ = feed(&busy, Self.request + Self.request, at: at(0))
        busy.finish()
        let ok = HTTPResponse(.ok)
        busy.respond(ok, at: at(0))
        #expect(drain(&busy) == [.send(ok.serialized(keepAlive: false))])
        busy.finishSend(at: at(0))
        #expect(drain(&busy) == [.endOutput])

        var sending = HTTPServerStateMachine(at: at(0))
        _ = feed(&sending, Self.request + Self.request, at: at(0))
        sending.respond(ok, at: at(0))
        _ = drain(&sending)
        sending.finish()
        sending.finishSend(at: at(0))
        #expect(drain(&sending) == [.endOutput])
    }

    @Test func aRefusedHeadHasNoContent() {
        var machine = HTTPServerStateMachine(at: at(0))
        #expect(feed(&machine, "HEAD / HTTP/1.1\r\n\r\n", at: at(0)) == [.refused(.missingHost)])
        let bad = HTTPResponse(.badRequest, body: [1, 2])
        machine.respond(bad, at: at(0))
        #expect(drain(&machine) == [.send(bad.serialized(keepAlive: false, toHead: true))])
    }

    @Test func tellsTheDateItWasGiven() {
        var machine = HTTPServerStateMachine(at: at(0))
        machine.date = "Sun, 06 Nov 1994 08:49:37 GMT"
        _ = feed(&machine, Self.request, at: at(0))
        machine.respond(HTTPResponse(.noContent), at: at(0))
        let dated = "HTTP/1.1 204 No Content\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"
        #expect(drain(&machine) == [.send(Array(dated.utf8))])
    }

    @Test func asksForABodyThatIsHeldBackOnce() {
        var machine = HTTPServerStateMachine(at: at(0))
        let head = "PUT /a HTTP/1.1\r\nhost: x\r\nexpect: 100-Continue\r\ncontent-length: 2\r\n\r\n"
        let interim = HTTPResponse(.continue).serialized(keepAlive: true)
        #expect(feed(&machine, head, at: at(0)) == [.send(interim)])
        machine.finishSend(at: at(0))
        #expect(feed(&machine, "h", at: at(0)).isEmpty)
        #expect(isRequest(feed(&machine, "i", at: at(0)), "a"))
    }

    @Test func asksForChunksThatAreHeldBackUnlessTheyCame() {
        let head =
            "PUT /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
            + "transfer-encoding: chunked\r\n\r\n"
        let interim = HTTPResponse(.continue).serialized(keepAlive: true)
        var waiting = HTTPServerStateMachine(at: at(0))
        #expect(feed(&waiting, head, at: at(0)) == [.send(interim)])
        #expect(feed(&waiting, "1", at: at(0)).isEmpty)
        #expect(isRequest(feed(&waiting, "\r\nh\r\n0\r\n\r\n", at: at(0)), "a"))

        var eager = HTTPServerStateMachine(at: at(0))
        #expect(feed(&eager, head + "1", at: at(0)).isEmpty)

        var older = HTTPServerStateMachine(at: at(0))
        let without = "PUT /a HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n"
        #expect(feed(&older, without, at: at(0)).isEmpty)
    }

    /// No part can be dragged out by sending a byte now and then.
    @Test(arguments: ["content-length: 9\r\n\r\n", "transfer-encoding: chunked\r\n\r\n9\r\n"])
    func headAndBodyEachHaveADeadline(_ framing: String) {
        var machine = HTTPServerStateMachine(at: at(0))
        let head = "PUT /a HTTP/1.1\r\nhost: x\r\n"
        #expect(feed(&machine, head, at: at(1)).isEmpty)
        #expect(machine.nextDeadline == at(11))
        #expect(feed(&machine, framing, at: at(9)).isEmpty)
        #expect(machine.nextDeadline == at(29))
        #expect(feed(&machine, "abc", at: at(28)).isEmpty)
        #expect(machine.nextDeadline == at(29))
        machine.tick(at: at(29))
        #expect(drain(&machine) == [.refused(.requestTimeout)])
        machine.respond(HTTPResponse(.requestTimeout), at: at(29))
        machine.finishSend(at: at(29))
        machine.tick(at: at(31))
        #expect(drain(&machine).suffix(2) == [.endOutput, .close])
    }

    @Test func aSlowRequestEndsWith408AndAnIdleConnectionWithoutAWord() {
        var slow = HTTPServerStateMachine(at: at(0))
        #expect(feed(&slow, "GET", at: at(50)).isEmpty)
        #expect(slow.nextDeadline == at(60))
        #expect(feed(&slow, " /a", at: at(59)).isEmpty)
        slow.tick(at: at(59))
        #expect(drain(&slow).isEmpty)
        slow.tick(at: at(60))
        #expect(drain(&slow) == [.refused(.requestTimeout)])

        var idle = HTTPServerStateMachine(at: at(0))
        #expect(feed(&idle, "\r\n", at: at(30)).isEmpty)
        #expect(idle.nextDeadline == at(60))
        idle.tick(at: at(60))
        #expect(drain(&idle) == [.close])
        #expect(idle.nextDeadline == .never)
    }

    @Test func aClientThatDoesNotReadIsCutOff() {
        var machine = HTTPServerStateMachine(at: at(0))
        _ = feed(&machine, Self.request, at: at(0))
        machine.respond(HTTPResponse(.ok), at: at(5))
        _ = drain(&machine)
        #expect(machine.nextDeadline == at(15))
        machine.tick(at: at(15))
        #expect(drain(&machine) == [.close])
    }

    @Test func aLargeResponseHasItsTime() {
        var machine = HTTPServerStateMachine(at: at(0))
        _ = feed(&machine, Self.request, at: at(0))
        let body = [UInt8](repeating: 0, count: 100 * HTTPLimits.sendBytesPerSecondMin)
        machine.respond(HTTPResponse(.ok, body: body), at: at(5))
        #expect(machine.nextDeadline == at(115))
    }

    @Test func whatComesAheadIsBounded() {
        var limits = HTTPLimits()
        limits.aheadBytesMax = 4
        var machine = HTTPServerStateMachine(limits: limits, at: at(0))
        #expect(isRequest(feed(&machine, Self.request + "GET ", at: at(0)), "a"))
        #expect(feed(&machine, "/", at: at(0)) == [.close])
        machine.respond(HTTPResponse(.ok), at: at(0))
        #expect(drain(&machine).isEmpty)
    }

    @Test func anEndInsideARequestIsTruncationAndBetweenRequestsAClose() {
        var inside = HTTPServerStateMachine(at: at(0))
        _ = feed(&inside, "GET /a", at: at(0))
        inside.receiveEnd(at: at(0))
        #expect(drain(&inside) == [.refused(.truncated)])

        var after = HTTPServerStateMachine(at: at(0))
        _ = feed(&after, Self.request, at: at(0))
        after.receiveEnd(at: at(0))
        #expect(drain(&after).isEmpty)
        after.respond(HTTPResponse(.ok), at: at(0))
        #expect(drain(&after).count == 1)
        after.finishSend(at: at(0))
        #expect(drain(&after) == [.close])
    }

    @Test func anOverloadedServerAnswersBeforeReading() {
        var machine = HTTPServerStateMachine(at: at(0))
        machine.refuse(.overloaded)
        #expect(drain(&machine) == [.refused(.overloaded)])
        #expect((machine.wantsInput) == false)
    }
}
@Suite struct HTTPServerStateMachineUpgradeTests {
    private let now = MonotonicTime(nanoseconds: 0)

    private static let request =
        "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: keep-alive, Upgrade\r\n"
        + "upgrade: WebSocket\r\n\r\n"

    private func drain(
        _ machine: inout HTTPServerStateMachine
    ) -> [HTTPServerStateMachine.Action] {
        var actions: [HTTPServerStateMachine.Action] = []
        while let action = machine.nextAction() { actions.append(action) }
        return actions
    }

    private func asked(_ text: String) throws -> HTTPRequest {
        try #require(Reading(text).requests.first)
    }

    @Test func anUpgradeIsAnOrdinaryRequestUntilItIsTaken() throws {
        var machine = HTTPServerStateMachine(at: now)
        machine.receive(Array((Self.request + "\u{1}\u{2}").utf8).span, at: now)
        let request = try asked(Self.request)
        #expect(drain(&machine) == [.request(request)])
        #expect(request.asksForUpgrade(to: "websocket"))
        // What comes before the driver decides is not lost either.
        machine.receive([3].span, at: now)
        machine.switchProtocols([HTTPField("upgrade", "websocket")], at: now)
        let head =
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n"
        #expect(drain(&machine) == [.send(Array(head.utf8)), .upgraded([1, 2, 3])])
        machine.finishSend(at: now)
        machine.receive(Array(Self.request.utf8).span, at: now)
        machine.receiveEnd(at: now)
        machine.tick(at: .never)
        machine.finish()
        #expect(drain(&machine).isEmpty)
        #expect((machine.wantsInput) == false)
        #expect(machine.nextDeadline == .never)
    }

    @Test func behindPipelinedRequestsOnlyTheRestIsLeftOver() {
        var machine = HTTPServerStateMachine(at: now)
        let first = "GET /a HTTP/1.1\r\nhost: x\r\n\r\n"
        machine.receive(Array((first + Self.request + "rest").utf8).span, at: now)
        machine.respond(HTTPResponse(.ok), at: now)
        machine.finishSend(at: now)
        machine.switchProtocols([HTTPField("upgrade", "websocket")], at: now)
        #expect(drain(&machine).last == .upgraded(Array("rest".utf8)))
    }

    @Test func aRefusedUpgradeKeepsTheConnection() {
        var machine = HTTPServerStateMachine(at: now)
        machine.receive(Array(Self.request.utf8).span, at: now)
        _ = drain(&machine)
        let refusal = HTTPResponse(
            .upgradeRequired, fields: [HTTPField("upgrade", "websocket")])
        machine.respond(refusal, at: now)
        let head =
            "HTTP/1.1 426 Upgrade Required\r\nupgrade: websocket\r\ncontent-length: 0\r\n"
            + "connection: Upgrade\r\n\r\n"
        #expect(drain(&machine) == [.send(Array(head.utf8))])
        machine.finishSend(at: now)
        machine.switchProtocols([HTTPField("upgrade", "websocket")], at: now)
        #expect(drain(&machine).isEmpty)
        #expect((machine.wantsInput) == true)
    }

    @Test(arguments: [
        "GET / HTTP/1.0\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nupgrade: websocket\r\n\r\n",
    ])
    func anUpgradeThatWasNotMeantForUsIsNone(_ text: String) throws {
        #expect(try !asked(text).asksForUpgrade(to: "websocket"))
    }
}
