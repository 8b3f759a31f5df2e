import LinuxIO
import Primitives
import Testing

@Suite struct PortHolderTests {
    @Test(arguments: Loopback.addresses)
    func namesTheProcessThatHoldsThePort(ip: IPAddress) throws {
        let socket = try Loopback.socket(ip)
        let address = try socket.handle.localAddress()
        let holders = PortHolder.find(address, .udp)
        #expect(holders.count == 1)
        #expect(holders.first?.address == address)
        #expect(holders.first?.processID == Process.id)
        #expect(holders.first?.command?.isEmpty == false)
        // Whoever wants every address is in its way as well; another address is not.
        let any = IPAddress(family: ip.family, bits: 0)
        #expect(PortHolder.find(TransportAddress(any, address.port), .udp) == holders)
        let other = IPAddress(family: ip.family, bits: ip.bits + 1)
        #expect(PortHolder.find(TransportAddress(other, address.port), .udp).isEmpty)
        #expect(socket.handle.raw >= 0)
    }

    @Test(arguments: Loopback.addresses)
    func namesTheProcessThatListens(ip: IPAddress) throws {
        let listener = try TCPListener.open(TransportAddress(ip, 0))
        defer { listener.close() }
        let address = try listener.localAddress()
        #expect(PortHolder.find(address, .tcp).map(\.processID) == [Process.id])
        #expect(PortHolder.find(address, .udp).isEmpty)
    }

    @Test func aFreePortHasNoHolder() throws {
        #expect(try PortHolder.find(closedPort(Loopback.v4), .udp).isEmpty)
        #expect(PortHolder.find(TransportAddress(Loopback.v4, 1), .tcp).isEmpty)
    }
}
