import HTTP
import Primitives
import Testing

@testable import Admin

@Suite struct AdminConnectionTests {
    private let now = MonotonicTime(nanoseconds: 0)

    /// Plays a whole conversation and returns every byte the client would read.
    private func converse(_ text: String, with service: inout FakeService) -> String {
        var connection = AdminConnection(at: now)
        connection.receive(Array(text.utf8).span, at: now)
        connection.receiveEnd(at: now)
        var output: [UInt8] = []
        while let action = connection.nextAction() {
            switch action {
            case .perform(let request): connection.answer(service.answer(request), at: now)
            case .send(let bytes):
                output += bytes
                connection.finishSend(at: now)
            case .close: return String(decoding: output, as: UTF8.self)
            }
        }
        return "the connection was left open"
    }

    private func get(_ path: String, _ method: String = "GET") -> String {
        var service = FakeService()
        return converse("\(method) \(path) HTTP/1.1\r\nHost: x\r\n\r\n", with: &service)
    }

    @Test func answersWithJsonThatNoCacheKeeps() {
        let answer = get("/v1/allocations?user=bob")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("\r\ncontent-type: application/json\r\n"))
        #expect(answer.contains("\r\ncache-control: no-store\r\n"))
        #expect(answer.contains("\"matched\":1,\"schema\":1}"))
        #expect(answer.contains("\"id\":\"0-2-1\""))
    }

    @Test func answersSeveralRequestsInOrder() {
        var service = FakeService()
        let answer = converse(
            "DELETE /v1/allocations/1-17-3?ban=60 HTTP/1.1\r\nHost: x\r\n\r\n"
                + "GET /v1/allocations/1-17-3 HTTP/1.1\r\nHost: x\r\n\r\n", with: &service)
        let id = AllocationName(worker: 1, slot: 17, generation: 3)
        #expect(service.orders == [KillOrder(.allocation(id), banSeconds: 60)])
        #expect(answer.contains(#"{"banSeconds":0,"killed":1,"schema":1}"#))
        #expect(answer.contains("HTTP/1.1 404 Not Found\r\n"))
        #expect(
            answer.hasSuffix(
                #"{"error":{"code":"no-such-allocation","message":"no allocation 1-17-3; "#
                    + #"it may have ended meanwhile"},"schema":1}"#))
    }

    @Test func killingAUserWithoutAllocationsSucceeds() {
        let answer = get("/v1/allocations?user=nobody&ban=5", "DELETE")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains(#""killed":0"#))
    }

    @Test(arguments: [
        ("/v1/nothing", "GET", "404 Not Found", "not-found"),
        ("/v1/status", "DELETE", "405 Method Not Allowed", "method-not-allowed"),
        ("/v1/status?x=1", "GET", "400 Bad Request", "bad-parameter"),
        ("/v1/status", "BREW", "501 Not Implemented", "bad-request"),
        ("/..", "GET", "400 Bad Request", "bad-request"),
    ])
    func refusalsHaveOneForm(_ path: String, _ method: String, _ status: String, _ code: String) {
        let answer = get(path, method)
        #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
        #expect(answer.contains("{\"error\":{\"code\":\"\(code)\""))
        #expect(answer.contains("\r\nallow: GET, HEAD\r\n") == (code == "method-not-allowed"))
    }

    @Test func aCredentialWithoutASecretIsAConflict() {
        var service = FakeService(canIssue: false)
        let answer = converse(
            "POST /v1/credentials HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", with: &service)
        #expect(answer.hasPrefix("HTTP/1.1 409 Conflict\r\n"))
        #expect(answer.contains(#""code":"not-configured""#))
    }

    @Test func headIsAnsweredWithoutABody() {
        let answer = get("/v1/status", "HEAD")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test(arguments: [
        (AdminRefusal.Code.unavailable, "503 Service Unavailable"), (.forbidden, "403 Forbidden"),
    ])
    func aClientTurnedAwayIsToldWhy(_ code: AdminRefusal.Code, _ status: String) {
        var connection = AdminConnection(at: now)
        connection.turnAway(AdminRefusal(code, "why"))
        guard case .send(let bytes) = connection.nextAction() else {
            Issue.record("nothing was sent")
            return
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 \(status)\r\n"))
        #expect(text.contains("\"message\":\"why\""))
    }

    @Test func nothingIsReadWhileARequestIsCarriedOut() {
        var connection = AdminConnection(at: now)
        connection.receive(Array("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n".utf8).span, at: now)
        #expect(connection.nextAction() == .perform(.status))
        #expect(connection.nextAction() == nil)
        let wants = connection.wantsInput
        #expect(!wants)
    }
}
