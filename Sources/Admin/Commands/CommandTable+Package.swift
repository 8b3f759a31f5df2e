extension CommandTable {
    /// What installing takes: from coturn, into shells, into man(1).
    static let installation = [completions, manual]

    private static let completions = CommandSpec(
        "completions", operands: Shell.allCases.map(\.rawValue).joined(separator: "|"),
        count: 1...1,
        about: "Print what completes this command's words in a shell.",
        explanation: ["The package installs them; this is for a program that was built by hand."],
        examples: [
            "turnstone completions bash >/usr/share/bash-completion/completions/turnstone",
            "turnstone completions fish | source",
        ],
        read: { parsed throws(UsageError) in
            .completions(try choice(from: Shell.allCases, parsed))
        })

    private static let manual = CommandSpec(
        "manual", operands: ManualName.allCases.map(\.rawValue).joined(separator: "|"),
        count: 1...1,
        about: "Print a page for man(1).",
        examples: ["turnstone manual turnstone.conf.5 | man -l -"],
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
