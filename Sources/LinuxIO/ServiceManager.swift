import CLinux

/// Tells systemd how the service is doing (sd_notify(3)); without systemd nothing happens.
package enum ServiceManager {
    /// Sends lines such as `READY=1` or `STATUS=...`. Returns whether somebody was told.
    @discardableResult
    package static func notify(_ lines: String...) -> Bool {
        guard let path = Process.environment("NOTIFY_SOCKET"), !path.isEmpty else { return false }
        return notify(socket: path, lines)
    }

    static func notify(socket path: String, _ lines: [String]) -> Bool {
        let message = Array(lines.joined(separator: "\n").utf8)
        return ts_unix_send_datagram(path, message, message.count) == 0
    }
}
