/// The texts of `--help`, made from the command table.
enum CommandHelp {
    /// Help for a command, a group of commands, or the program, whichever the words name.
    static func text(for words: ArraySlice<String>) -> String {
        if let spec = CommandTable.all.first(where: { words.starts(with: $0.path) }) {
            return lines(spec).joined(separator: "\n")
        }
        let group = CommandTable.all.filter { $0.path[0] == words.first }
        let lines = group.isEmpty ? overview : self.commands(group)
        return lines.joined(separator: "\n")
    }

    private static var overview: [String] {
        [
            "Turnstone: a STUN and TURN server that replaces coturn.", "",
            "Usage: turnstone COMMAND [OPTION]...", "",
        ] + commands(CommandTable.all) + [
            "",
            "'turnstone COMMAND --help' explains one. 'turnstone --version' prints the version.",
            "",
            "The commands that look into the running daemon ask its admin socket: --socket, else",
            "TURNSTONE_ADMIN_SOCKET, else \(AdminClient.socketDefault).", "",
            "Exit codes: 0 done; 1 refused by the daemon or the system; 2 the command line or the",
            "checked file is not accepted; 3 no daemon answers. 'probe' has its own: 1 warnings,",
            "3 something does not work, 4 nothing answers.",
        ]
    }

    private static func commands(_ specs: [CommandSpec]) -> [String] {
        var table = Table([.left(""), .left("")])
        for spec in specs { table.append(["  " + spec.name, spec.summary]) }
        return ["Commands:"] + table.lines
    }

    private static func lines(_ spec: CommandSpec) -> [String] {
        let operands = spec.operands.isEmpty ? "" : " " + spec.operands
        let options = spec.takesEverything ? "" : " [OPTION]..."
        var lines = ["Usage: turnstone \(spec.name)\(operands)\(options)", "", spec.summary]
        if !spec.explanation.isEmpty { lines += [""] + spec.explanation }
        var table = Table([.left(""), .left("")])
        for option in spec.options + [OptionSpec.help] {
            let value = option.value.map { " " + $0 } ?? ""
            table.append(["  " + option.names.joined(separator: ", ") + value, option.summary])
        }
        lines += ["", "Options:"] + table.lines
        if !spec.examples.isEmpty { lines += ["", "Examples:"] + spec.examples.map { "  " + $0 } }
        return lines
    }
}
