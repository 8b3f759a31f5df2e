import LinuxIO

/// Where log lines go.
enum LogSink: ~Copyable {
    case standardOutput
    case file(LogFile)

    func write(_ line: String) {
        switch self {
        case .standardOutput: StandardStream.output.write(line)
        case .file(let file): file.write(line)
        }
    }
}
