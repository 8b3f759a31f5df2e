extension CommandTable {
    /// What installing takes: from coturn, into shells, into man(1).
    static let installation = [migrate, completions, manual]

    private static let migrate = CommandSpec(
        "migrate", about: "Take over coturn's configuration, users and secrets.",
        options: [
            OptionSpec(
                "--from", value: "FILE", about: "coturn's file, if it is not found by itself."),
            OptionSpec(
                "--userdb", value: "FILE",
                about: "Its SQLite database, if the file does not name the right one."),
            OptionSpec(
                "--to", value: "FILE",
                about: "The new file; /etc/turnstone/turnstone.conf if not given."),
            OptionSpec("--dry-run", about: "Say what would be done, and do nothing."),
            OptionSpec("--force", about: "Replace a file that is there; it is kept as FILE.old."),
            OptionSpec(
                "--disable-coturn", about: "Stop coturn's service, now and at the next boot."),
        ],
        explanation: [
            "Lines stay as they are, with their comments; what would be wrong for the new service",
            "becomes a comment that says why. Users and secrets of the database come at the end.",
            "Then `check` says what becomes of each line. coturn's own files are only read, and",
            "its service goes on unless --disable-coturn is given and the new file is accepted.",
            "Exits 2 when the daemon would not start with the new file.",
        ],
        examples: ["turnstone migrate --dry-run", "turnstone migrate --disable-coturn"],
        read: { parsed in
            .migrate(
                MigrationOrder(
                    source: parsed.value("--from"), database: parsed.value("--userdb"),
                    target: parsed.value("--to"), isDryRun: parsed.has("--dry-run"),
                    isForced: parsed.has("--force"),
                    disablesCoturn: parsed.has("--disable-coturn")))
        })

    private static let completions = CommandSpec(
        "completions", operands: Shell.allCases.map(\.rawValue).joined(separator: "|"),
        count: 1...1,
        about: "Print what completes this command's words in a shell.",
        explanation: [
            "The package installs them. For a program that was built by hand: in bash",
            "`source <(turnstone completions bash)`, in fish",
            "`turnstone completions fish | source`, in zsh a file _turnstone in one of $fpath.",
        ],
        examples: [
            "turnstone completions bash", "turnstone completions fish",
        ],
        read: { parsed throws(UsageError) in
            .completions(try choice(from: Shell.allCases, parsed))
        })

    private static let manual = CommandSpec(
        "manual", operands: ManualName.allCases.map(\.rawValue).joined(separator: "|"),
        count: 1...1,
        about: "Print a page for man(1).",
        explanation: [
            "The package installs them; `man -l FILE` shows one that is in a file."
        ],
        examples: ["turnstone manual turnstone.conf.5"],
        read: { parsed throws(UsageError) in
            .manual(try choice(from: ManualName.allCases, parsed))
        })

    private static func choice<Choice: RawRepresentable<String>>(
        from choices: [Choice], _ parsed: ParsedArguments
    ) throws(UsageError) -> Choice {
        let word = parsed.operands[0]
        guard let choice = choices.first(where: { $0.rawValue == word }) else {
            let known = choices.map(\.rawValue).joined(separator: ", ")
            throw parsed.error("there are \(known), not '\(word.printable)'")
        }
        return choice
    }
}
