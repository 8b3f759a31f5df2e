import CLinux
package import Primitives

/// The number of a listening TCP socket, non-blocking; whoever opened it closes it.
package struct TCPListener: Hashable, Sendable {
    package let raw: Int32

    /// Connections that wait to be accepted, at most; the kernel's own bound
    /// (net.core.somaxconn, 4096 since Linux 5.4) may be lower.
    package static let backlogMax = 4096

    /// Listens for clients. An IPv6 listener takes IPv6 only.
    ///
    /// - Parameter device: the interface to listen on; nil for any.
    /// - Throws: `addressInUse` when somebody listens there, also this process.
    package static func open(
        _ address: TransportAddress, backlog: Int = backlogMax, device: String? = nil
    ) throws(SystemError) -> TCPListener {
        try open(address, backlog, sharing: TS_TCP_ALONE, device)
    }

    /// Listens on a relay port, from which connections go out as well: `TCPHandle.connect` may
    /// bind the same address while this listens (RFC 6062 §5.2). No other listener may.
    package static func openRelay(
        _ address: TransportAddress, backlog: Int, device: String? = nil
    ) throws(SystemError) -> TCPListener {
        try open(address, backlog, sharing: TS_TCP_SHARED, device)
    }

    /// Listens for clients on a port where this process has `others` already, on addresses that
    /// this one overlaps: the unspecified one and one of its family. A client reaches whoever has
    /// the exact address. A second server is refused as before, unless it runs as the same user
    /// and asks for SO_REUSEPORT: Linux goes on granting that on this port.
    package static func open(
        _ address: TransportAddress, beside others: [TCPListener]
    ) throws(SystemError) -> TCPListener {
        for other in others { try check(ts_tcp_set_shared(other.raw, 1), "setsockopt") }
        defer { for other in others { _ = ts_tcp_set_shared(other.raw, 0) } }
        let sharing = others.isEmpty ? TS_TCP_ALONE : TS_TCP_BESIDE
        return try open(address, backlogMax, sharing: sharing, nil)
    }

    /// Gives the socket to a user that this process is about to become: `open(_:beside:)` shares a
    /// port with sockets of its own user alone.
    package func changeOwner(to user: UInt32) throws(SystemError) {
        try check(ts_tcp_change_owner(raw, user), "fchown")
    }

    private static func open(
        _ address: TransportAddress, _ backlog: Int, sharing: Int32, _ device: String?
    ) throws(SystemError) -> TCPListener {
        var local = address.system
        let result = withOptionalName(device) {
            ts_tcp_listen(&local, Int32(clamping: backlog), sharing, $0)
        }
        return TCPListener(raw: try check(result, "listen"))
    }

    package func close() { closeDescriptor(raw) }

    /// The next connection and who made it; nil when none waits.
    ///
    /// - Throws: `tooManyOpenFiles`, `fileTableFull`, `noBufferSpace` or `outOfMemory`: the
    ///   connection goes on waiting, so the caller must stop asking for a while.
    package func accept() throws(SystemError) -> (socket: TCPHandle, peer: TransportAddress)? {
        var address = ts_address()
        guard
            case .done(let raw) = try checkBlocking(ts_tcp_accept(raw, &address), "accept"),
            let peer = TransportAddress(address)
        else { return nil }
        return (TCPHandle(raw: raw), peer)
    }

    /// The address it is bound to.
    package func localAddress() throws(SystemError) -> TransportAddress {
        try TCPHandle(raw: raw).localAddress()
    }
}
