/// What a command line asks for.
package enum Command: Hashable, Sendable {
    /// Print this to standard output.
    case help(String)
    case version
    /// Run the daemon with these words, unread.
    case serve([String])
    case check(file: String, json: Bool, strict: Bool)
    case probe(ProbeOrder)
    case doctor(DoctorOrder)
    case ask(DaemonQuestion)
    case completions(Shell)
    case migrate(MigrationOrder)
    case manual(ManualName)
}

/// A request to the running daemon.
package struct DaemonQuestion: Hashable, Sendable {
    package var request: AdminRequest
    /// Where the daemon listens; nil: the usual place, or what `file` says.
    package var socket: String?
    /// The configuration that names the socket; nil: none was told.
    package var file: String?
    /// Who gets SIGHUP where no socket answers; nil: nobody.
    package var fallbackProcess: Int32?
    /// Pass on the JSON instead of drawing a table.
    package var json: Bool
    /// Ask again and again; nil: once.
    package var watch: WatchPlan?
    /// The words of the command, for a title.
    package var command = ""

    package init(
        request: AdminRequest, socket: String? = nil, json: Bool, watch: WatchPlan? = nil,
        command: String = ""
    ) {
        self.request = request
        self.socket = socket
        self.json = json
        self.watch = watch
        self.command = command
    }
}

extension Command {
    /// A question to the daemon, with the options that all of them take.
    static func ask(_ request: AdminRequest, _ parsed: ParsedArguments) -> Command {
        .ask(
            DaemonQuestion(
                request: request, socket: parsed.value("--socket"), json: parsed.has("--json"),
                command: parsed.command))
    }

    /// One that may also be watched.
    static func look(
        _ request: AdminRequest, _ parsed: ParsedArguments, always: Bool = false
    ) throws(UsageError) -> Command {
        .ask(
            DaemonQuestion(
                request: request, socket: parsed.value("--socket"), json: parsed.has("--json"),
                watch: try parsed.watchPlan(always: always), command: parsed.command))
    }

    /// Reads the words behind the program's name.
    package init(_ arguments: [String]) throws(UsageError) {
        guard let first = arguments.first else {
            throw UsageError("say what to do, such as 'turnstone status'")
        }
        switch first {
        case "--help", "-h", "help": self = .help(CommandHelp.text(for: arguments.dropFirst()))
        case "--version", "-V", "version": self = .version
        default: self = try Self.command(arguments)
        }
    }

    private static func command(_ arguments: [String]) throws(UsageError) -> Command {
        let specs = CommandTable.all
        guard let spec = specs.first(where: { arguments.starts(with: $0.path) }) else {
            return try group(arguments)
        }
        let words = arguments.dropFirst(spec.path.count)
        let options = words.prefix { $0 != "--" }
        if options.contains(where: { OptionSpec.help.names.contains($0) }) {
            return .help(CommandHelp.text(for: spec.path[...]))
        }
        let parsed =
            spec.takesEverything
            ? ParsedArguments(unread: words, for: spec) : try ParsedArguments(words, for: spec)
        guard parsed.operands.count <= spec.operandCount.upperBound else {
            let extra = parsed.operands[spec.operandCount.upperBound]
            throw parsed.error("'\(extra.printable)' is one word too many")
        }
        guard parsed.operands.count >= spec.operandCount.lowerBound else {
            throw parsed.error("\(spec.name) needs \(spec.operands)")
        }
        return try spec.read(parsed)
    }

    /// A first word that is a group alone asks for help; any other is unknown.
    private static func group(_ arguments: [String]) throws(UsageError) -> Command {
        let members = CommandTable.all.filter { $0.path.count > 1 && $0.path[0] == arguments[0] }
        let known =
            members.isEmpty ? CommandTable.all.map { $0.path[0] } : members.map { $0.path[1] }
        let prefix = members.isEmpty ? "" : arguments[0]
        let word = members.isEmpty ? arguments[0] : arguments.dropFirst().first ?? ""
        if !members.isEmpty, OptionSpec.help.names.contains(word) {
            return .help(CommandHelp.text(for: [prefix]))
        }
        guard !word.isEmpty else {
            throw UsageError("\(prefix) what? \(known.joined(separator: ", "))", for: prefix)
        }
        let hint = Spelling.nearest(to: word, among: known).map { "; did you mean '\($0)'?" } ?? ""
        let name = prefix.isEmpty ? word : "\(prefix) \(word)"
        throw UsageError("there is no command '\(name.printable)'\(hint)", for: prefix)
    }
}
