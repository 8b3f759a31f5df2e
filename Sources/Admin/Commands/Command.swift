/// What a command line asks for.
package enum Command: Hashable, Sendable {
    /// Print this to standard output.
    case help(String)
    case version
    /// Run the daemon with these words, unread.
    case serve([String])
    case check(file: String, json: Bool, strict: Bool)
    case ask(DaemonQuestion)
}

/// A request to the running daemon.
package struct DaemonQuestion: Hashable, Sendable {
    package var request: AdminRequest
    /// Where the daemon listens; nil: the usual place.
    package var socket: String?
    /// Pass on the JSON instead of drawing a table.
    package var json: Bool
}

extension Command {
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
        if options.contains(where: { CommandTable.help.names.contains($0) }) {
            return .help(CommandHelp.text(for: spec.path[...]))
        }
        if spec.takesEverything { return .serve(Array(words)) }
        let parsed = try ParsedArguments(words, for: spec)
        guard parsed.operands.count <= spec.operandCount.upperBound else {
            let extra = parsed.operands[spec.operandCount.upperBound]
            throw parsed.error("'\(extra.printable)' is one word too many")
        }
        guard parsed.operands.count >= spec.operandCount.lowerBound else {
            throw parsed.error("\(spec.name) needs \(spec.operands)")
        }
        return try read(spec, parsed)
    }

    /// A first word that is a group alone asks for help; any other is unknown.
    private static func group(_ arguments: [String]) throws(UsageError) -> Command {
        let members = CommandTable.all.filter { $0.path.count > 1 && $0.path[0] == arguments[0] }
        let known =
            members.isEmpty ? CommandTable.all.map { $0.path[0] } : members.map { $0.path[1] }
        let prefix = members.isEmpty ? "" : arguments[0]
        let word = members.isEmpty ? arguments[0] : arguments.dropFirst().first ?? ""
        if !members.isEmpty, CommandTable.help.names.contains(word) {
            return .help(CommandHelp.text(for: [prefix]))
        }
        guard !word.isEmpty else {
            throw UsageError("\(prefix) what? \(known.joined(separator: ", "))", for: prefix)
        }
        let hint = Spelling.nearest(to: word, among: known).map { "; did you mean '\($0)'?" } ?? ""
        let name = prefix.isEmpty ? word : "\(prefix) \(word)"
        throw UsageError("there is no command '\(name.printable)'\(hint)", for: prefix)
    }

    private static func read(
        _ spec: CommandSpec, _ parsed: ParsedArguments
    ) throws(UsageError) -> Command {
        let request: AdminRequest
        switch spec.path {
        case ["check"]:
            return .check(
                file: parsed.operands[0], json: parsed.has("--json"),
                strict: parsed.has("--strict"))
        case ["status"]: request = .status
        case ["allocations", "list"]: request = .allocations(try filter(parsed))
        case ["allocations", "show"]: request = .allocation(try id(parsed))
        case ["allocations", "kill"]: request = .kill(try kill(parsed))
        case ["credentials", "issue"]: request = .issueCredential(try credential(parsed))
        default: preconditionFailure("\(spec.name) is in the table but nowhere read")
        }
        return .ask(
            DaemonQuestion(
                request: request, socket: parsed.value("--socket"), json: parsed.has("--json")))
    }
}

extension Command {
    private static func filter(_ parsed: ParsedArguments) throws(UsageError) -> AllocationFilter {
        var filter = AllocationFilter(user: parsed.value("--user"))
        filter.client = try parsed.value("--client", as: "ADDRESS or ADDRESS:PORT") {
            EndpointPattern($0)
        }
        filter.peer = try parsed.value("--peer", as: "ADDRESS or ADDRESS:PORT") {
            EndpointPattern($0)
        }
        let limits = 1...AllocationFilter.limitMax
        let form = "a number from \(limits.lowerBound) to \(limits.upperBound)"
        if let limit = try parsed.value(
            "--limit", as: form, { text in Int(text).flatMap { limits.contains($0) ? $0 : nil } })
        {
            filter.limit = limit
        }
        return filter
    }

    private static func id(_ parsed: ParsedArguments) throws(UsageError) -> AllocationName {
        guard let name = AllocationName(parsed.operands[0]) else {
            throw parsed.error(
                "'\(parsed.operands[0].printable)' is no allocation id; they look like 0-17-3, "
                    + "see 'turnstone allocations list'")
        }
        return name
    }

    private static func kill(_ parsed: ParsedArguments) throws(UsageError) -> KillOrder {
        let ban = try time("--ban", in: 0...KillOrder.banSecondsMax, parsed) ?? 0
        switch (parsed.operands.isEmpty, parsed.value("--user")) {
        case (false, nil): return KillOrder(.allocation(try id(parsed)), banSeconds: ban)
        case (true, let user?) where !user.isEmpty: return KillOrder(.user(user), banSeconds: ban)
        case (false, _): throw parsed.error("name an ID or --user, not both")
        default: throw parsed.error("say what to end: an ID, or --user NAME")
        }
    }

    private static func credential(_ parsed: ParsedArguments) throws(UsageError) -> CredentialOrder
    {
        let form = "1 to \(CredentialOrder.userBytesMax) bytes without control characters"
        let user = try parsed.value("--user", as: form) { text in
            CredentialOrder.accepts(user: text) ? text : nil
        }
        let ttl = try time("--ttl", in: 1...CredentialOrder.ttlSecondsMax, parsed)
        return CredentialOrder(user: user, ttlSeconds: ttl ?? CredentialOrder.ttlSecondsDefault)
    }

    private static func time(
        _ name: String, in range: ClosedRange<UInt32>, _ parsed: ParsedArguments
    ) throws(UsageError) -> UInt32? {
        let form = "seconds, or 10m, 2h, 1d, at most \(range.upperBound) seconds"
        return try parsed.value(name, as: form) { text in
            DurationText.seconds(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}
