import Configuration
import Glibc
import LinuxIO
import Primitives
import Reception
import TURN
import Testing

@testable import Appliance

/// Stream listeners that come and go while connections stay.
@Suite struct DoorReloadTests {
    private static func listener() throws -> (TCPListener, StreamEndpoint) {
        let listener = try TCPListener.open(TransportAddress(IPAddress(127, 0, 0, 1), 0))
        return (listener, StreamEndpoint(address: try listener.localAddress()))
    }

    private static func connect(to address: TransportAddress, _ rig: DoorRig) throws -> TCPHandle {
        let socket = try TCPHandle.connect(
            from: TransportAddress(IPAddress(127, 0, 0, 1), 0), to: address)
        rig.turn { (try? socket.connectResult()) ?? true }
        return socket
    }

    @Test("A new listener has the number of its slot at once")
    func opens() throws {
        let rig = try DoorRig()
        let (listener, endpoint) = try Self.listener()
        var change = ListenerChange()
        change.openedStreams = [.init(slot: 1, place: endpoint)]
        #expect(rig.door.follow(change, [listener], at: rig.now).isEmpty)
        let socket = try Self.connect(to: endpoint.address, rig)
        defer { socket.close() }
        _ = try Sample.binding.withUnsafeBytes { bytes throws(SystemError) in
            try socket.write(bytes)
        }
        let parcel = try rig.parcel()
        #expect(parcel.listener == ListenerIndex.tcp(1))
        parcel.socket.close()
    }

    @Test("A listener that cannot be watched is named, and the next reload tries again")
    func retries() throws {
        let rig = try DoorRig()
        let (listener, endpoint) = try Self.listener()
        // Epoll refuses what is no socket.
        let kept = dup(listener.raw)
        let file = open("/dev/null", O_RDONLY)
        defer { for number in [kept, file] { close(number) } }
        #expect(dup2(file, listener.raw) == listener.raw)
        var change = ListenerChange()
        change.openedStreams = [.init(slot: 1, place: endpoint)]
        #expect(rig.door.follow(change, [listener], at: rig.now) == [endpoint])
        #expect(rig.door.follow(ListenerChange(), [], at: rig.now) == [endpoint])
        #expect(dup2(kept, listener.raw) == listener.raw)
        #expect(rig.door.follow(ListenerChange(), [], at: rig.now).isEmpty)
        let socket = try Self.connect(to: endpoint.address, rig)
        defer { socket.close() }
        _ = try Sample.binding.withUnsafeBytes { bytes throws(SystemError) in
            try socket.write(bytes)
        }
        try rig.parcel().socket.close()
    }

    @Test("Who is connected, accepted or not, stays when the listener goes; others are refused")
    func closes() throws {
        let rig = try DoorRig()
        let early = try rig.client()
        rig.settle()
        // In the backlog: the door has not turned since.
        let pending = try TCPHandle.connect(
            from: TransportAddress(IPAddress(127, 0, 0, 1), 0), to: rig.address)
        defer { pending.close() }
        var change = ListenerChange()
        change.closedStreams = [.init(slot: 0, place: StreamEndpoint(address: rig.address))]
        #expect(rig.door.follow(change, [], at: rig.now).isEmpty)
        early.write(Sample.binding)
        let first = try rig.parcel()
        #expect(first.listener == ListenerIndex.tcp(0))
        first.socket.close()
        _ = try Sample.binding.withUnsafeBytes { bytes throws(SystemError) in
            try pending.write(bytes)
        }
        let second = try rig.parcel()
        second.socket.close()
        let late = try? TCPHandle.connect(
            from: TransportAddress(IPAddress(127, 0, 0, 1), 0), to: rig.address)
        defer { late?.close() }
        if let late {
            #expect(throws: SystemError.self) {
                while try !late.connectResult() { rig.settle() }
            }
        }
        // The same slot again.
        let listener = try TCPListener.open(rig.address)
        var again = ListenerChange()
        again.openedStreams = [.init(slot: 0, place: StreamEndpoint(address: rig.address))]
        #expect(rig.door.follow(again, [listener], at: rig.now).isEmpty)
        let client = try rig.client()
        client.write(Sample.binding)
        let third = try rig.parcel()
        #expect(third.listener == ListenerIndex.tcp(0))
        third.socket.close()
    }

    @Test("A proxy in front from now on: connections of before need no header")
    func alters() throws {
        let rig = try DoorRig()
        let before = try rig.client()
        rig.settle()
        var change = ListenerChange()
        change.alteredStreams = [
            .init(
                slot: 0, place: StreamEndpoint(address: rig.address, expectsProxyHeader: true))
        ]
        #expect(rig.door.follow(change, [], at: rig.now).isEmpty)
        before.write(Sample.binding)
        let parcel = try rig.parcel()
        parcel.socket.close()
        let after = try rig.client()
        after.write(Sample.binding)
        #expect(after.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.noProxyHeader: 1])
    }

    @Test("Transports and bounds hold for connections that come from now on")
    func applies() throws {
        let rig = try DoorRig()
        var configuration = ServerConfiguration()
        configuration.streams.limits.connections = 1
        var served = ServedTransports(configuration)
        served.tcp = false
        let before = try rig.client()
        rig.settle()
        rig.door.apply(configuration.streams, served: served)
        let after = try rig.client()
        #expect(after.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.tooMany: 1])
        before.write(Sample.binding)
        #expect(before.waitForEnd())
        #expect(rig.tools.ledger.counts.refused == [.tooMany: 1, .notServed: 1])
    }
}
