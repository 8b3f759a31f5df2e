extension CommandTable {
    static let credentials = [credentialsIssue, credentialsExplain, credentialsRevoke]

    private static let credentialsIssue = CommandSpec(
        "credentials", "issue", about: "Issue a time-limited credential from the shared secret.",
        options: [
            OptionSpec("--user", value: "ID", about: "The user it is for; quotas count by it."),
            OptionSpec(
                "--ttl", value: "TIME", about: "How long it may start allocations; 1d if not given."
            ),
            .json, .socket,
        ],
        explanation: [
            "Needs static-auth-secret or auth-secret-file in the configuration. The name carries",
            "a code of the user, not the user: the same each time, and --user of the other",
            "commands takes either. Running allocations outlive the credential; only new ones",
            "are refused once it has expired.",
        ],
        examples: ["turnstone credentials issue --user alice --ttl 1h"],
        read: { parsed throws(UsageError) in .ask(.issueCredential(try order(parsed)), parsed) })

    private static let credentialsExplain = CommandSpec(
        "credentials", "explain", operands: "NAME", count: 1...1,
        about: "Say what a credential is, and why it fails.",
        options: [
            OptionSpec(
                "--password", value: "PASSWORD",
                about: "What the client uses; '-' reads it from standard input."),
            OptionSpec("--realm", value: "REALM", about: "The realm that the client uses."),
            .json, .socket,
        ],
        explanation: [
            "Does what the server does with an Allocate of this user: looks at the realm, the",
            "expiry, every secret, bans and quotas, and names each thing that is wrong. For a",
            "time-limited name it prints the passwords that would be right. A password on the",
            "command line stands in the list of processes: '-' keeps it out.",
            "Exits 0 when an Allocate would be granted, and 1 when not.",
        ],
        examples: [
            "turnstone credentials explain 1795248608:alice --password -",
            "turnstone credentials explain alice --password wonder-land --realm example.org",
        ],
        read: { parsed in
            .ask(
                .explainCredential(
                    CredentialQuestion(
                        username: parsed.operands[0], password: parsed.value("--password"),
                        realm: parsed.value("--realm"))), parsed)
        })

    private static let credentialsRevoke = CommandSpec(
        "credentials", "revoke", operands: "NAME", count: 1...1,
        about: "End a time-limited credential and what it relays.",
        options: [.json, .socket],
        explanation: [
            "The account of the name gets no allocation until the credential would have expired,",
            "and loses those it has. It does not outlive the daemon. For a user= line take",
            "'allocations kill --user NAME --ban TIME'.",
        ],
        examples: ["turnstone credentials revoke 1795248608:alice"],
        read: { .ask(.revokeCredential($0.operands[0]), $0) })

    private static func order(_ parsed: ParsedArguments) throws(UsageError) -> CredentialOrder {
        let form = "1 to \(CredentialOrder.userBytesMax) bytes without control characters"
        let user = try parsed.value("--user", as: form) { text in
            CredentialOrder.accepts(user: text) ? text : nil
        }
        let ttl = try parsed.seconds("--ttl", in: 1...CredentialOrder.ttlSecondsMax)
        return CredentialOrder(user: user, ttlSeconds: ttl ?? CredentialOrder.ttlSecondsDefault)
    }
}
