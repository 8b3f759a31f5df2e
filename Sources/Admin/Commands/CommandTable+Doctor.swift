extension CommandTable {
    /// The installation on this machine.
    static let doctor = [examine]

    private static let examine = CommandSpec(
        "doctor", operands: "[HOST]", count: 0...1,
        about: "Say what is wrong with this installation, and the commands that mend it.",
        options: [
            OptionSpec("-c", value: "FILE", about: "The configuration; else where serve looks."),
            OptionSpec("--ntp", value: "HOST", about: "Compare the clock with this time server."),
            OptionSpec("--ca-file", value: "FILE", about: "Trust these authorities instead."),
            OptionSpec("--skip", value: "LIST", about: "Leave these checks out."),
            .socket,
            OptionSpec("--json", about: "Print the results as JSON."),
        ],
        explanation: [
            "Run it on the server, as root: others see less, and are told what. HOST is the name",
            "that clients use; without it the configuration's public-name is taken.",
            "",
            "  configuration  what `check` warns of           addresses     external-ip, the name",
            "  daemon         it answers, the file is loaded  certificates  files, chain, dates",
            "  ports          others on its ports             firewall      nft, iptables, ufw",
            "  listeners      UDP, TCP, TLS, DTLS answer      container     docker's networks",
            "  relay          packets go through              kernel        buffers, drops, ports",
            "  limits         open files                      clock         somebody keeps it",
            "",
            "It changes nothing, and asks nobody but this server: a name server only for HOST, a",
            "time server only with --ntp. From the server's own machine no packet meets the rules",
            "for outside traffic, so the firewall is judged by its rules, and what lies in front",
            "of the machine is not seen: `turnstone probe HOST` from elsewhere shows that.",
            "",
            "Exits 0 when nothing is wrong, 1 with warnings, 2 when the command line or the",
            "configuration is not accepted, 3 when something does not work.",
        ],
        examples: [
            "turnstone doctor",
            "turnstone doctor turn.example.org --json",
            "turnstone doctor -c /etc/turnserver.conf --skip clock,kernel",
        ],
        read: { parsed throws(UsageError) in
            var order = DoctorOrder()
            order.file = parsed.value("-c")
            order.host = parsed.operands.first
            order.socket = parsed.value("--socket")
            order.timeServer = parsed.value("--ntp")
            order.authoritiesFile = parsed.value("--ca-file")
            order.skipped = try parsed.value("--skip", as: "a list of checks", checks) ?? []
            order.json = parsed.has("--json")
            return .doctor(order)
        })

    private static func checks(_ text: String) -> [String]? {
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let areKnown = names.allSatisfy { DoctorOrder.checkNames.contains($0) }
        return areKnown && Set(names).count == names.count ? names : nil
    }
}
