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
