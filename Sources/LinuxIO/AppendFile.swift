import CLinux

/// A file that lines are added to, such as a log.
package struct AppendFile: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// Opens or makes the file; a new one has exactly the permission bits `mode`.
    package init(path: String, mode: UInt32) throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(ts_open_append(path, mode), "open"))
    }

    /// Writes all of the text. A full disk loses the line; the service goes on.
    package func write(_ text: String) {
        try? File.writeAll(descriptor.raw, Array(text.utf8))
    }
}
