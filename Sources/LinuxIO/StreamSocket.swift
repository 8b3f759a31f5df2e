import CLinux
package import CPacket

/// A connected stream. Non-blocking when it was accepted; `UnixConnection` makes blocking ones.
package struct StreamSocket: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// Takes ownership of a connected descriptor.
    package init(owning raw: Int32) { descriptor = FileDescriptor(owning: raw) }

    package var raw: Int32 { descriptor.raw }

    /// Gives up ownership; who gets the number closes it with `closeDescriptor`.
    package consuming func release() -> Int32 { descriptor.release() }

    /// Reads what is there, up to the size of `buffer`; 0 means that the peer has finished.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> IOResult<Int> {
        try Stream.read(raw, into: buffer)
    }

    /// Writes as much as there is room for; returns how many bytes that was.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> IOResult<Int> {
        try Stream.write(raw, bytes)
    }

    /// Who is at the other end of a unix socket, as the kernel vouches.
    package func peerCredentials() throws(SystemError) -> PeerCredentials {
        try Stream.peerCredentials(raw)
    }

    /// Says that no more bytes will come; reading goes on.
    package func finishWriting() throws(SystemError) {
        try check(ts_shutdown_write(raw), "shutdown")
    }
}

/// The process at the other end of a unix socket, as it was when it connected.
package struct PeerCredentials: Hashable, Sendable {
    package let processID: Int32
    package let user: UInt32
    package let group: UInt32
    /// Further groups; empty when there are more than 1,024 of them.
    package let supplementaryGroups: [UInt32]
}

/// Reads and writes on raw stream descriptors, for owners that keep them in tables.
package enum Stream {
    package static func read(
        _ raw: Int32, into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> IOResult<Int> {
        try asInt(checkBlocking(ts_read(raw, buffer.baseAddress, buffer.count), "read"))
    }

    /// For sockets only: a closed peer is `brokenPipe`, never a signal.
    package static func write(
        _ raw: Int32, _ bytes: UnsafeRawBufferPointer
    ) throws(SystemError) -> IOResult<Int> {
        try asInt(checkBlocking(ts_socket_write(raw, bytes.baseAddress, bytes.count), "send"))
    }

    /// Writes linked segments from `first` on, at most 128 of them, as one stream of bytes;
    /// returns how many bytes there was room for. Offsets count from `headers` and `payloads`.
    package static func write(
        _ raw: Int32, segments: UnsafePointer<ts_segment>, first: UInt32,
        headers: UnsafeRawPointer, payloads: UnsafeRawPointer
    ) throws(SystemError) -> IOResult<Int> {
        try asInt(
            checkBlocking(ts_stream_send(raw, segments, first, headers, payloads), "sendmsg"))
    }

    package static func peerCredentials(_ raw: Int32) throws(SystemError) -> PeerCredentials {
        var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
        try check(ts_peer_credentials(raw, &pid, &uid, &gid), "getsockopt")
        var groups = [UInt32](repeating: 0, count: 1_024)
        let count = ts_peer_groups(raw, &groups, Int32(groups.count))
        groups.removeLast(groups.count - Int(max(count, 0)))
        return PeerCredentials(
            processID: pid, user: uid, group: gid, supplementaryGroups: groups)
    }

    static func asInt(_ result: IOResult<Int64>) -> IOResult<Int> {
        switch result {
        case .done(let count): .done(Int(count))
        case .wouldBlock: .wouldBlock
        }
    }
}
