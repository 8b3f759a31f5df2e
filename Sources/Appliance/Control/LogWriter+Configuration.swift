import Configuration
import LinuxIO

extension LogWriter {
    /// The log as the configuration wants it.
    init(_ settings: ServerConfiguration.LogSettings) throws(StartFailure) {
        let level = LogLevel(rawValue: settings.level.rawValue) ?? .info
        // systemd sets the variable when the output goes to its journal (systemd.exec(5)).
        let journal = Process.environment("JOURNAL_STREAM") != nil
        guard let path = settings.file else {
            let style = settings.format == .json ? .json : journal ? Style.journal : .timed
            self.init(limit: level, style: style, sink: .standardOutput)
            return
        }
        let file = try attempt("log-file \(path)") { () throws(SystemError) in
            try AppendFile(path: path, mode: 0o640)
        }
        self.init(limit: level, style: settings.format == .json ? .json : .timed, sink: .file(file))
    }
}
