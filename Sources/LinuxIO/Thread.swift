import CLinux

/// A running thread of the operating system.
package struct Thread: ~Copyable, Sendable {
    private let handle: UInt64

    /// Starts a thread. `body` is sendable, hence never bound to the main actor, and runs to its
    /// end whether or not anyone joins.
    ///
    /// - Parameters:
    ///   - name: what `top -H` shows; at most 15 bytes are kept.
    ///   - cpu: the only CPU it may run on; nil for any.
    ///   - stackSize: bytes, nil for the system's default (8 MiB, of which only used pages count).
    package init(
        name: String, cpu: Int? = nil, stackSize: Int? = nil,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let box = Unmanaged.passRetained(ThreadBody(body))
        var handle: UInt64 = 0
        let result = ts_thread_start(
            name, Int32(cpu ?? -1), stackSize ?? 0, { runThreadBody($0) }, box.toOpaque(), &handle)
        if result < 0 { box.release() }
        try check(result, "pthread_create")
        self.handle = handle
    }

    /// Waits for the end of `body`.
    package consuming func join() {
        precondition(ts_thread_join(handle) == 0, "pthread_join")
    }

    /// Binds the calling thread to one CPU.
    package static func pin(to cpu: Int) throws(SystemError) {
        try check(ts_thread_pin(Int32(cpu)), "pthread_setaffinity_np")
    }

    /// The CPUs that this process may use, by number.
    package static func availableCPUs() -> [Int] {
        // CPU_SETSIZE of glibc.
        var numbers = [Int32](repeating: 0, count: 1024)
        let count = ts_available_cpus(&numbers, Int32(numbers.count))
        return numbers.prefix(max(0, Int(count))).map { Int($0) }
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func runThreadBody(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
}
