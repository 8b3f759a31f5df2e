/// Network namespaces, for tests that change interfaces. They end with their process.
enum Namespace {
    /// Moves the calling thread into an empty network namespace; false when that is not allowed.
    static func enter() -> Bool {
        // CLONE_NEWNET of sched.h.
        unshare(0x4000_0000) == 0
    }
}

/// unshare(2), which the Glibc module does not show.
@_silgen_name("unshare") private func unshare(_ flags: Int32) -> Int32
