extension CommandTable {
    static let credentials = [credentialsIssue]

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

    private static func order(_ parsed: ParsedArguments) throws(UsageError) -> CredentialOrder {
        let form = "1 to \(CredentialOrder.userBytesMax) bytes without control characters"
        let user = try parsed.value("--user", as: form) { text in
            CredentialOrder.accepts(user: text) ? text : nil
        }
        let ttl = try parsed.seconds("--ttl", in: 1...CredentialOrder.ttlSecondsMax)
        return CredentialOrder(user: user, ttlSeconds: ttl ?? CredentialOrder.ttlSecondsDefault)
    }
}
