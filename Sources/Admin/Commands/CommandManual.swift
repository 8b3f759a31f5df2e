/// turnstone(1), made from the command table.
package enum CommandManual {
    package static var text: String {
        var page = ManualPage(
            "turnstone", section: 1, about: "STUN and TURN relay with signaling for WebRTC calls")
        page.section("Synopsis")
        for spec in CommandTable.all {
            let hasOptions = !spec.options.isEmpty && !spec.takesEverything
            let words = [spec.operands, hasOptions ? "[OPTION]..." : ""].filter { !$0.isEmpty }
            page.term("turnstone \(spec.name)", words.joined(separator: " "), "")
        }
        page.section("Description")
        page.paragraph(
            "Turnstone relays media for browsers that cannot reach each other, over UDP, TCP, TLS"
                + " and DTLS, and carries the calls themselves over WebSocket. `turnstone serve`"
                + " is the daemon; the other commands look into the one that runs, or prepare one.")
        page.paragraph(
            "It takes the place of coturn: it reads turnserver.conf as it is, and `turnstone"
                + " check` says for every line what becomes of it.")
        page.section("Commands")
        for spec in CommandTable.all { describe(spec, in: &page) }
        addPlaces(to: &page)
        return page.text
    }

    private static func describe(_ spec: CommandSpec, in page: inout ManualPage) {
        page.part("turnstone \(spec.name)" + (spec.operands.isEmpty ? "" : " " + spec.operands))
        page.paragraph(spec.summary)
        if !spec.explanation.isEmpty {
            page.paragraph(spec.explanation.joined(separator: " "))
        }
        for option in spec.options {
            page.term(option.names.joined(separator: ", "), option.value ?? "", option.summary)
        }
        if !spec.examples.isEmpty { page.literal(spec.examples) }
    }

    private static func addPlaces(to page: inout ManualPage) {
        page.section("Signals")
        page.term("SIGHUP", "", "Reads the configuration again; running calls go on.")
        page.term(
            "SIGTERM, SIGINT", "",
            "Tells callers to come back, keeps their calls, frees every port and ends. A second one"
                + " does not wait for callers.")
        page.section("Environment")
        page.term(
            AdminClient.socketVariable, "",
            "The admin socket that commands ask when there is no --socket.")
        page.term(
            "NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, STATE_DIRECTORY", "",
            "As systemd sets them for a service.")
        page.section("Files")
        page.term("/etc/turnstone/turnstone.conf", "", "The configuration, see turnstone.conf(5).")
        page.term(AdminClient.socketDefault, "", "Where the daemon answers commands.")
        page.term("/var/lib/turnstone", "", "The generated secret, and calls across a restart.")
        page.section("Exit status")
        for code in ExitCode.allCases { page.term("\(code.rawValue)", "", code.meaning) }
        page.section("See also")
        page.paragraph("`turnstone.conf`(5), /usr/share/doc/turnstone")
    }
}
