extension KeyTable {
    static let answers = [
        Key(
            "stun-only", .flag(\.stun.stunOnly), "Answer STUN only, refuse TURN",
            standard: "false", unit: "boolean"),
        Key(
            "no-stun", .flag(\.stun.noSTUN), "Do not answer Binding requests",
            standard: "false", unit: "boolean"),
        Key(
            "secure-stun", .flag(\.stun.authenticatesBinding),
            "Demand credentials for Binding requests", standard: "false", unit: "boolean"),
        Key(
            "fingerprint", .flag(\.stun.fingerprint), "Put FINGERPRINT into every answer",
            standard: "false", unit: "boolean"),
        Key(
            "software-attribute", .flag(\.stun.software),
            "Put SOFTWARE into answers to authenticated requests", standard: "false",
            unit: "boolean", since: "4.7.0"),
        Key(
            "no-software-attribute", .inverseFlag(\.stun.software),
            "Leave SOFTWARE out of answers, which is the default", standard: "true",
            unit: "boolean", since: "4.5.1.2"),
        Key(
            "prod", .droppedFlag, .noEffect, "Leave SOFTWARE out of answers",
            note: "The default.", since: "4.5.0.6", removed: "4.7.0"),
        Key(
            "include-reason-string", .droppedFlag, .noEffect, "Put reason texts into error answers",
            note: "Only answers to authenticated requests carry one.", since: "4.10.0"),
        Key(
            "rfc5780", .flag(\.stun.natDiscovery), .notYet,
            "NAT behaviour discovery with two addresses", unit: "boolean",
            note: "CHANGE-REQUEST is not served.", since: "4.7.0"),
        Key(
            "no-rfc5780", .droppedFlag, .noEffect, "No NAT behaviour discovery",
            note: "The default, also in coturn since 4.7.", since: "4.6.0"),
        Key(
            "response-origin-only-with-rfc5780", .droppedFlag, .noEffect,
            "Send RESPONSE-ORIGIN only with NAT behaviour discovery", note: "Always so.",
            since: "4.6.0"),
        Key(
            "stun-backward-compatibility", .droppedFlag, .noEffect,
            "Answer RFC 3489 clients on TURN ports",
            note: "Binding requests of RFC 3489 clients are always answered.", since: "4.7.0"),
        Key(
            "no-stun-backward-compatibility", .droppedFlag, .noEffect,
            "Do not answer RFC 3489 clients",
            note: "Their Binding requests are always answered; the answer is no larger for it.",
            since: "4.6.0", removed: "4.7.0"),
        Key(
            "rfc3489-compatibility", .droppedFlag, .noEffect, "Answer RFC 3489 clients",
            note: "Always so.", since: "4.16.0"),
        Key(
            "rfc5766-channel-numbers", .flag(\.stun.highChannels),
            "Accept channels up to 0x7FFF as RFC 5766 does; RFC 8656 ends them at 0x4FFF",
            standard: "false", unit: "boolean", since: "4.16.0"),
        Key(
            "mobility", .flag(\.stun.mobility), .notYet,
            "Move an allocation to a new client address",
            unit: "boolean", note: "MOBILITY-TICKET gets the answer of a server without it."),
        Key(
            "drop-invalid-packets", .droppedFlag, .noEffect,
            "Drop packets that are no STUN or TURN",
            note: "Always so.", since: "4.8.0"),
        Key(
            "drop-invalid-packets-log", .droppedFlag, .noEffect, "Log dropped packets",
            note: "They are counted by reason.", since: "4.8.0"),
    ]

    static let logs = [
        Key(
            "verbose", .special, "Log every allocation and refusal", standard: "false",
            unit: "boolean"),
        Key(
            "Verbose", .special, "Log every message of the control path", standard: "false",
            unit: "boolean"),
        Key(
            "log-min-level", .special, "Log nothing below this level", standard: "info",
            unit: "debug, info, warning or error", since: "4.15.0"),
        Key(
            "log-file", .special,
            "File to log to; `stdout` and `-` are standard output, `syslog` is the system log",
            standard: "stdout", unit: "path"),
        Key(
            "log-format", .special,
            "Lines of the log: `text` for people, or `json`, one object in each line, for programs",
            standard: "text", unit: "text or json"
        ).own,
        Key(
            "log-mask-addresses", .flag(\.log.masksAddresses),
            "Cut addresses of clients and peers in the log to their networks, /24 and /48",
            standard: "false", unit: "boolean"
        ).own,
        Key(
            "no-stdout-log", .droppedFlag, .noEffect, "Log to the file or to syslog only",
            note: "The log goes to one place: the system log, a file, or else standard output."),
        Key(
            "syslog", .flag(\.log.usesSystemLog),
            "Log to the system log at /dev/log; not where standard output is the journal already",
            standard: "false", unit: "boolean"),
        Key(
            "syslog-facility", .special,
            "Facility of the system log; in the journal SyslogFacility= of the unit says it",
            standard: "LOG_DAEMON", unit: "LOG_NAME", since: "4.6.0"),
        Key(
            "simple-log", .droppedFlag, .noEffect, "No process id and date in the log's name",
            note: "Always so; the name is used as written."),
        Key(
            "new-log-timestamp", .droppedFlag, .noEffect, "ISO 8601 times in the log",
            note: "Always so.", since: "4.5.2"),
        Key(
            "new-log-timestamp-format", .dropped, .noEffect, "Form of times in the log",
            note: "Times are ISO 8601.", since: "4.5.2"),
        Key(
            "log-binding", .flag(\.log.bindings),
            "Log Binding requests, ten lines a second at most", standard: "false",
            unit: "boolean", since: "4.5.2"),
    ]

