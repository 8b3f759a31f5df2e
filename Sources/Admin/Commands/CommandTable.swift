/// Every command of the program. Help, parsing and their tests read this table.
enum CommandTable {
    static let help = OptionSpec("--help", "-h", about: "Explain this and stop.")

    private static let json = OptionSpec(
        "--json", about: "Print the daemon's JSON instead of a table.")

    private static let socket = OptionSpec(
        "--socket", value: "PATH", about: "The daemon's admin socket.")

    private static let ban = OptionSpec(
        "--ban", value: "TIME", about: "Refuse the user new allocations for so long, such as 10m.")

    static let all: [CommandSpec] = [
        serve, check, status, allocationsList, allocationsShow, allocationsKill, credentialsIssue,
    ]

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
        takesEverything: true)

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
        examples: ["turnstone check /etc/turnserver.conf"])

    private static let status = CommandSpec(
        "status", about: "Show the daemon: listeners, ports, traffic, drops, warnings.",
        options: [json, socket], examples: ["turnstone status", "turnstone status --json"])

    private static let allocationsList = CommandSpec(
        "allocations", "list", about: "List allocations with their live traffic.",
        options: [
            OptionSpec("--user", value: "NAME", about: "Only of this user name or account."),
            OptionSpec("--client", value: "ADDRESS", about: "Only of this client, ADDRESS[:PORT]."),
            OptionSpec("--peer", value: "ADDRESS", about: "Only with this peer, ADDRESS[:PORT]."),
            OptionSpec("--limit", value: "N", about: "At most so many; 1000 if not given."),
            json, socket,
        ],
        explanation: [
            "UP is from the client to its peers, DOWN from the peers to the client.",
            "USER is the name without the expiry of a time-limited credential; --user takes both,",
            "and the user that `credentials issue` was given.",
        ],
        examples: [
            "turnstone allocations list --user alice",
            "turnstone allocations list --peer 198.51.100.7 --json",
        ])

    private static let allocationsShow = CommandSpec(
        "allocations", "show", operands: "ID", count: 1...1,
        about: "Show all of one allocation: permissions, channels, drops.",
        options: [json, socket],
        examples: ["turnstone allocations show 0-17-3"])

    private static let allocationsKill = CommandSpec(
        "allocations", "kill", operands: "ID | --user NAME", count: 0...1,
        about: "End an allocation, or all of a user's, at once.",
        options: [
            OptionSpec(
                "--user", value: "NAME", about: "All allocations of this user name or account."),
            ban, json, socket,
        ],
        explanation: [
            "A client that is killed usually allocates again; --ban keeps its user out for a",
            "while, at most a day. A ban does not outlive the daemon.",
        ],
        examples: [
            "turnstone allocations kill 0-17-3",
            "turnstone allocations kill --user alice --ban 1h",
        ])

    private static let credentialsIssue = CommandSpec(
        "credentials", "issue", about: "Issue a time-limited credential from the shared secret.",
        options: [
            OptionSpec("--user", value: "ID", about: "The user it is for; quotas count by it."),
            OptionSpec(
                "--ttl", value: "TIME", about: "How long it may start allocations; 1d if not given."
            ),
            json, socket,
        ],
        explanation: [
            "Needs static-auth-secret or auth-secret-file in the configuration. The name carries",
            "a code of the user, not the user: the same each time, and --user of the other",
            "commands takes either. Running allocations outlive the credential; only new ones",
            "are refused once it has expired.",
        ],
        examples: ["turnstone credentials issue --user alice --ttl 1h"])
}
