import CLinux
package import Primitives

/// The number of an open TCP socket, non-blocking. Copying it does not keep the socket open: an
/// owner in a table closes each exactly once.
package struct TCPHandle: Hashable, Sendable {
    package let raw: Int32

    package init(raw: Int32) { self.raw = raw }

    package func close() { closeDescriptor(raw) }

    /// Closes at once with a reset: what waits unsent is thrown away, and no TIME_WAIT remains.
    package func reset() { _ = ts_tcp_reset(raw) }

    /// Begins to connect from a local address whose port a `TCPListener` of `relay` may hold too.
    /// The socket becomes writable when `connectResult` knows more.
    ///
    /// - Parameter device: the interface to go through; nil for any.
    /// - Throws: `addressInUse` or `addressNotAvailable` when these two addresses are connected
    ///   already or the local one is none of this machine.
    package static func connect(
        from local: TransportAddress, to peer: TransportAddress, device: String? = nil
    ) throws(SystemError) -> TCPHandle {
        var (local, peer) = (local.system, peer.system)
        let result = withOptionalName(device) { ts_tcp_connect(&local, &peer, $0) }
        return TCPHandle(raw: try check(result, "connect"))
    }

    /// Begins to connect from whatever address the system chooses.
    package static func connect(to peer: TransportAddress) throws(SystemError) -> TCPHandle {
        var peer = peer.system
        return TCPHandle(raw: try check(ts_tcp_connect_from_any(&peer), "connect"))
    }

    /// True when the connection stands, false while it is being made; throws why it failed.
    package func connectResult() throws(SystemError) -> Bool {
        try check(ts_tcp_connected(raw), "connect") == 1
    }

    /// Reads what is there, up to the size of `buffer`; 0 means that the peer has finished.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> IOResult<Int> {
        try Stream.read(raw, into: buffer)
    }

    /// Writes as much as there is room for; returns how many bytes that was. A closed peer is
    /// `brokenPipe`, never a signal.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> IOResult<Int> {
        try Stream.write(raw, bytes)
    }

    /// Says that no more bytes will come; reading goes on.
    package func shutdownWriting() throws(SystemError) {
        try check(ts_shutdown_write(raw), "shutdown")
    }

    /// Whether small writes leave at once (TCP_NODELAY).
    package func setNoDelay(_ on: Bool) throws(SystemError) {
        try check(ts_tcp_set_no_delay(raw, on ? 1 : 0), "setsockopt")
    }

    /// With more than `bytes` unsent the socket takes no more (TCP_NOTSENT_LOWAT): a queue then
    /// builds up where frames can still be dropped, not in the kernel.
    package func setNotSentLowWater(_ bytes: Int) throws(SystemError) {
        try check(ts_tcp_set_not_sent_low_water(raw, Int32(clamping: bytes)), "setsockopt")
    }

    /// Finds peers that vanished: after `idle` of silence `probes` probes, one every `interval`.
    /// Data that stays unacknowledged as long ends the connection as well (TCP_USER_TIMEOUT).
    package func setKeepAlive(
        idle: Seconds, interval: Seconds, probes: Int
    ) throws(SystemError) {
        let result = ts_tcp_set_keep_alive(
            raw, Int32(clamping: idle.count), Int32(clamping: interval.count),
            Int32(clamping: probes))
        try check(result, "setsockopt")
    }

    package func localAddress() throws(SystemError) -> TransportAddress {
        var address = ts_address()
        try check(ts_local_address(raw, &address), "getsockname")
        guard let result = TransportAddress(address) else {
            throw SystemError(.invalid, call: "getsockname")
        }
        return result
    }

    package func peerAddress() throws(SystemError) -> TransportAddress {
        var address = ts_address()
        try check(ts_peer_address(raw, &address), "getpeername")
        guard let result = TransportAddress(address) else {
            throw SystemError(.invalid, call: "getpeername")
        }
        return result
    }
}

/// Calls `body` with the name as the system takes it; NULL for nil.
func withOptionalName(_ name: String?, _ body: (UnsafePointer<CChar>?) -> Int32) -> Int32 {
    guard let name else { return body(nil) }
    return name.withCString { body($0) }
}
