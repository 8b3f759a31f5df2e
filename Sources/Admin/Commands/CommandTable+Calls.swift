extension CommandTable {
    static let calls = [callsList, callsShow, callsEnd]

    private static let callsList = CommandSpec(
        "calls", "list", about: "List calls: who, since when, and how they are connected.",
        options: [
            OptionSpec(
                "--user", value: "NAME",
                about: "Only those this user sits in, hears ring or opened."),
            OptionSpec(
                "--state", value: "STATE",
                about: "Only in this state; ended calls are shown for two minutes."),
            OptionSpec("--limit", value: "N", about: "At most so many; 1000 if not given."),
        ] + OptionSpec.watching + [.json, .socket],
        explanation: [
            "STATE is waiting, ringing, answered, active, reconnecting or ended; without --state",
            "all but the ended ones. Names in brackets are of people who are not there yet.",
            "PATH is what the clients said: direct, or relayed by this or another relay.",
        ],
        examples: [
            "turnstone calls list --user alice", "turnstone calls list --state ended --json",
        ],
        read: { parsed throws(UsageError) in try .look(.calls(try calls(parsed)), parsed) })

    private static let callsShow = CommandSpec(
        "calls", "show", operands: "ID", count: 1...1,
        about: "Show all of one call: seats, devices, connections, counts.",
        options: [.json, .socket], examples: ["turnstone calls show 6NnXJcYpVqLr4d5T"],
        read: { .ask(.call($0.operands[0]), $0) })

    private static let callsEnd = CommandSpec(
        "calls", "end", operands: "ID", count: 1...1, about: "End a call for both sides.",
        options: [.json, .socket],
        explanation: ["Both clients are told, with the reason 'deleted'."],
        examples: ["turnstone calls end 6NnXJcYpVqLr4d5T"],
        read: { .ask(.endCall($0.operands[0]), $0) })

    private static func calls(_ parsed: ParsedArguments) throws(UsageError) -> CallQuery {
        let states = CallQuery.states
        let state = try parsed.value("--state", as: "one of \(states.joined(separator: ", "))") {
            states.contains($0) ? $0 : nil
        }
        return CallQuery(
            user: parsed.value("--user"), state: state,
            limit: try parsed.number("--limit", in: 1...CallQuery.limitMax)
                ?? CallQuery.limitDefault)
    }
}
