extension CommandTable {
    /// The daemon itself: start it, look at it.
    static let daemon = [serve, check, status]

    private static let serve = CommandSpec(
        "serve", operands: "[-c FILE | -n] [--KEY [VALUE]]...",
        about: "Run the relay until it is told to stop.",
        options: [
            OptionSpec("-c", value: "FILE", about: "Read this configuration file."),
            OptionSpec("-n", about: "Read no file; take everything from the command line."),
            OptionSpec("--KEY", value: "VALUE", about: "Any key of the file; wins over the file."),
        ],
        explanation: [
            "The file has the format of coturn's turnserver.conf, and a real one works as it is.",
            "Without -c the usual places are searched, /etc/turnstone/turnstone.conf first.",
            "SIGTERM or Ctrl-C ends it and frees every port.",
        ],
        examples: [
            "turnstone serve -c /etc/turnstone/turnstone.conf",
            "turnstone serve -n --listening-ip=127.0.0.1 --realm=test --user=alice:secret",
        ],
        takesEverything: true,
        read: { .serve($0.unread) })

    private static let check = CommandSpec(
        "check", operands: "FILE", count: 1...1,
        about: "Say what every line of a configuration file does.",
        options: [
            OptionSpec("--json", about: "Print the report as JSON."),
            OptionSpec("--strict", about: "Exit 1 when there are warnings."),
        ],
        explanation: [
            "Nothing is started or changed. Exits 0 when the daemon would start with the file,",
            "2 when it would not; with --strict also 1 when there are warnings.",
        ],
        examples: ["turnstone check /etc/turnserver.conf"],
        read: { parsed in
            .check(
                file: parsed.operands[0], json: parsed.has("--json"),
                strict: parsed.has("--strict"))
        })

    private static let status = CommandSpec(
        "status", about: "Show the daemon: listeners, ports, traffic, drops, warnings.",
        options: OptionSpec.watching + [.json, .socket],
        examples: ["turnstone status", "turnstone status --json"],
        read: { parsed throws(UsageError) in try .look(.status, parsed) })
}
