import CLinux

/// A listening unix stream socket; its node disappears with it.
package struct UnixListener: ~Copyable, Sendable {
    private let descriptor: FileDescriptor
    /// Where it is bound; a leading `@` names the abstract space.
    package let path: String

    /// Binds with exactly these permission bits. A node left by a dead process is replaced; one
    /// that somebody listens on gives `addressInUse`. The path is at most 107 bytes.
    package init(path: String, mode: UInt32, backlog: Int32 = 64) throws(SystemError) {
        let raw = try check(ts_unix_listen(path, backlog, mode), "bind")
        descriptor = FileDescriptor(owning: raw)
        self.path = path
    }

    deinit {
        if !path.hasPrefix("@") { _ = ts_unlink(path) }
    }

    package var raw: Int32 { descriptor.raw }

    /// The next connection, non-blocking; nil when none waits.
    package func accept() throws(SystemError) -> StreamSocket? {
        guard case .done(let raw) = try checkBlocking(ts_accept(descriptor.raw), "accept") else {
            return nil
        }
        return StreamSocket(owning: raw)
    }
}

/// A blocking connection to a unix socket, for command-line clients.
package struct UnixConnection: ~Copyable {
    private let socket: StreamSocket

    /// Each read or write that takes longer than `timeoutMilliseconds` fails with `timedOut`.
    package init(path: String, timeoutMilliseconds: Int32) throws(SystemError) {
        let raw = try check(ts_unix_connect(path, timeoutMilliseconds), "connect")
        socket = StreamSocket(owning: raw)
    }

    /// Writes all of `bytes`.
    package func write(_ bytes: [UInt8]) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let result = rest.withUnsafeBytes {
                ts_socket_write(socket.raw, $0.baseAddress, $0.count)
            }
            switch try checkBlocking(result, "send") {
            case .done(let count): rest = rest.dropFirst(Int(count))
            case .wouldBlock: throw SystemError(.timedOut, call: "send")
            }
        }
    }

    /// Waits for bytes, at most `max`; empty when the peer has finished.
    package func read(max: Int = 65_536) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: max)
        let result = buffer.withUnsafeMutableBytes { ts_read(socket.raw, $0.baseAddress, $0.count) }
        switch try checkBlocking(result, "read") {
        case .done(let count): return Array(buffer.prefix(Int(count)))
        case .wouldBlock: throw SystemError(.timedOut, call: "read")
        }
    }

    /// Says that no more bytes will come; reading goes on.
    package func finishWriting() throws(SystemError) { try socket.finishWriting() }
}
