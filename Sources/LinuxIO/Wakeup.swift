import CLinux

/// Wakes a thread that waits in its epoll: an eventfd, readable from `signal` to `drain`.
package struct Wakeup: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    package init() throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(ts_eventfd_create(), "eventfd"))
    }

    /// To be added to the epoll of the thread that is to wake.
    package var raw: Int32 { descriptor.raw }

    /// May be called from any thread.
    package func signal() {
        let result = ts_eventfd_signal(descriptor.raw)
        precondition(result >= 0, "eventfd: \(Errno(rawValue: -result).name)")
    }

    /// Takes all signals so far.
    package func drain() {
        let result = ts_eventfd_drain(descriptor.raw)
        precondition(result >= 0, "eventfd: \(Errno(rawValue: -result).name)")
    }
}
