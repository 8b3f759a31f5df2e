// Keys of the process and its log.
extension Reader {
    mutating func applyService(
        _ value: String, of key: Key, _ entry: inout Report.Line
    ) throws(Problem) {
        switch key.name {
        case "relay-threads":
            configuration.process.workers = max(1, try number(value, in: 0...128, &entry))
        case "cpus":
            let count = try number(value, in: 1...128, &entry)
            if lastLine["relay-threads"] == nil, lastLine["workers"] == nil {
                configuration.process.workers = count
            }
        case "verbose":
            let isOn = try flag(value, &entry)
            if isOn, configuration.log.level < .detail { configuration.log.level = .detail }
        case "Verbose":
            if try flag(value, &entry) { configuration.log.level = .debug }
        case "log-min-level": try applyLogLevel(value, &entry)
        case "log-format":
            guard let format = ServerConfiguration.LogFormat(rawValue: value.lowercased()) else {
                throw .invalid("`\(entry.value)` is no form.", accepted: "text or json")
            }
            configuration.log.format = format
        case "syslog-facility": try applyFacility(value)
        default: applyLogFile(value)
        }
    }

    /// coturn's `debug` is everything it has, which is its default and a matter of `verbose` too.
    private mutating func applyLogLevel(
        _ value: String, _ entry: inout Report.Line
    ) throws(Problem) {
        switch value.lowercased() {
        case "debug": entry.message = "Everything that `verbose` or `Verbose` adds is logged."
        case "info": configuration.log.level = .info
        case "warning": configuration.log.level = .warning
        case "error": configuration.log.level = .error
        default:
            throw .invalid(
                "`\(entry.value)` is no level.", accepted: "debug, info, warning or error")
        }
    }

    /// The special names of coturn's log file (`turnserver.conf`, log-file).
    private mutating func applyLogFile(_ value: String) {
        switch value {
        case "stdout", "-", "": configuration.log.file = nil
        case "syslog": configuration.log.usesSystemLog = true
        default: configuration.log.file = value
        }
    }

    /// `LOG_LOCAL0`, as coturn has it, or `local0`.
    private mutating func applyFacility(_ value: String) throws(Problem) {
        let name = value.lowercased()
        let short = name.hasPrefix("log_") ? String(name.dropFirst(4)) : name
        guard let facility = ServerConfiguration.LogFacility(rawValue: short) else {
            throw .invalid(
                "`\(Mistake.printable(value))` is no facility.",
                accepted: "LOG_DAEMON, LOG_USER, LOG_AUTH, LOG_LOCAL0 to LOG_LOCAL7 and the like")
        }
        configuration.log.facility = facility
    }

    /// Judges what the lines about the log say together.
    mutating func reviewLog() {
        let log = configuration.log
        if log.usesSystemLog, log.file != nil {
            attach(
                Problem(
                    .warning, "log-file-unused",
                    "The system log is written to, as in coturn, and the file is not.",
                    "Delete this line, or `syslog`."), to: "log-file")
        }
    }
}