    static let metrics = [
        Key(
            "prometheus", .flag(\.metrics.isEnabled),
            "Serve metrics to Prometheus on a port of their own, to whoever reaches it",
            standard: "false", unit: "boolean", since: "4.5.2"),
        Key(
            "prometheus-port", .port(\.metrics.port), "Port of the metrics",
            standard: "9641", unit: "port", since: "4.6.0"),
        Key(
            "prometheus-address", .address(\.metrics.address),
            "Address of the metrics; without it 127.0.0.1, where coturn takes every address",
            unit: "address", since: "4.6.3"),
        Key(
            "prometheus-path", .special, "Path of the metrics",
            standard: "/metrics", unit: "path", since: "4.7.0"),
        Key(
            "prometheus-username-labels", .droppedFlag, .refused, "One time series per user name",
            note: "Time-limited names would make series without end.", since: "4.6.0"),
        Key(
            "prometheus-tls", .flag(\.metrics.tls), "Serve metrics over TLS and no other way",
            standard: "false", unit: "boolean", since: "4.14.0"),
        Key(
            "prometheus-cert", .optionalText(\.metrics.certificate),
            "Certificate of the metrics; without it those of `cert` and `certificate`",
            unit: "path", since: "4.14.0"),
        Key(
            "prometheus-key", .optionalText(\.metrics.privateKey), "Private key of the metrics",
            unit: "path", since: "4.14.0"),
    ]

    static let administration = [
        Key(
            "admin-socket", .text(\.process.adminSocket), "Unix socket of the `turnstone` command",
            standard: "/run/turnstone/admin.sock", unit: "path"
        ).own,
        Key(
            "admin-group", .optionalText(\.process.adminGroup),
            "Group that may use the socket beside root and the server's own user",
            unit: "group"
        ).own,
        Key(
            "admin-token", .special,
            "Opens /admin over HTTPS and /metrics, as a Bearer token; without it neither is there",
            unit: "16 characters or more"
        ).own.secret,
        Key(
            "cli", .droppedFlag, .noEffect, "Serve a telnet console", note: consoleNote,
            since: "4.10.0"),
        Key(
            "no-cli", .droppedFlag, .noEffect, "Serve no telnet console",
            note: "There is none. " + consoleNote),
        Key("cli-ip", .dropped, .noEffect, "Address of the telnet console", note: consoleNote),
        Key("cli-port", .dropped, .noEffect, "Port of the telnet console", note: consoleNote),
        Key(
            "cli-password", .dropped, .noEffect, "Password of the telnet console",
            note: consoleNote
        ).secret,
        Key(
            "cli-max-output-sessions", .dropped, .noEffect, "Length of console lists",
            note: consoleNote),
        Key(
            "web-admin", .droppedFlag, .noEffect, "Serve an administration page",
            note: consoleNote, since: "4.5.1.0"),
        Key(
            "web-admin-ip", .dropped, .noEffect, "Address of the administration page",
            note: consoleNote, since: "4.5.1.0"),
        Key(
            "web-admin-port", .dropped, .noEffect, "Port of the administration page",
            note: consoleNote, since: "4.5.1.0"),
        Key(
            "web-admin-listen-on-workers", .droppedFlag, .noEffect,
            "Serve the administration page on client ports", note: consoleNote, since: "4.5.1.0"),
        Key(
            "no-http", .droppedFlag, .noEffect, "Serve no administration page",
            note: consoleNote, since: "4.5.0.7", removed: "4.5.1.0"),
    ]

    private static let consoleNote = "Use the `turnstone` command on this machine instead."

    static let process = [
        Key(
            "workers", .number(\.process.workers, 0...128),
            "Relay threads; 0 is one per core", standard: "0", unit: "threads"
        ).own,
        Key(
            "relay-threads", .special, .mapped, "Relay threads of coturn", unit: "threads",
            note: "Same as `workers`; 0 is one worker."),
        Key(
            "cpus", .special, .mapped, "Cores to count on", unit: "cores",
            note: "Same as `workers`, unless `relay-threads` or `workers` is given.",
            since: "4.8.0"),
        Key(
            "proc-user", .optionalText(\.process.user),
            "User to become when started as root; without it `turnstone`, or else `nobody`",
            unit: "user"),
        Key(
            "proc-group", .optionalText(\.process.group),
            "Group to become when started as root; without it the user's own", unit: "group"),
        Key(
            "pidfile", .optionalText(\.process.pidFile), "File to write the process id to",
            unit: "path"),
        Key(
            "state-dir", .optionalText(\.process.stateDirectory),
            "Folder for calls across a restart and for the key of seats; without it the one that"
                + " systemd names in STATE_DIRECTORY, or none",
            unit: "path"
        ).own,
        Key(
            "daemon", .droppedFlag, .noEffect, "Go into the background",
            note: "Turnstone stays in the foreground for systemd or a container."),
        Key(
            "drain-min-allocations", .number(\.limits.drainAllocations, 0...1_000_000), .notYet,
            "Draining ends when no more allocations than this are left", standard: "0",
            unit: "allocations", note: "There is no draining yet.", since: "4.15.0"),
        Key(
            "version", .droppedFlag, .noEffect, "Print the version",
            note: "`turnstone --version` does.", since: "4.6.0"),
    ]
}
