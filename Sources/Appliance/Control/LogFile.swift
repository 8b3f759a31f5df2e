import LinuxIO
import Primitives

/// The file that lines go to. A program that turns logs over gives the file another name, or takes
/// it away: the next line then begins a new one, at the latest a second later.
final class LogFile {
    let path: String
    private var file: AppendFile
    private var identity: File.Identity?
    private var nextLook = MonotonicTime(nanoseconds: 0)

    /// The owner and its group may read it: lines name users and addresses.
    private static let mode: UInt32 = 0o640
    private static let lookInterval = Seconds(1)

    init(path: String) throws(SystemError) {
        self.path = path
        file = try AppendFile(path: path, mode: Self.mode)
        identity = Self.identity(of: path)
    }

    func write(_ line: String) {
        let now = Clock.monotonic()
        if nextLook <= now {
            nextLook = now + Self.lookInterval
            if Self.identity(of: path) != identity { reopen() }
        }
        file.write(line)
    }

    /// Begins the file of that name anew. One that cannot be opened changes nothing: lines in the
    /// old file are better than none.
    private func reopen() {
        guard let opened = try? AppendFile(path: path, mode: Self.mode) else { return }
        file = opened
        identity = Self.identity(of: path)
    }

    private static func identity(of path: String) -> File.Identity? {
        (try? File.status(path))??.identity
    }
}
