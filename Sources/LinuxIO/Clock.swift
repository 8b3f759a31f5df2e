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

    /// CPU time the calling thread has used, in nanoseconds.
    package static func threadCPU() -> UInt64 { ts_thread_cpu_nanoseconds() }
}
