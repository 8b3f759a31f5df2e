import FoundationEssentials
import Testing

@testable import Admin

@Suite struct CommandTests {
    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    private func request(_ line: String) throws -> AdminRequest {
        guard case .ask(let question) = try Command(words(line)) else {
            throw UsageError("'\(line)' asks the daemon nothing")
        }
        return question.request
    }

    private func complaint(_ line: String) -> String? {
        do throws(UsageError) {
            _ = try Command(words(line))
            return nil
        } catch {
            return error.text
        }
    }

    private static let id = AllocationName(worker: 0, slot: 17, generation: 3)

    @Test func readsEachQuestion() throws {
        #expect(try request("status") == .status)
        #expect(try request("allocations list") == .allocations(AllocationFilter()))
        #expect(
            try request("allocations list --user a:b --client=192.0.2.1 --peer [::1]:5 --limit 7")
                == .allocations(
                    AllocationFilter(
                        user: "a:b", client: EndpointPattern("192.0.2.1"),
                        peer: EndpointPattern("[::1]:5"), limit: 7)))
        #expect(try request("allocations show 0-17-3") == .allocation(Self.id))
        #expect(try request("allocations kill 0-17-3") == .kill(KillOrder(.allocation(Self.id))))
        #expect(
            try request("allocations kill --user alice --ban 10m")
                == .kill(KillOrder(.user("alice"), banSeconds: 600)))
        var old = AllocationFilter(client: EndpointPattern("192.0.2.1"))
        old.olderThan = 7_200
        #expect(
            try request("allocations kill --client 192.0.2.1 --older-than 2h")
                == .kill(KillOrder(.matching(old))))
        old.youngerThan = 9_000
        #expect(
            try request("allocations list --client 192.0.2.1 --older-than 2h --younger-than 9000")
                == .allocations(old))
        #expect(try request("credentials issue") == .issueCredential(CredentialOrder()))
        #expect(try request("reports list") == .reports)
        #expect(try request("reports show 7") == .report(7))
        #expect(
            try request("credentials issue --user x --ttl 1h")
                == .issueCredential(CredentialOrder(user: "x", ttlSeconds: 3_600)))
    }

    @Test func readsQuestionsAboutCallers() throws {
        #expect(try request("calls list") == .calls(CallQuery()))
        #expect(
            try request("calls list --user alice --state ringing --limit 5")
                == .calls(CallQuery(user: "alice", state: "ringing", limit: 5)))
        #expect(try request("calls show 6N/nX") == .call("6N/nX"))
        #expect(try request("calls end -- -6NnX") == .endCall("-6NnX"))
        #expect(try request("sessions list --user a") == .sessions(SessionQuery(user: "a")))
        #expect(try request("sessions kick s1") == .kick(.session("s1")))
        #expect(try request("sessions kick -ToOogfYxZrK") == .kick(.session("-ToOogfYxZrK")))
        #expect(try request("sessions kick --user a") == .kick(.user("a")))
        #expect(
            try request("users --by rate --limit 3")
                == .users(UserQuery(order: .rate, limit: 3)))
    }

    @Test func readsQuestionsAboutTheDaemon() throws {
        #expect(
            try request("credentials explain 5:a --password p --realm r")
                == .explainCredential(
                    CredentialQuestion(username: "5:a", password: "p", realm: "r")))
        #expect(try request("credentials revoke 5:a") == .revokeCredential("5:a"))
        #expect(
            try request("refusals --code 486 --client ::1")
                == .refusals(RefusalQuery(client: EndpointPattern("::1"), code: 486)))
        #expect(try request("metrics") == .metrics)
        #expect(try request("log-level") == .logLevel)
        #expect(try request("log-level debug") == .setLogLevel("debug"))
        #expect(try request("drain --stop") == .drain(DrainOrder(stops: true)))
        #expect(try request("drain --undo") == .drain(DrainOrder(isOn: false)))
        #expect(try request("reload --dry-run") == .reload(isRehearsal: true))
        #expect(complaint("reload --dry-run --signal 5") != nil)
        #expect(complaint("reload --signal 0") != nil)
        #expect(try request("config show") == .configuration(withDefaults: false))
        #expect(complaint("log-level loud") != nil)
        #expect(complaint("drain --stop --undo") != nil)
    }

    @Test func readsWhereToAskAndHowToAnswer() throws {
        guard case .ask(let question) = try Command(words("status --socket /a --json")) else {
            Issue.record("not a question")
            return
        }
        #expect(question.socket == "/a")
        #expect(question.json)
        guard case .ask(let reload) = try Command(words("reload -c /f --signal 5")) else {
            Issue.record("not a question")
            return
        }
        #expect(reload.request == .reload(isRehearsal: false) && reload.socket == nil)
        #expect(reload.file == "/f" && reload.fallbackProcess == 5)
    }

    @Test func readsTheCommandsWithoutADaemon() throws {
        #expect(try Command(["--version"]) == .version)
        #expect(
            try Command(words("check --strict -- --json"))
                == .check(file: "--json", json: false, strict: true))
        #expect(
            try Command(words("serve -c f --realm=x --verbose"))
                == .serve(words("-c f --realm=x --verbose")))
        #expect(try Command(["serve"]) == .serve([]))
    }

    @Test(arguments: [
        ("", "say what to do, such as 'turnstone status'\nTry 'turnstone --help'."),
        ("stats", "there is no command 'stats'; did you mean 'status'?\nTry 'turnstone --help'."),
        ("frobnicate", "there is no command 'frobnicate'\nTry 'turnstone --help'."),
        (
            "allocations",
            "allocations what? list, show, watch, kill\nTry 'turnstone allocations --help'."
        ),
        (
            "allocations kil",
            "there is no command 'allocations kil'; did you mean 'kill'?\n"
                + "Try 'turnstone allocations --help'."
        ),
        (
            "status --sockets /a",
            "unknown option '--sockets'; did you mean --socket?\nTry 'turnstone status --help'."
        ),
        (
            "status --socket",
            "--socket needs a value: --socket PATH\nTry 'turnstone status --help'."
        ),
        ("status --json=1", "--json takes no value\nTry 'turnstone status --help'."),
        ("status --json --json", "--json is given twice\nTry 'turnstone status --help'."),
        ("status now", "'now' is one word too many\nTry 'turnstone status --help'."),
        ("check", "check needs FILE\nTry 'turnstone check --help'."),
        (
            "allocations show 17",
            "'17' is no allocation id; they look like 0-17-3, see 'turnstone allocations list'\n"
                + "Try 'turnstone allocations show --help'."
        ),
        (
            "allocations kill",
            "say what to end: an ID, --user NAME, or another filter\n"
                + "Try 'turnstone allocations kill --help'."
        ),
        (
            "allocations kill 0-17-3 --user a",
            "name an ID or a filter, not both\nTry 'turnstone allocations kill --help'."
        ),
        (
            "allocations kill --user a --ban 2d",
            "--ban takes seconds, or 10m, 2h, 1d, at most 86400 seconds, not '2d'\n"
                + "Try 'turnstone allocations kill --help'."
        ),
        (
            "credentials issue --ttl 0",
            "--ttl takes seconds, or 10m, 2h, 1d, at most 2678400 seconds, not '0'\n"
                + "Try 'turnstone credentials issue --help'."
        ),
        (
            "calls list --state dead",
            "--state takes one of waiting, ringing, answered, active, reconnecting, ended, "
                + "not 'dead'\nTry 'turnstone calls list --help'."
        ),
        (
            "sessions kick",
            "say whom to kick: an ID, or --user NAME\nTry 'turnstone sessions kick --help'."
        ),
        (
            "users --by name",
            "--by takes one of rate, traffic, allocations, sessions, not 'name'\n"
                + "Try 'turnstone users --help'."
        ),
    ])
    func saysWhatIsWrong(_ line: String, _ expected: String) {
        #expect(complaint(line) == "turnstone: " + expected)
    }

    @Test func aKillByUserIsNeverByAnEmptyName() {
        #expect(complaint("allocations kill --user=") != nil)
        #expect(complaint("allocations kill --older-than 1h --ban 1h") != nil)
        #expect(complaint("credentials issue --user=") != nil)
    }

    @Test(arguments: CommandTable.all.map(\.name))
    func everyCommandExplainsItself(_ name: String) throws {
        for line in ["\(name) --help", "\(name) -h", "help \(name)", "--help \(name)"] {
            guard case .help(let text) = try Command(words(line)) else {
                Issue.record("no help for '\(line)'")
                continue
            }
            #expect(text.hasPrefix("Usage: turnstone \(name)"))
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
        }
    }

    @Test(arguments: CommandTable.all.flatMap(\.examples))
    func everyExampleIsAccepted(_ example: String) throws {
        // What the shell takes for itself: a pipe, a file.
        let line = words(example).prefix { !$0.hasPrefix("|") && !$0.hasPrefix(">") }
        #expect(line[0] == "turnstone")
        _ = try Command(Array(line.dropFirst()))
    }

    @Test func everyDocumentedCommandIsAccepted() throws {
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast(3).joined(separator: "/")
        let data = try #require(FileManager.default.contents(atPath: root + "/docs/admin.md"))
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("$ turnstone ") }
        #expect(lines.count >= 6)
        for line in lines { _ = try Command(words(String(line.dropFirst(12)))) }
    }

    @Test func theOverviewNamesEveryCommandAndExitCode() throws {
        guard case .help(let text) = try Command(["--help"]) else {
            Issue.record("no help")
            return
        }
        for spec in CommandTable.all { #expect(text.contains("  \(spec.name)  ")) }
        for code in 0...3 { #expect(text.contains("\(code) ")) }
    }
}
