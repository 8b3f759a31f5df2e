import HTTP
import JSON
import Primitives
import Signaling
import Testing

@testable import WebAPI

@Suite struct CallLimitsTests {
    @Test("A user opens five calls in ten seconds, and is told when to come back")
    func users() throws {
        let rig = Rig(hasCalls: true)
        for _ in 0..<5 { _ = try rig.open(Desk.token("alice")) }
        let refused = try rig.answer(.post, "/apiv2/calls", Desk.token("alice"))
        #expect(refused.status == .tooManyRequests)
        #expect(refused.fields["retry-after"] == "2")
        // Others, joins and servers have their own.
        let id = try rig.open(Desk.token("bob"))
        #expect(
            try rig.answer(.post, "/apiv2/calls/\(id)/join", Desk.token("alice")).status == .ok)
        for _ in 0..<50 { _ = try rig.open(Rig.bearer) }
        rig.pass(2)
        _ = try rig.open(Desk.token("alice"))
    }

    @Test("Joins are counted as well, whatever comes of them")
    func joins() throws {
        let rig = Rig(hasCalls: true)
        for _ in 0..<5 {
            let answer = try rig.answer(.post, "/apiv2/calls/x/join", Desk.token("alice"))
            #expect(answer.status == .notFound)
        }
        let refused = try rig.answer(.post, "/apiv2/calls/x/join", Desk.token("alice"))
        #expect(refused.status == .tooManyRequests)
        #expect(try refused.json["error"]?["code"] == "rate_limited")
    }

    @Test("A server has 200 tokens made at once and 20 a second")
    func servers() {
        var limits = CallLimits()
        func take(_ seconds: UInt64) -> Int? {
            let now = MonotonicTime(nanoseconds: (1_000 + seconds) * 1_000_000_000)
            return limits.take(.mint, by: .server("app"), at: now)
        }
        for _ in 0..<200 { #expect(take(0) == nil) }
        #expect(take(0) == 1)
        for _ in 0..<20 { #expect(take(1) == nil) }
        #expect(take(1) == 1)
    }

    @Test("Too many calls of one user at once are refused with a time to come back")
    func liveCalls() throws {
        let rig = Rig(hasCalls: true)
        for _ in 0..<16 {
            _ = try rig.open(Desk.token("alice"))
            rig.pass(3)
        }
        let refused = try rig.answer(.post, "/apiv2/calls", Desk.token("alice"))
        #expect(refused.status == .tooManyRequests)
        #expect(try refused.json["error"]?["code"] == "too_many_calls")
        #expect(refused.fields["retry-after"] == "10")
    }
}
