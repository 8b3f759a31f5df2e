extension CommandTable {
    static let users = [
        CommandSpec(
            "users", about: "List users who relay or are signed in, the busiest first.",
            options: [
                OptionSpec(
                    "--by", value: "ORDER",
                    about: "rate, traffic, allocations or sessions; traffic if not given."),
                OptionSpec("--limit", value: "N", about: "At most so many; 50 if not given."),
            ] + OptionSpec.watching + [.json, .socket],
            explanation: [
                "Traffic is that of the allocations that live now. ACCOUNT is the code that a user",
                "of calls relays under; `allocations kill --user` takes either name.",
            ],
            examples: [
                "turnstone users --by rate --limit 10", "turnstone users --by rate --watch",
            ],
            read: { parsed throws(UsageError) in try .look(.users(try query(parsed)), parsed) })
    ]

    private static func query(_ parsed: ParsedArguments) throws(UsageError) -> UserQuery {
        let form = "one of " + UserQuery.Order.allCases.map(\.rawValue).joined(separator: ", ")
        let order = try parsed.value("--by", as: form) { UserQuery.Order(rawValue: $0) }
        let limit = try parsed.number("--limit", in: 1...UserQuery.limitMax)
        return UserQuery(order: order ?? .traffic, limit: limit ?? UserQuery.limitDefault)
    }
}
