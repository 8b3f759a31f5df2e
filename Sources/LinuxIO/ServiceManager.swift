import CLinux

/// Tells systemd how the service is doing (sd_notify(3)); without systemd nothing happens.
package enum ServiceManager {
    /// Sends lines such as `READY=1` or `STATUS=...`. Returns whether somebody was told.
    @discardableResult
    package static func notify(_ lines: String...) -> Bool {
        notify(lines)
    }

    /// The same; a name that begins with `@` is one of the abstract name space.
    @discardableResult
    package static func notify(_ lines: [String]) -> Bool {
        guard let path = Process.environment("NOTIFY_SOCKET"), !path.isEmpty else { return false }
        return notify(socket: path, lines)
    }

    /// How long the service manager waits for `WATCHDOG=1` before it ends the process; nil when it
    /// does not (sd_watchdog_enabled(3)).
    package static var watchdogMicroseconds: UInt64? {
        watchdog(
            Process.environment("WATCHDOG_USEC"), of: Process.environment("WATCHDOG_PID"),
            process: Process.id)
    }

    static func watchdog(_ time: String?, of owner: String?, process: Int32) -> UInt64? {
        guard let time = time.flatMap({ UInt64($0) }), time > 0 else { return nil }
        // The variables may have come down from a service that started this process.
        guard owner.map({ Int32($0) == process }) ?? true else { return nil }
        return time
    }

    static func notify(socket path: String, _ lines: [String]) -> Bool {
        let message = Array(lines.joined(separator: "\n").utf8)
        return ts_unix_send_datagram(path, message, message.count) == 0
    }
}
