extension CommandTable {
    static let allocations = [
        allocationsList, allocationsShow, allocationsWatch, allocationsKill,
    ]

    private static let ban = OptionSpec(
        "--ban", value: "TIME", about: "Refuse the user new allocations for so long, such as 10m.")

    private static let choices = [
        OptionSpec("--user", value: "NAME", about: "Only of this user name or account."),
        OptionSpec("--client", value: "ADDRESS", about: "Only of this client, ADDRESS[:PORT]."),
        OptionSpec("--peer", value: "ADDRESS", about: "Only with this peer, ADDRESS[:PORT]."),
        OptionSpec("--older-than", value: "TIME", about: "Only those at least so old, as 2h."),
        OptionSpec("--younger-than", value: "TIME", about: "Only those at most so old."),
    ]

    private static let filters =
        choices + [
            OptionSpec(
                "--sort", value: "ORDER", about: "By rate, traffic, age, drops or user, most first."
            ),
            OptionSpec(
                "--limit", value: "N", about: "At most so many; 1000 if not given, watched 40."),
        ]

    private static let allocationsList = CommandSpec(
        "allocations", "list", about: "List allocations with their live traffic.",
        options: filters + OptionSpec.watching + [.json, .socket],
        explanation: [
            "UP is from the client to its peers, DOWN from the peers to the client.",
            "USER is the name without the expiry of a time-limited credential; --user takes both,",
            "and the user that `credentials issue` was given.",
        ],
        examples: [
            "turnstone allocations list --user alice",
            "turnstone allocations list --peer 198.51.100.7 --json",
            "turnstone allocations list --older-than 2h --sort traffic",
        ],
        read: { parsed throws(UsageError) in
            try .look(.allocations(try filter(parsed)), parsed)
        })

    private static let allocationsShow = CommandSpec(
        "allocations", "show", operands: "ID", count: 1...1,
        about: "Show all of one allocation: permissions, channels, drops.",
        options: [.json, .socket],
        examples: ["turnstone allocations show 0-17-3"],
        read: { parsed throws(UsageError) in .ask(.allocation(try id(parsed)), parsed) })

    private static let allocationsWatch = CommandSpec(
        "allocations", "watch", about: "Watch allocations and their rates, as top does.",
        options: filters + [.interval, .rounds, .json, .socket],
        explanation: [
            "The list again and again, the highest rate first unless --sort says otherwise. On a",
            "terminal it stays in its place; who relays nothing is dimmed. Ctrl-C ends it.",
        ],
        examples: [
            "turnstone allocations watch", "turnstone allocations watch --sort drops --interval 5s",
        ],
        read: { parsed throws(UsageError) in
            var filter = try filter(parsed)
            filter.order = filter.order ?? .rate
            if parsed.value("--limit") == nil { filter.limit = 40 }
            return try .look(.allocations(filter), parsed, always: true)
        })

    private static let allocationsKill = CommandSpec(
        "allocations", "kill", operands: "ID | --user NAME | FILTER", count: 0...1,
        about: "End an allocation, or all of a user's, at once.",
        options: choices + [ban, .json, .socket],
        explanation: [
            "A client that is killed usually allocates again; --ban keeps its user out for a",
            "while, at most a day. A ban does not outlive the daemon. With several filters, what",
            "matches all of them ends.",
        ],
        examples: [
            "turnstone allocations kill 0-17-3",
            "turnstone allocations kill --user alice --ban 1h",
            "turnstone allocations kill --client 198.51.100.7 --older-than 1d",
        ],
        read: { parsed throws(UsageError) in .ask(.kill(try kill(parsed)), parsed) })
}

extension CommandTable {
    private static func filter(_ parsed: ParsedArguments) throws(UsageError) -> AllocationFilter {
        var filter = try choice(parsed)
        if let limit = try parsed.number("--limit", in: 1...AllocationFilter.limitMax) {
            filter.limit = limit
        }
        let orders = AllocationFilter.Order.allCases.map(\.rawValue).joined(separator: ", ")
        filter.order = try parsed.value("--sort", as: "one of \(orders)") {
            AllocationFilter.Order(rawValue: $0)
        }
        return filter
    }

    private static func choice(_ parsed: ParsedArguments) throws(UsageError) -> AllocationFilter {
        var filter = AllocationFilter(user: parsed.value("--user"))
        filter.client = try parsed.value("--client", as: "ADDRESS or ADDRESS:PORT") {
            EndpointPattern($0)
        }
        filter.peer = try parsed.value("--peer", as: "ADDRESS or ADDRESS:PORT") {
            EndpointPattern($0)
        }
        filter.olderThan = try parsed.seconds("--older-than", in: 0...UInt32.max).map {
            UInt64($0)
        }
        filter.youngerThan = try parsed.seconds("--younger-than", in: 0...UInt32.max).map {
            UInt64($0)
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
        let ban = try parsed.seconds("--ban", in: 0...KillOrder.banSecondsMax) ?? 0
        let filter = try choice(parsed)
        guard parsed.operands.isEmpty else {
            guard filter.isOpen else { throw parsed.error("name an ID or a filter, not both") }
            return KillOrder(.allocation(try id(parsed)), banSeconds: ban)
        }
        guard !filter.isOpen, filter.user != "" else {
            throw parsed.error("say what to end: an ID, --user NAME, or another filter")
        }
        if filter == AllocationFilter(user: filter.user), let user = filter.user {
            return KillOrder(.user(user), banSeconds: ban)
        }
        guard ban == 0 else { throw parsed.error("--ban goes with an ID, or with --user alone") }
        return KillOrder(.matching(filter))
    }
}
