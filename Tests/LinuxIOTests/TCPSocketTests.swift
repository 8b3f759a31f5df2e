import LinuxIO
import Primitives
import Testing

@Suite struct TCPSocketTests {
    @Test(arguments: Loopback.addresses)
    func bytesCrossInBothDirections(ip: IPAddress) throws {
        let pair = try Pair(ip)
        defer { pair.close() }
        #expect(try pair.client.peerAddress() == pair.listener.localAddress())
        #expect(try pair.client.localAddress() == pair.peer)
        #expect(try pair.server.peerAddress() == pair.peer)
        #expect(read(pair.server) == .wouldBlock)
        try write(pair.client, [1, 2, 3])
        #expect(wait(pair.server, .readable))
        #expect(read(pair.server) == .done([1, 2, 3]))
        try write(pair.server, [4])
        #expect(wait(pair.client, .readable))
        #expect(read(pair.client) == .done([4]))
        try pair.client.shutdownWriting()
        #expect(wait(pair.server, .readable))
        #expect(read(pair.server) == .done([]))
        // The other half goes on.
        try write(pair.server, [5])
        #expect(wait(pair.client, .readable))
        #expect(read(pair.client) == .done([5]))
    }

    @Test(arguments: Loopback.addresses)
    func aClientNeedsNoAddressOfItsOwn(ip: IPAddress) throws {
        let listener = try TCPListener.open(TransportAddress(ip, 0))
        defer { listener.close() }
        let client = try TCPHandle.connect(to: listener.localAddress())
        defer { client.close() }
        #expect(wait(client, .writable))
        #expect(try client.connectResult())
        #expect(try client.localAddress().ip == ip)
    }

    @Test func aSlowReaderFillsTheSocketEarly() throws {
        let pair = try Pair(Loopback.v4)
        defer { pair.close() }
        try pair.client.setNotSentLowWater(65_536)
        try pair.client.setNoDelay(true)
        try pair.client.setKeepAlive(idle: Seconds(60), interval: Seconds(10), probes: 3)
        let block = [UInt8](repeating: 7, count: 65_536)
        // What the receiver's window takes is the kernel's choice, but it is bounded.
        var written = 0
        while written < 256 << 20 {
            let result = try block.withUnsafeBytes { try pair.client.write($0) }
            guard case .done(let count) = result else { break }
            written += count
        }
        #expect(written < 64 << 20)
        #expect(written > 0)
    }

    @Test func aResetIsAnErrorAtTheOtherEnd() throws {
        let pair = try Pair(Loopback.v4)
        pair.client.reset()
        #expect(wait(pair.server, .readable))
        #expect(throws: SystemError(.connectionReset, call: "connect")) {
            _ = try pair.server.connectResult()
        }
        pair.server.close()
        pair.listener.close()
    }

    @Test func nobodyThereIsRefused() throws {
        let listener = try TCPListener.open(TransportAddress(Loopback.v4, 0))
        let address = try listener.localAddress()
        listener.close()
        let client = try TCPHandle.connect(from: TransportAddress(Loopback.v4, 0), to: address)
        defer { client.close() }
        #expect(wait(client, .writable))
        #expect(throws: SystemError(.connectionRefused, call: "connect")) {
            _ = try client.connectResult()
        }
    }
}

@Suite struct TCPListenerTests {
    @Test func listenersOfOneProcessMayOverlap() throws {
        let narrow = try TCPListener.open(TransportAddress(IPAddress(127, 0, 0, 1), 0))
        defer { narrow.close() }
        let port = try narrow.localAddress().port
        let unspecified = TransportAddress(IPAddress(0, 0, 0, 0), port)
        #expect(throws: SystemError.self) { try TCPListener.open(unspecified, beside: []) }
        let wide = try TCPListener.open(unspecified, beside: [narrow])
        defer { wide.close() }
        // A second server has no place beside them.
        for last in [UInt8(1), 2] {
            let place = TransportAddress(IPAddress(127, 0, 0, last), port)
            #expect(throws: SystemError.self) { try TCPListener.open(place) }
        }
    }

