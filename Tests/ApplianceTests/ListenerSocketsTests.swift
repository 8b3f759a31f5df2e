import LinuxIO
import Primitives
import Testing

@testable import Appliance

/// Ports that cannot be opened are explained.
@Suite struct ListenerSocketsTests {
    static let loopback = IPAddress(127, 0, 0, 1)

    @Test("The TCP listeners come in the order of their endpoints")
    func order() throws {
        let any = StreamEndpoint(address: TransportAddress(Self.loopback, 0))
        let six = StreamEndpoint(address: TransportAddress(IPAddress("::1")!, 0))
        let sockets = try ListenerSockets.open([any, six, any], device: nil)
        defer { for socket in sockets { socket.close() } }
        #expect(try sockets.map { try $0.localAddress().ip.family } == [.ipv4, .ipv6, .ipv4])
    }

    @Test("A busy TCP port: who has it, and what was opened before is closed again")
    func busyTCP() throws {
        let holder = try TCPListener.open(TransportAddress(Self.loopback, 0))
        defer { holder.close() }
        let busy = try holder.localAddress()
        // A port that was free just now; the pair is opened in order, so it is the one to close.
        let probe = try TCPListener.open(TransportAddress(Self.loopback, 0))
        let free = try probe.localAddress()
        probe.close()
        let failure = #expect(throws: StartFailure.self) {
            try ListenerSockets.open(
                [free, busy].map { StreamEndpoint(address: $0) }, device: nil)
        }
        let text = try #require(failure?.description)
        #expect(text.contains("TCP port \(busy.port) on 127.0.0.1 is busy"))
        #expect(text.contains("(process \(Process.id))"))
        let again = try TCPListener.open(free)
        again.close()
    }

    @Test func busyUDP() throws {
        let holder = try UDPHandle.open(TransportAddress(Self.loopback, 0), UDPOptions())
        defer { holder.close() }
        let busy = try holder.localAddress()
        let failure = #expect(throws: StartFailure.self) {
            try ListenerSockets.open([busy], workers: 2, options: UDPOptions())
        }
        #expect(failure?.description.contains("UDP port \(busy.port)") == true)
        #expect(failure?.description.contains("(process \(Process.id))") == true)
    }

    @Test func addressOfAnotherMachine() throws {
        let foreign = TransportAddress(IPAddress(192, 0, 2, 1), 3478)
        let failure = #expect(throws: StartFailure.self) {
            try ListenerSockets.open([StreamEndpoint(address: foreign)], device: nil)
        }
        #expect(failure?.description.contains("TCP 192.0.2.1:3478 cannot be opened") == true)
    }
}
