import LinuxIO
import Primitives

/// The system log behind /dev/log: a datagram for each line, in the form that syslog(3) gives it,
/// which every daemon that listens there reads (RFC 3164 §4.1).
///
/// Nothing waits for that daemon: a line that it has no room for, or that comes while it is away,
/// is lost and counted. The next one that gets through comes behind a line that says how many.
final class SystemLog {
    static let usualPath = "/dev/log"

    private let path: String
    private let facility: Int
    private var socket: UnixDatagram?
    private var nextTry = MonotonicTime(nanoseconds: 0)
    private(set) var lostLines: UInt64 = 0
    /// Lost lines that the log has not been told of.
    private var untold: UInt64 = 0

    /// Of a message without its head: what rsyslog takes in one piece, unless told otherwise.
    private static let textBytesMax = 8_000
    private static let tryInterval = Seconds(1)

    /// Fails where there is no such log now.
    init(path: String = usualPath, facility: Int) throws(SystemError) {
        self.path = path
        self.facility = facility
        socket = try UnixDatagram(path: path)
    }

    /// Writes one line.
    func write(_ level: LogLevel, _ text: String) {
        let now = Clock.now()
        if untold > 0 {
            let notice = "\(untold) lines are missing here: the system log did not take them"
            if send(.warning, notice, at: now) { untold = 0 }
        }
        guard untold > 0 || !send(level, text, at: now) else { return }
        untold += 1
        lostLines += 1
    }

    private func send(_ level: LogLevel, _ text: String, at now: Now) -> Bool {
        let time = Clock.localText(unixSeconds: now.unixSeconds)
        let head = "<\(facility * 8 + level.severity)>\(time) turnstone[\(Process.id)]: "
        let message = Array(head.utf8) + Self.cut(text)
        do throws(SystemError) {
            if let isTaken = try socket?.send(message) { return isTaken }
        } catch {
            // Whoever listened is gone; another one listens on another socket of that name.
            socket = nil
        }
        guard nextTry <= now.monotonic else { return false }
        nextTry = now.monotonic + Self.tryInterval
        do throws(SystemError) {
            socket = try UnixDatagram(path: path)
            return try socket?.send(message) ?? false
        } catch {
            return false
        }
    }

    /// Whole characters, as many as fit.
    private static func cut(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8.prefix(textBytesMax))
        guard bytes.count < text.utf8.count else { return bytes }
        while let last = bytes.last, last & 0xc0 == 0x80 { bytes.removeLast() }
        if let last = bytes.last, last >= 0xc0 { bytes.removeLast() }
        return bytes
    }
}
