extension CommandTable {
    /// What concerns the daemon as a whole.
    static let control = [refusals, metrics, logLevel, drain, reload, configShow]

    private static let refusals = CommandSpec(
        "refusals", about: "List whom the relay refused lately, and why.",
        options: [
            OptionSpec("--user", value: "NAME", about: "Only with this text in the user name."),
            OptionSpec("--client", value: "ADDRESS", about: "Only of this client, ADDRESS[:PORT]."),
            OptionSpec("--code", value: "CODE", about: "Only with this error code, such as 401."),
            OptionSpec("--limit", value: "N", about: "At most so many; 50 if not given."),
        ] + OptionSpec.watching + [.json, .socket],
        explanation: [
            "The last 256 kinds of refusals, the newest first; the same refusal of one address",
            "and user is one line with a count. A '?' behind the user: nobody proved to be it.",
            "The first, ordinary 401 of every client is no refusal and not among them.",
        ],
        examples: ["turnstone refusals --user alice", "turnstone refusals --code 486 --json"],
        read: { parsed throws(UsageError) in try .look(.refusals(try query(parsed)), parsed) })

    private static let metrics = CommandSpec(
        "metrics", about: "Print the metrics as Prometheus reads them.",
        options: [.socket],
        explanation: ["The same text as /metrics over HTTP, without a token."],
        examples: ["turnstone metrics"], read: { .ask(.metrics, $0) })

    private static let logLevel = CommandSpec(
        "log-level", operands: "[LEVEL]", count: 0...1,
        about: "Show how much is logged, or change it.",
        options: [.json, .socket],
        explanation: [
            "LEVEL is error, warning, info, verbose (every allocation and refusal) or debug. It",
            "holds until the next change, restart, or reload that changes the level in the file.",
        ],
        examples: ["turnstone log-level", "turnstone log-level verbose"],
        read: { parsed throws(UsageError) in
            guard let level = parsed.operands.first else { return .ask(.logLevel, parsed) }
            guard LogLevelReply.levels.contains(level) else {
                let levels = LogLevelReply.levels.joined(separator: ", ")
                throw parsed.error("'\(level.printable)' is none of \(levels)")
            }
            return .ask(.setLogLevel(level), parsed)
        })

    private static let drain = CommandSpec(
        "drain", about: "Take no new allocations and callers; what runs goes on.",
        options: [
            OptionSpec("--stop", about: "End the daemon when the last of them is gone."),
            OptionSpec("--undo", about: "Take new ones again."),
            .json, .socket,
        ],
        explanation: [
            "New allocations get 508. Callers are told to go elsewhere, over drain-timeout, and",
            "/readyz answers 503. Allocations go on for as long as their clients refresh them.",
        ],
        examples: ["turnstone drain --stop", "turnstone drain --undo"],
        read: { parsed throws(UsageError) in
            guard !parsed.has("--undo") || !parsed.has("--stop") else {
                throw parsed.error("--undo and --stop contradict each other")
            }
            return .ask(
                .drain(DrainOrder(isOn: !parsed.has("--undo"), stops: parsed.has("--stop"))),
                parsed)
        })

    private static let reload = CommandSpec(
        "reload", about: "Read the configuration again, and say what that changes.",
        options: [
            OptionSpec("--dry-run", about: "Only say what would change."),
            OptionSpec("-c", value: "FILE", about: "Take the admin socket of this configuration."),
            OptionSpec("--signal", value: "PID", about: "Send SIGHUP where no socket answers."),
            .json, .socket,
        ],
        explanation: [
            "Prints each line that differs, and what it costs: nothing, a restart, or sessions",
            "that end. What is not named loses no packet. A file with errors changes nothing.",
            "SIGHUP does the same, and prints to the log. Exits 2 when the file is not accepted.",
            "The daemon reads the file that it was started with; -c only says where it answers.",
        ],
        examples: [
            "turnstone reload --dry-run", "turnstone reload",
            "turnstone reload -c /etc/turnserver.conf",
        ],
        read: { parsed throws(UsageError) in
            let isRehearsal = parsed.has("--dry-run")
            let process = try parsed.number("--signal", in: 1...Int(Int32.max))
            guard !isRehearsal || process == nil else {
                throw parsed.error("--dry-run and --signal contradict each other")
            }
            var question = DaemonQuestion(
                request: .reload(isRehearsal: isRehearsal), socket: parsed.value("--socket"),
                json: parsed.has("--json"), command: parsed.command)
            question.file = parsed.value("-c")
            question.fallbackProcess = process.map { Int32($0) }
            return .ask(question)
        })

    private static let configShow = CommandSpec(
        "config", "show", about: "Show the configuration in force, secrets hidden.",
        options: [
            OptionSpec("--defaults", about: "Also the keys that nobody set."), .json, .socket,
        ],
        explanation: [
            "A key that waits for a restart is shown with the value that still holds."
        ],
        examples: ["turnstone config show --defaults"],
        read: { .ask(.configuration(withDefaults: $0.has("--defaults")), $0) })

    private static func query(_ parsed: ParsedArguments) throws(UsageError) -> RefusalQuery {
        let client = try parsed.value("--client", as: "ADDRESS or ADDRESS:PORT") {
            EndpointPattern($0)
        }
        return RefusalQuery(
            user: parsed.value("--user"), client: client,
            code: try parsed.number("--code", in: 300...699).map { UInt16($0) },
            limit: try parsed.number("--limit", in: 1...RefusalQuery.limitMax)
                ?? RefusalQuery.limitDefault)
    }
}
