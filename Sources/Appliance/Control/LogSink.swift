import Configuration
import LinuxIO

/// Where log lines go.
enum LogSink {
    case standardOutput
    /// Standard output that systemd's journal reads: a prefix says the priority (sd-daemon(3)).
    case journal
    case file(LogFile)
    case system(SystemLog)

    /// What the configuration wants. A machine without a system log gets the lines on standard
    /// output, and `warning` says so.
    static func open(
        _ settings: ServerConfiguration.LogSettings
    ) throws(StartFailure) -> (sink: LogSink, warning: String?) {
        if settings.usesSystemLog {
            if isJournal { return (.journal, nil) }
            do throws(SystemError) {
                return (.system(try SystemLog(facility: settings.facility.number)), nil)
            } catch {
                let reason = "\(SystemLog.usualPath): \(error.errno.text)"
                return (
                    .standardOutput,
                    "there is no system log (\(reason)): the log goes to standard output"
                )
            }
        }
        guard let path = settings.file else { return (isJournal ? .journal : .standardOutput, nil) }
        let file = try attempt("log-file \(path)") { () throws(SystemError) in
            try LogFile(path: path)
        }
        return (.file(file), nil)
    }

    /// Finds out whether it could be opened, and leaves no new file behind.
    static func rehearse(_ settings: ServerConfiguration.LogSettings) throws(StartFailure) {
        let isNew = settings.file.map { ((try? File.status($0)) ?? nil) == nil } ?? false
        _ = try open(settings)
        if isNew, let path = settings.file { try? File.remove(path) }
    }

    /// Whether standard output goes to the journal: systemd names the stream in the variable, which
    /// a program behind a pipe or a file inherits too (systemd.exec(5)).
    private static var isJournal: Bool {
        guard let stream = Process.environment("JOURNAL_STREAM"),
            let output = (try? File.status("/proc/self/fd/1")) ?? nil
        else { return false }
        return "\(output.identity)" == stream
    }

    /// Whether whoever reads it notes the time of each line, and its level.
    var addsTime: Bool {
        switch self {
        case .journal, .system: true
        case .standardOutput, .file: false
        }
    }

    var lostLines: UInt64 {
        if case .system(let log) = self { log.lostLines } else { 0 }
    }

    /// In words.
    var name: String {
        switch self {
        case .standardOutput: "standard output"
        case .journal: "the journal"
        case .file(let file): file.path
        case .system: "the system log"
        }
    }

    func write(_ lines: [(level: LogLevel, text: String)]) {
        switch self {
        case .standardOutput:
            StandardStream.output.write(lines.map { $0.text + "\n" }.joined())
        case .journal: StandardStream.output.write(Self.journalText(lines))
        case .file(let file): file.write(lines.map { $0.text + "\n" }.joined())
        case .system(let log):
            for (level, text) in lines {
                for line in text.split(separator: "\n") { log.write(level, String(line)) }
            }
        }
    }

    /// Each line with its priority, also within a text of several: the errors of a file are one.
    static func journalText(_ lines: [(level: LogLevel, text: String)]) -> String {
        lines.map { level, text in
            text.split(separator: "\n").map { "<\(level.severity)>\($0)\n" }.joined()
        }.joined()
    }
}
