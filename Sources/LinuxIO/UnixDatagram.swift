import CLinux

/// A non-blocking datagram socket to one unix address, such as that of the system log.
package struct UnixDatagram: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// Fails where nobody listens.
    package init(path: String) throws(SystemError) {
        descriptor = FileDescriptor(owning: try check(ts_unix_datagram(path), "connect"))
    }

    /// Sends one datagram; false when the receiver has too many waiting.
    ///
    /// - Throws: `connectionRefused` and the like when the receiver is gone, for good: another one
    ///   at the same path wants another socket.
    package func send(_ bytes: [UInt8]) throws(SystemError) -> Bool {
        let result = bytes.withUnsafeBytes {
            ts_socket_write(descriptor.raw, $0.baseAddress, $0.count)
        }
        switch try checkBlocking(result, "send") {
        case .done: return true
        case .wouldBlock: return false
        }
    }
}
