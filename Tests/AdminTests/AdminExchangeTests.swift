import HTTP
import Primitives
import Testing

@testable import Admin

/// The command line and the socket, joined in memory.
@Suite struct AdminExchangeTests {
    private static let id = AllocationName(worker: 1, slot: 17, generation: 3)

    private static let sorted: AllocationFilter = {
        var filter = AllocationFilter(limit: 40)
        filter.order = .drops
        return filter
    }()

    private static let aged: AllocationFilter = {
        var filter = AllocationFilter(user: "alice")
        filter.olderThan = 60
        filter.youngerThan = 7_200
        return filter
    }()

    private static let requests: [AdminRequest] = [
        .status,
        .allocations(AllocationFilter()),
        .allocations(
            AllocationFilter(
                id: id, user: "a&b=c/\u{e4} +%", client: EndpointPattern("[2001:db8::1]:9"),
                peer: EndpointPattern("2001:db8::2"), limit: 7)),
        .allocations(sorted),
        .allocation(id),
        .kill(KillOrder(.allocation(id))),
        .kill(KillOrder(.allocation(id), banSeconds: 60)),
        .kill(KillOrder(.user("1700000000:a b"), banSeconds: 1)),
        .kill(KillOrder(.matching(aged))),
        .allocations(aged),
        .issueCredential(CredentialOrder()),
        .issueCredential(CredentialOrder(user: "al\"ice\u{e4}", ttlSeconds: 5)),
        .calls(CallQuery()),
        .calls(CallQuery(user: "a&b", state: "ringing", limit: 3)),
        .call("a/b ?\u{e4}"),
        .endCall("6NnX"),
        .sessions(SessionQuery()),
        .sessions(SessionQuery(user: "a b", limit: 9)),
        .kick(.session("s/1")),
        .kick(.user("a+b")),
        .users(UserQuery()),
        .users(UserQuery(order: .rate, limit: 1)),
        .reports,
        .report(7),
        .explainCredential(CredentialQuestion(username: "5:a\"b")),
        .explainCredential(CredentialQuestion(username: "a", password: "p+/=", realm: "\u{e4}")),
        .revokeCredential("5:a/b"),
        .refusals(RefusalQuery()),
        .refusals(
            RefusalQuery(user: "a b", client: EndpointPattern("[::1]:5"), code: 486, limit: 7)),
        .metrics, .logLevel, .setLogLevel("debug"),
        .drain(DrainOrder()), .drain(DrainOrder(stops: true)), .drain(DrainOrder(isOn: false)),
        .reload(isRehearsal: true), .reload(isRehearsal: false),
        .configuration(withDefaults: false), .configuration(withDefaults: true),
    ]

    @Test(arguments: requests)
    func theDaemonReadsWhatTheCommandLineAsks(_ request: AdminRequest) throws {
        var parser = HTTPRequestParser()
        _ = try parser.receive(AdminClient.bytes(for: request).span)
        let taken = parser.takeRequest()
        let http = try #require(taken)
        #expect(try AdminRouter.route(http) == request)
    }

    private func ask(
        _ request: AdminRequest, json: Bool = false, step: Int = 7
    ) -> CommandOutput? {
        let now = MonotonicTime(nanoseconds: 0)
        var exchange = AdminExchange(DaemonQuestion(request: request, json: json))
        var connection = AdminConnection(at: now)
        var service = FakeService()
        connection.receive(exchange.request.span, at: now)
        while let action = connection.nextAction() {
            switch action {
            case .perform(let request): connection.answer(service.answer(request), at: now)
            case .close: return exchange.receive([])
            case .send(let bytes):
                var rest = bytes[...]
                while !rest.isEmpty {
                    if let output = exchange.receive(Array(rest.prefix(step))) { return output }
                    rest = rest.dropFirst(step)
                }
                connection.finishSend(at: now)
            }
        }
        return nil
    }

    @Test func answersBecomeTables() throws {
        let list = try #require(ask(.allocations(AllocationFilter(user: "bob"))))
        #expect(list.code == .success)
        #expect(list.text?.contains("0-2-1") == true)
        #expect(list.text?.hasSuffix("\n\n1 allocation.") == true)
        let kill = try #require(ask(.kill(KillOrder(.user("alice"), banSeconds: 60))))
        #expect(kill.text == "Ended 1 allocation.")
        #expect(try #require(ask(.status)).text?.hasPrefix("Turnstone") == true)
        #expect(
            try #require(ask(.issueCredential(CredentialOrder()))).text?
                .contains("c2VjcmV0IG9mIGEgdGVzdA==") == true)
    }

    @Test func anAnswerMayBringAnExitCode() throws {
        let question = AdminRequest.explainCredential(CredentialQuestion(username: "a"))
        #expect(try #require(ask(question)).code == .failure)
        #expect(try #require(ask(question, json: true)).code == .failure)
        #expect(try #require(ask(.reload(isRehearsal: true))).code == .success)
        #expect(try #require(ask(.metrics)).text == "# TYPE a gauge\na 1")
    }

    @Test func jsonIsPassedOnAsItCame() throws {
        let output = try #require(ask(.allocation(Self.id), json: true, step: 1))
        let body = AdminJSON.response(to: .allocation(Samples.allocation)).body
        #expect(
            output == CommandOutput(text: String(decoding: body, as: UTF8.self), code: .success))
    }

    @Test func aRefusalIsOneSentenceAndExitCodeOne() throws {
        let none = AllocationName(worker: 0, slot: 0, generation: 0)
        #expect(
            ask(.allocation(none))
                == CommandOutput(
                    error: "turnstone: no allocation 0-0-0; it may have ended meanwhile",
                    code: .failure))
        let json = try #require(ask(.allocation(none), json: true))
        #expect(json.text?.contains(#""code":"no-such-allocation""#) == true)
        #expect(json.code == .failure)
    }

    @Test(arguments: [
        ("SSH-2.0-OpenSSH\r\n\r\n", "what answers is no Turnstone daemon (malformed-start-line)"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{",
            "the daemon hung up before its answer was whole"
        ),
        (
            "HTTP/1.1 500 \r\ncontent-length: 0\r\n\r\n",
            "the daemon answered 500 Internal Server Error"
        ),
    ])
    func aStrangeAnswerIsNamed(_ answer: String, _ message: String) {
        var exchange = AdminExchange(DaemonQuestion(request: .status, json: false))
        let output = exchange.receive(Array(answer.utf8)) ?? exchange.receive([])
        #expect(output == CommandOutput(error: "turnstone: " + message, code: .failure))
    }

    @Test func anAnswerOfAnotherSchemaIsNotShownHalf() {
        var exchange = AdminExchange(DaemonQuestion(request: .status, json: false))
        let body = #"{"schema":9}"#
        let answer = HTTPResponse(.ok, body: Array(body.utf8)).serialized(keepAlive: false)
        let output = exchange.receive(answer)
        #expect(output?.code == .failure)
        #expect(output?.error?.contains("another version") == true)
    }

    @Test func noDaemonNamesTheSocketTheReasonAndTheWayOut() {
        let output = CommandOutput.unreachable(socket: "/run/x.sock", reason: "Connection refused")
        #expect(output.code == .unreachable)
        #expect(
            output.error
                == "turnstone: no daemon answers at /run/x.sock: Connection refused; start it "
                + "with 'systemctl start turnstone' or 'turnstone serve', or name another socket "
                + "with --socket")
        let forbidden = CommandOutput.unreachable(
            socket: "/run/x.sock", reason: "Permission denied", forbidden: true)
        #expect(forbidden.error?.contains("run this as root") == true)
    }
}
