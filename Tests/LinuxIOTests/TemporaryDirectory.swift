import Glibc
import LinuxIO

/// A new directory that goes away, with the files in it, at the end of a test.
struct TemporaryDirectory: ~Copyable {
    let path: String

    init() throws {
        path = "/tmp/ts-test-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
        try File.makeDirectory(path, mode: 0o700)
    }

    /// Ends a listener but leaves its node, as a killed process does.
    func keepNode(_ listener: consuming UnixListener, at node: String) throws {
        let other = node + ".kept"
        guard link(node, other) == 0 else { throw SystemError(.invalid, call: "link") }
        end(listener)
        guard rename(other, node) == 0 else { throw SystemError(.invalid, call: "rename") }
        // A child that another test is just starting may hold the listener for a moment longer.
        for _ in 0..<1000 {
            do {
                _ = try UnixConnection(path: node, timeoutMilliseconds: 1000)
                usleep(1000)
            } catch {
                return
            }
        }
    }

    private func end(_ listener: consuming UnixListener) {}

    deinit {
        for name in (try? File.names(in: path)) ?? [] { try? File.remove(path + "/" + name) }
        rmdir(path)
    }
}
