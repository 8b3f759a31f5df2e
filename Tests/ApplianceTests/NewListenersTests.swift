import Configuration
import LinuxIO
import Primitives
import TURN
import Testing

@testable import Appliance

/// The sockets of a reload: all of them, or none.
@Suite struct NewListenersTests {
    private static let loopback = IPAddress(127, 0, 0, 1)

    private static func mapping() throws -> SettingsMapping {
        var configuration = ServerConfiguration()
        configuration.process.workers = 3
        return SettingsMapping(
            configuration: configuration, machine: StartPlanTests.machine,
            plan: try StartPlan(configuration, on: StartPlanTests.machine), relaySocketsMax: 1,
            peerConnectionsMax: 1)
    }

    /// A port that is free for both transports at this moment.
    private static func free() throws -> TransportAddress {
        let listener = try TCPListener.open(TransportAddress(loopback, 0))
        defer { listener.close() }
        return try listener.localAddress()
    }

    @Test("Every worker has a socket of its own on a new UDP address")
    func all() throws {
        let address = try Self.free()
        var change = ListenerChange()
        change.openedUDP = [.init(slot: 4, place: address)]
        change.openedStreams = [.init(slot: 2, place: StreamEndpoint(address: address))]
        let opened = try NewListeners(change, Self.mapping())
        defer { opened.close() }
        #expect(opened.udp.count == 1 && opened.streams.count == 1)
        #expect(Set(opened.udp[0]).count == 3)
        for socket in opened.udp[0] { #expect(try socket.localAddress() == address) }
        #expect(try opened.streams[0].localAddress() == address)
    }

    @Test("The last one is busy: those before it are closed again")
    func none() throws {
        let holder = try TCPListener.open(TransportAddress(Self.loopback, 0))
        defer { holder.close() }
        let address = try Self.free()
        var change = ListenerChange()
        change.openedUDP = [.init(slot: 4, place: address)]
        change.openedStreams = [
            .init(slot: 2, place: StreamEndpoint(address: address)),
            .init(slot: 3, place: StreamEndpoint(address: try holder.localAddress())),
        ]
        #expect(throws: StartFailure.self) { try NewListeners(change, Self.mapping()) }
        try UDPHandle.open(address, UDPOptions()).close()
        try TCPListener.open(address).close()
    }
}
