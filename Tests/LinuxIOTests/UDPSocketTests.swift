import CLinux
import LinuxIO
import Primitives
import Testing

@Suite struct UDPSocketTests {
    @Test(arguments: Loopback.addresses)
    func bindsAndTellsItsAddress(ip: IPAddress) throws {
        let socket = try Loopback.socket(ip)
        let address = try socket.handle.localAddress()
        #expect(address.ip == ip)
        #expect(address.port != 0)
    }

    @Test(arguments: Loopback.addresses)
    func carriesADatagram(ip: IPAddress) throws {
        let a = try Loopback.socket(ip)
        let b = try Loopback.socket(ip)
        var buffer = [UInt8](repeating: 0, count: 100)
        try buffer.withUnsafeMutableBytes { buffer in
            guard case .wouldBlock = try b.handle.receive(into: buffer) else {
                Issue.record("nothing was sent yet")
                return
            }
        }
        try a.handle.send([1, 2, 3], to: b.handle.localAddress())
        let sender = try a.handle.localAddress()
        try buffer.withUnsafeMutableBytes { buffer in
            guard case .done(let result) = try b.handle.receive(into: buffer) else {
                Issue.record("nothing came")
                return
            }
            #expect(result.count == 3)
            #expect(result.from == sender)
        }
        #expect(Array(buffer.prefix(3)) == [1, 2, 3])
    }

    @Test func ipv6SocketsLeaveIPv4Alone() throws {
        guard Loopback.addresses.count == 2 else { return }
        let any = IPAddress(v6High: 0, low: 0)
        let six = try UDPSocket(bind: TransportAddress(any, 0))
        let port = try six.handle.localAddress().port
        let four = try UDPSocket(bind: TransportAddress(IPAddress(0, 0, 0, 0), port))
        #expect(try four.handle.localAddress().port == port)
    }

    @Test func severalSocketsSharePortsOnlyWhenAsked() throws {
        var options = UDPOptions()
        options.reusePort = true
        let first = try Loopback.socket(Loopback.v4, options)
        let address = try first.handle.localAddress()
        let second = try UDPSocket(bind: address, options)
        #expect(try second.handle.localAddress() == address)
        #expect(throws: SystemError.self) { _ = try UDPSocket(bind: address) }
    }

    @Test func buffersAreReportedAsGranted() throws {
        var options = UDPOptions()
        options.receiveBuffer = 64 << 10
        options.sendBuffer = 48 << 10
        let socket = try Loopback.socket(Loopback.v4, options)
        #expect(try socket.handle.receiveBuffer() == 64 << 10)
        #expect(try socket.handle.sendBuffer() == 48 << 10)
    }

    @Test func bindsToAnInterface() throws {
        var options = UDPOptions()
        options.device = "lo"
        let socket = try Loopback.socket(Loopback.v4, options)
        #expect(try socket.handle.localAddress().ip == Loopback.v4)
        options.device = "ts-nothing"
        #expect(throws: SystemError.self) { _ = try Loopback.socket(Loopback.v4, options) }
    }

    /// The counter that costs nothing per packet equals the one that a control message carries.
    @Test func dropsAreCountedAsTheKernelTellsThem() throws {
        var options = UDPOptions()
        options.receiveBuffer = 4096
        let receiver = try Loopback.socket(Loopback.v4, options)
        #expect(ts_socket_set_overflow_messages(receiver.handle.raw, 1) == 0)
        let sender = try Loopback.socket(Loopback.v4)
        let address = try receiver.handle.localAddress()
        #expect(try receiver.handle.receiveDrops() == 0)
        for _ in 0..<100 { try sender.handle.send([UInt8](repeating: 7, count: 1000), to: address) }
        let drops = try receiver.handle.receiveDrops()
        #expect(drops > 0 && drops < 100)
        // A message tells what was lost before its packet came: empty the queue, send one more.
        var told: UInt32 = 0
        while ts_socket_overflow_by_message(receiver.handle.raw, &told) >= 0 {}
        try sender.handle.send([1], to: address)
        #expect(ts_socket_overflow_by_message(receiver.handle.raw, &told) == 1)
        #expect(told == drops)
    }
}
