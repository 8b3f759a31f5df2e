import Configuration
import LinuxIO

extension LogWriter {
    /// The log as the configuration wants it.
    init(_ settings: ServerConfiguration.LogSettings) throws(StartFailure) {
        let level = LogLevel(rawValue: settings.level.rawValue) ?? .info
        let isJSON = settings.format == .json
        guard let path = settings.file else {
            let style = isJSON ? .json : Self.isJournal ? Style.journal : .timed
            self.init(
                limit: level, style: style, sink: .standardOutput,
                masksAddresses: settings.masksAddresses)
            return
        }
        let file = try attempt("log-file \(path)") { () throws(SystemError) in
            try LogFile(path: path)
        }
        self.init(
            limit: level, style: isJSON ? .json : .timed, sink: .file(file),
            masksAddresses: settings.masksAddresses)
    }

    /// Whether standard output goes to the journal: systemd names the stream in the variable, which
    /// a program behind a pipe or a file inherits too (systemd.exec(5)).
    private static var isJournal: Bool {
        guard let stream = Process.environment("JOURNAL_STREAM"),
            let output = (try? File.status("/proc/self/fd/1")) ?? nil
        else { return false }
        return "\(output.identity)" == stream
    }
}
