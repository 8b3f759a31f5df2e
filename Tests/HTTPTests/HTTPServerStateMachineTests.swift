import HTTP
import Primitives
import Testing

@Suite struct HTTPServerStateMachineTests {
    private typealias Action = HTTPServerStateMachine.Action

    private static let request = "GET /a HTTP/1.1\r\nhost: x\r\n\r\n"

    private func at(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    private func drain(_ machine: inout HTTPServerStateMachine) -> [Action] {
        var actions: [Action] = []
        while let action = machine.nextAction() { actions.append(action) }
        return actions
    }

    private func feed(
        _ machine: inout HTTPServerStateMachine, _ text: String, at now: MonotonicTime
    ) -> [Action] {
        machine.receive(Array(text.utf8).span, at: now)
        return drain(&machine)
    }

    private func isRequest(_ actions: [Action], _ path: String) -> Bool {
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
        var machine = HTTPServerStateMachine(at: at(0))
        let all = String(repeating: Self.request, count: 2_000)
        var answered = 0
        machine.receive(Array(all.utf8).span, at: at(0))
        while let action = machine.nextAction() {
            switch action {
            case .request: machine.respond(HTTPResponse(.ok), at: at(0))
            case .send:
                answered += 1
                machine.finishSend(at: at(0))
            case .refused, .close: Issue.record("ended by \(action)")
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
    }

    @Test func aRefusalIsAnsweredAndCloses() {
        var machine = HTTPServerStateMachine(at: at(0))
        #expect(feed(&machine, "GET /\n", at: at(0)) == [.refused(.bareLineFeed)])
        let bad = HTTPResponse(.badRequest)
        machine.respond(bad, at: at(0))
        #expect(drain(&machine) == [.send(bad.serialized(keepAlive: false))])
        machine.finishSend(at: at(0))
        #expect(drain(&machine) == [.close])
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
