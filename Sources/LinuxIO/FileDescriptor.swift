import CLinux

/// An open file descriptor that closes when its owner lets go of it.
package struct FileDescriptor: ~Copyable, Sendable {
    package let raw: Int32

    /// Takes ownership of an open descriptor.
    package init(owning raw: Int32) {
        precondition(raw >= 0, "not a descriptor")
        self.raw = raw
    }

    deinit { closeDescriptor(raw) }

    /// Gives up ownership; who gets the number must close it with `closeDescriptor`.
    package consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }
}

/// Closes a released descriptor. Errors of close say nothing that could be acted on, except
/// EBADF: closing twice could hit a stranger's descriptor, so that ends the process.
package func closeDescriptor(_ raw: Int32) {
    precondition(ts_close(raw) != -Errno.badDescriptor.rawValue, "closed twice")
}