    @Test func aBusyPortIsRefused() throws {
        let listener = try TCPListener.open(TransportAddress(Loopback.v4, 0))
        defer { listener.close() }
        let address = try listener.localAddress()
        #expect(throws: SystemError(.addressInUse, call: "listen")) {
            _ = try TCPListener.open(address)
        }
        #expect(throws: SystemError(.addressInUse, call: "listen")) {
            _ = try TCPListener.openRelay(address, backlog: 4)
        }
        #expect(try listener.accept() == nil)
    }

    /// RFC 6062 §5.2: the relayed address both accepts connections and makes them.
    @Test(arguments: Loopback.addresses)
    func aRelayPortListensAndConnectsOutAtOnce(ip: IPAddress) throws {
        let relay = try TCPListener.openRelay(TransportAddress(ip, 0), backlog: 4)
        defer { relay.close() }
        let relayed = try relay.localAddress()
        let target = try TCPListener.open(TransportAddress(ip, 0))
        defer { target.close() }

        let outgoing = try TCPHandle.connect(from: relayed, to: target.localAddress())
        defer { outgoing.close() }
        #expect(wait(outgoing, .writable))
        #expect(try outgoing.connectResult())
        let seen = try #require(try accept(target))
        defer { seen.socket.close() }
        #expect(seen.peer == relayed)

        // With that connection open, the port still takes others.
        let incoming = try TCPHandle.connect(from: TransportAddress(ip, 0), to: relayed)
        defer { incoming.close() }
        let accepted = try #require(try accept(relay))
        defer { accepted.socket.close() }
        #expect(accepted.peer == (try incoming.localAddress()))
        try write(incoming, [9])
        #expect(wait(accepted.socket, .readable))
        #expect(read(accepted.socket) == .done([9]))
        #expect(read(outgoing) == .wouldBlock)

        // The same pair twice is one connection too many; another server stays out.
        #expect(throws: SystemError.self) {
            try TCPHandle.connect(from: relayed, to: target.localAddress()).close()
        }
        #expect(throws: SystemError(.addressInUse, call: "listen")) {
            _ = try TCPListener.openRelay(relayed, backlog: 4)
        }
        #expect(throws: SystemError(.addressInUse, call: "listen")) {
            _ = try TCPListener.open(relayed)
        }
    }

    @Test func aPortOfALateConnectionIsFreeAgain() throws {
        let pair = try Pair(Loopback.v4)
        let address = try pair.listener.localAddress()
        // Closed first, so that TIME_WAIT stays here.
        pair.server.close()
        pair.client.close()
        pair.listener.close()
        try TCPListener.openRelay(address, backlog: 4).close()
    }
}

/// Two ends of one connection, and the listener it came through.
private struct Pair {
    let listener: TCPListener
    let client: TCPHandle
    let server: TCPHandle
    /// The client's address as the listener saw it.
    let peer: TransportAddress

    init(_ ip: IPAddress) throws {
        listener = try TCPListener.open(TransportAddress(ip, 0))
        client = try TCPHandle.connect(
            from: TransportAddress(ip, 0), to: listener.localAddress())
        (server, peer) = try #require(try LinuxIOTests.accept(listener))
        #expect(wait(client, .writable))
        #expect(try client.connectResult())
    }

    func close() {
        client.close()
        server.close()
        listener.close()
    }
}

private func accept(
    _ listener: TCPListener
) throws -> (socket: TCPHandle, peer: TransportAddress)? {
    _ = wait(TCPHandle(raw: listener.raw), .readable)
    return try listener.accept()
}

/// Waits until the socket is ready, for as long as a loaded machine may need.
private func wait(_ handle: TCPHandle, _ interest: Readiness) -> Bool {
    guard let epoll = try? Epoll(capacity: 1) else { return false }
    guard (try? epoll.add(handle.raw, interest, token: 1)) != nil else { return false }
    return epoll.wait(milliseconds: 10_000) == 1
}

private func read(_ handle: TCPHandle) -> IOResult<[UInt8]>? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    guard let result = try? buffer.withUnsafeMutableBytes({ try handle.read(into: $0) })
    else { return nil }
    switch result {
    case .done(let count): return .done(Array(buffer.prefix(count)))
    case .wouldBlock: return .wouldBlock
    }
}

private func write(_ handle: TCPHandle, _ bytes: [UInt8]) throws {
    #expect(try bytes.withUnsafeBytes { try handle.write($0) } == .done(bytes.count))
}
