extension CommandTable {
    /// Servers as their clients see them.
    static let probe = [probeHost]

    private static let probeHost = CommandSpec(
        "probe", operands: "HOST[:PORT]", count: 1...1,
        about: "Test any STUN or TURN server as a client of it would.",
        options: [
            OptionSpec("--user", value: "NAME", about: "The user; with --secret the user part."),
            OptionSpec("--password", value: "PASSWORD", about: "The user's password."),
            OptionSpec(
                "--password-file", value: "FILE", about: "The same from a file's first line."),
            OptionSpec("--secret", value: "SECRET", about: "Issue a time-limited name from this."),
            OptionSpec("--secret-file", value: "FILE", about: "The same from a file's first line."),
            OptionSpec("--realm", value: "REALM", about: "The realm that the server should name."),
            OptionSpec(
                "--transport", value: "LIST",
                about: "Only these of udp,tcp,tls,dtls; each must work."),
            OptionSpec("--port", value: "PORT", about: "For udp and tcp; 3478 if not given."),
            OptionSpec("--tls-port", value: "PORT", about: "For tls and dtls; 5349 if not given."),
            OptionSpec("--family", value: "4|6", about: "Only addresses of this family."),
            OptionSpec("--ca-file", value: "FILE", about: "Trust these authorities instead."),
            OptionSpec(
                "--timeout", value: "TIME", about: "For each address; 10s if not given."),
            OptionSpec("--json", about: "Print the results as JSON."),
        ],
        explanation: [
            "Tries each transport to each address of the host: connection, certificate, STUN,",
            "challenge, allocation, permission, and packets through the relay, between a socket",
            "of its own and the relay and between two allocations. Then it says what is wrong",
            "and what to do. Without credentials it stops at the challenge. It asks no daemon.",
            "",
            "Options with a password or secret show in `ps`; the files do not, nor do the",
            "variables TURNSTONE_PROBE_PASSWORD and TURNSTONE_PROBE_SECRET. Certificates that",
            "nobody vouches for are reported, and the test goes on.",
            "",
            "Exits 0 when all is well, 1 with warnings, 2 when the command line is not accepted,",
            "3 when something does not work, 4 when nothing does.",
        ],
        examples: [
            "turnstone probe turn.example.org",
            "turnstone probe turn.example.org:3478 --tls-port 443 --secret-file /etc/turn.secret",
            "turnstone probe turn.example.org --user alice --password secret --transport udp,tls",
        ],
        read: { parsed throws(UsageError) in .probe(try order(parsed)) })

    private static func order(_ parsed: ParsedArguments) throws(UsageError) -> ProbeOrder {
        let target = parsed.operands[0]
        guard var order = ProbeOrder(target: target) else {
            throw parsed.error("'\(target.printable)' is no HOST, HOST:PORT or [ADDRESS]:PORT")
        }
        let form = "a port from 1 to 65535"
        if let port = try parsed.value("--port", as: form, ProbeOrder.port) { order.port = port }
        if let port = try parsed.value("--tls-port", as: form, ProbeOrder.port) {
            order.tlsPort = port
        }
        order.transports =
            try parsed.value("--transport", as: "a list of udp, tcp, tls, dtls", transports)
            ?? order.transports
        order.family = try parsed.value("--family", as: "4 or 6") { ["4": 4, "6": 6][$0] }
        order.user = parsed.value("--user")
        order.password = parsed.value("--password")
        order.passwordFile = parsed.value("--password-file")
        order.secret = parsed.value("--secret")
        order.secretFile = parsed.value("--secret-file")
        order.realm = parsed.value("--realm")
        order.authoritiesFile = parsed.value("--ca-file")
        order.timeoutSeconds = try parsed.seconds("--timeout", in: 2...120)
        order.json = parsed.has("--json")
        try check(order, parsed)
        return order
    }

    private static func transports(_ text: String) -> [String]? {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let areKnown = names.allSatisfy { ProbeOrder.transportNames.contains($0) }
        return areKnown && Set(names).count == names.count ? names : nil
    }

    private static func check(_ order: ProbeOrder, _ parsed: ParsedArguments) throws(UsageError) {
        let passwords = [order.password, order.passwordFile].compactMap { $0 }
        let secrets = [order.secret, order.secretFile].compactMap { $0 }
        guard passwords.count + secrets.count <= 1 else {
            throw parsed.error(
                "one of --password, --password-file, --secret and --secret-file is enough")
        }
        guard passwords.isEmpty || order.user != nil else {
            throw parsed.error("a password needs its --user")
        }
    }
}
