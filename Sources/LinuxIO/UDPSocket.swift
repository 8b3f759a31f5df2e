import CLinux
package import Primitives

/// How a UDP socket is opened.
package struct UDPOptions: Sendable {
    /// Several workers bind the same address, and the kernel spreads clients over them.
    package var reusePort = false
    /// ICMP errors land in the error queue, and epoll reports `.error`.
    package var reportErrors = false
    /// Equal datagrams of one sender that arrive together come as one (UDP_GRO).
    package var merge = false
    /// Fill `ts_received.typeOfService`.
    package var typeOfService = false
    /// Bytes to ask for; nil leaves the system's default.
    package var receiveBuffer: Int?
    package var sendBuffer: Int?
    /// Send and receive through this interface only; needs CAP_NET_RAW on older kernels.
    package var device: String?

    package init() {}
}

/// A bound, non-blocking UDP socket. IPv6 sockets take IPv6 only; packets leave without DF, with
/// the system's default TTL and TOS 0 (RFC 8656 §14, the alternate behaviours).
package struct UDPSocket: ~Copyable, Sendable {
    package let handle: UDPHandle

    /// Opens and binds. Port 0 takes a free one; `addressInUse` is the error to expect.
    package init(
        bind address: TransportAddress, _ options: UDPOptions = UDPOptions()
    ) throws(SystemError) {
        handle = try UDPHandle.open(address, options)
    }

    deinit { closeDescriptor(handle.raw) }

    /// Gives up ownership, for tables that cannot hold a non-copyable value.
    package consuming func release() -> UDPHandle {
        let handle = handle
        discard self
        return handle
    }
}

/// The number of an open UDP socket. Copying it does not keep the socket open: a slab stores
/// handles and closes each exactly once.
package struct UDPHandle: Hashable, Sendable {
    package let raw: Int32

    package init(raw: Int32) { self.raw = raw }

    /// Opens a socket that the caller must close.
    package static func open(
        _ address: TransportAddress, _ options: UDPOptions
    ) throws(SystemError) -> UDPHandle {
        var local = address.system
        var wanted = ts_udp_options()
        wanted.receiveBuffer = Int32(clamping: options.receiveBuffer ?? 0)
        wanted.sendBuffer = Int32(clamping: options.sendBuffer ?? 0)
        wanted.reusePort = options.reusePort ? 1 : 0
        wanted.reportErrors = options.reportErrors ? 1 : 0
        wanted.merge = options.merge ? 1 : 0
        wanted.typeOfService = options.typeOfService ? 1 : 0
        guard let device = options.device else {
            return UDPHandle(raw: try check(ts_udp_open(&local, &wanted), "bind"))
        }
        let result = device.withCString { name in
            wanted.device = name
            return ts_udp_open(&local, &wanted)
        }
        return UDPHandle(raw: try check(result, "bind"))
    }

    package func close() { closeDescriptor(raw) }

    /// Turns UDP_GRO on or off; its socket then needs `TS_READY_CONTROL` when read.
    package func setMerge(_ on: Bool) throws(SystemError) {
        try check(ts_udp_set_merge(raw, on ? 1 : 0), "setsockopt")
    }

    /// The address the socket is bound to.
    package func localAddress() throws(SystemError) -> TransportAddress {
        var address = ts_address()
        try check(ts_local_address(raw, &address), "getsockname")
        guard let result = TransportAddress(address) else {
            throw SystemError(.invalid, call: "getsockname")
        }
        return result
    }

    /// Payload bytes the kernel grants for receiving, half of what SO_RCVBUF reads.
    package func receiveBuffer() throws(SystemError) -> Int {
        Int(try check(ts_socket_buffer(raw, 1), "getsockopt"))
    }

    /// Payload bytes the kernel grants for sending, half of what SO_SNDBUF reads.
    package func sendBuffer() throws(SystemError) -> Int {
        Int(try check(ts_socket_buffer(raw, 0), "getsockopt"))
    }

    /// Datagrams lost since opening because the receive buffer was full; wraps at 2^32.
    package func receiveDrops() throws(SystemError) -> UInt32 {
        var drops: UInt32 = 0
        try check(ts_socket_drops(raw, &drops), "getsockopt")
        return drops
    }

    /// Sends one datagram; for control paths, batches use `SendBatch`.
    package func send(
        _ bytes: UnsafeRawBufferPointer, to peer: TransportAddress
    ) throws(SystemError) -> IOResult<Int> {
        var address = peer.system
        switch try checkBlocking(ts_send_to(raw, bytes.baseAddress, bytes.count, &address), "send")
        {
        case .done(let count): return .done(Int(count))
        case .wouldBlock: return .wouldBlock
        }
    }

    /// Receives one datagram; for control paths, batches use `ReceiveBatch`.
    package func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> IOResult<(count: Int, from: TransportAddress)> {
        var address = ts_address()
        let got = ts_receive_from(raw, buffer.baseAddress, buffer.count, &address)
        guard case .done(let count) = try checkBlocking(got, "recvfrom") else { return .wouldBlock }
        guard let peer = TransportAddress(address) else { return .wouldBlock }
        return .done((Int(count), peer))
    }
}
