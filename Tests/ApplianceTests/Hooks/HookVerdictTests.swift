import HTTP
import Primitives
import Signaling
import Testing

@testable import Appliance

@Suite struct HookVerdictTests {
    @Test(arguments: [
        (UInt16(200), HookOutcome.delivered(isAccepted: true)),
        (204, .delivered(isAccepted: true)), (299, .delivered(isAccepted: true)),
        (301, .failed(retryAfter: nil)), (304, .failed(retryAfter: nil)),
        (400, .refused), (401, .refused), (404, .refused), (410, .refused),
        (408, .failed(retryAfter: nil)), (425, .failed(retryAfter: nil)),
        (429, .failed(retryAfter: nil)), (500, .failed(retryAfter: nil)),
        (503, .failed(retryAfter: nil)),
    ])
    func theStatusDecides(status: UInt16, outcome: HookOutcome) {
        #expect(HookVerdict.outcome(of: response(status, "")) == outcome)
    }

    @Test(arguments: [
        ("", true), ("ok", true), ("{}", true), ("{\"accepted\":true}", true), ("[1]", true),
        ("{\"accepted\":\"no\"}", true), ("{\"accepted\":false}", false),
        (" {\"x\":1,\"accepted\":false} ", false),
    ])
    func aPushIsAcceptedUnlessItIsRefused(body: String, isAccepted: Bool) {
        #expect(
            HookVerdict.outcome(of: response(200, body)) == .delivered(isAccepted: isAccepted))
    }

    @Test(arguments: [
        ("7", Seconds(7)), ("0", Seconds(0)), ("-1", nil), ("Sun, 06 Nov 1994 08:49:37 GMT", nil),
        ("99999999999", nil),
    ])
    func theServerSaysWhenToComeAgain(text: String, wait: Seconds?) {
        var response = response(503, "")
        response.fields.append(HTTPField("Retry-After", text))
        #expect(HookVerdict.outcome(of: response) == .failed(retryAfter: wait))
    }

    @Test(arguments: [
        (UInt16(200), "{\"callee\":\"bob\"}", "bob", true),
        (200, "{\"callee\":null}", nil, true), (404, "not found", nil, true),
        (200, "", nil, false), (200, "{}", nil, false), (200, "{\"callee\":\"\"}", nil, false),
        (200, "{\"callee\":7}", nil, false), (200, "\"bob\"", nil, false),
        (500, "{\"callee\":\"bob\"}", nil, false), (302, "{\"callee\":\"bob\"}", nil, false),
    ])
    func onlyAPlainAnswerNamesSomebody(
        status: UInt16, body: String, callee: String?, isSaid: Bool
    ) {
        let (found, said) = HookVerdict.callee(in: response(status, body))
        #expect(found == callee.map { UserID($0) })
        #expect(said == isSaid)
    }

    @Test func aNameHasABound() {
        let name = String(repeating: "x", count: HookRules.calleeBytesMax)
        #expect(
            HookVerdict.callee(in: response(200, "{\"callee\":\"\(name)\"}")).callee
                == UserID(name))
        #expect(HookVerdict.callee(in: response(200, "{\"callee\":\"\(name)x\"}")).callee == nil)
    }

    private func response(_ status: UInt16, _ body: String) -> HTTPResponse {
        HTTPResponse(HTTPStatus(rawValue: status), body: Array(body.utf8))
    }
}
