import LinuxIO
import Primitives
import Testing

@Suite struct SocketErrorQueueTests {
    @Test(arguments: Loopback.addresses)
    func tellsWhichPeerWasUnreachable(ip: IPAddress) throws {
        var options = UDPOptions()
        options.reportErrors = true
        let socket = try Loopback.socket(ip, options)
        #expect(try socket.handle.nextDeliveryError() == nil)
        let peer = try closedPort(ip)
        try socket.handle.send([1, 2, 3], to: peer)
        let epoll = try Epoll()
        try epoll.add(socket.handle.raw, .readable, token: 1)
        #expect(epoll.wait(milliseconds: 1000) == 1)
        #expect(epoll[0].readiness.contains(.error))
        let error = try #require(try socket.handle.nextDeliveryError())
        #expect(error.peer == peer)
        #expect(error.errno == .connectionRefused)
        // Port unreachable: RFC 792 type 3 code 3, RFC 4443 type 1 code 4.
        #expect(error.origin == (ip.family == .ipv4 ? .icmp : .icmp6))
        #expect((error.type, error.code) == (ip.family == .ipv4 ? (3, 3) : (1, 4)))
        #expect(try socket.handle.nextDeliveryError() == nil)
    }

    @Test func withoutAskingNothingIsQueued() throws {
        let socket = try Loopback.socket(Loopback.v4)
        try socket.handle.send([1], to: closedPort(Loopback.v4))
        #expect(try socket.handle.nextDeliveryError() == nil)
    }
}
