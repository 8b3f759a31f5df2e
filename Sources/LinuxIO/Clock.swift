import CLinux
package import Primitives

/// The system's clocks, read without entering the kernel.
package enum Clock {
    package static func now() -> Now {
        Now(monotonic: monotonic(), unixSeconds: ts_unix_seconds())
    }

    package static func monotonic() -> MonotonicTime {
        MonotonicTime(nanoseconds: ts_monotonic_nanoseconds())
    }

    /// Milliseconds since 1970, for what is told to others.
    package static func unixMilliseconds() -> Int64 { Int64(clamping: ts_unix_milliseconds()) }

    /// `Jan  1 23:59:59` in the machine's time zone: what syslog has always begun its lines with
    /// (RFC 3164 §4.1.2).
    package static func localText(unixSeconds: UInt64) -> String {
        var text = [CChar](repeating: 0, count: 16)
        ts_local_time(unixSeconds, &text)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    }

    /// CPU time the calling thread has used, in nanoseconds.
    package static func threadCPU() -> UInt64 { ts_thread_cpu_nanoseconds() }

    /// The same of all threads of the process.
    package static func processCPU() -> UInt64 { ts_process_cpu_nanoseconds() }

    /// Whether something keeps the system's clock, a time server's program or the host of a virtual
    /// machine, and by how much it may be off (adjtimex(2)).
    package static func keeping() throws(SystemError) -> (isKept: Bool, errorMicroseconds: Int64) {
        var error: Int64 = 0
        let kept = try check(ts_clock_kept(&error), "adjtimex")
        return (kept == 1, error)
    }
}
