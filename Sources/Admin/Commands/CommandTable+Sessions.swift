extension CommandTable {
    static let sessions = [sessionsList, sessionsKick]

    private static let sessionsList = CommandSpec(
        "sessions", "list", about: "List who is signed in for calls, also between two sockets.",
        options: [
            OptionSpec("--user", value: "NAME", about: "Only of this user."),
            OptionSpec("--limit", value: "N", about: "At most so many; 1000 if not given."),
        ] + OptionSpec.watching + [.json, .socket],
        explanation: [
            "IDLE is the time since the last frame; clients are pinged every 25 s. TOKEN is the",
            "time until the token expires.",
        ],
        examples: ["turnstone sessions list --user alice"],
        read: { parsed throws(UsageError) in
            let limit = try parsed.number("--limit", in: 1...SessionQuery.limitMax)
            let query = SessionQuery(
                user: parsed.value("--user"), limit: limit ?? SessionQuery.limitDefault)
            return try .look(.sessions(query), parsed)
        })

    private static let sessionsKick = CommandSpec(
        "sessions", "kick", operands: "ID | --user NAME", count: 0...1,
        about: "End a session, or all of a user's, and the calls they sit in.",
        options: [
            OptionSpec("--user", value: "NAME", about: "All sessions of this user."),
            .json, .socket,
        ],
        explanation: [
            "The client is told not to come back (close code 4506). Whoever still has a good token",
            "can sign in again: take the token away too.",
        ],
        examples: ["turnstone sessions kick --user alice"],
        read: { parsed throws(UsageError) in
            switch (parsed.operands.first, parsed.value("--user")) {
            case (let id?, nil): return .ask(.kick(.session(id)), parsed)
            case (nil, let user?) where !user.isEmpty: return .ask(.kick(.user(user)), parsed)
            case (_?, _): throw parsed.error("name an ID or --user, not both")
            default: throw parsed.error("say whom to kick: an ID, or --user NAME")
            }
        })
}
