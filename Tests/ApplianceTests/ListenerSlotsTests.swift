import Configuration
import Primitives
import TURN
import Testing

@testable import Appliance

/// Which sockets a reload opens and closes, and what keeps its number.
@Suite struct ListenerSlotsTests {
    static let lan = StartPlanTests.lan

    static func plan(_ change: (inout ServerConfiguration) -> Void = { _ in }) throws -> StartPlan {
        var configuration = ServerConfiguration()
        configuration.listening.addresses = [lan]
        change(&configuration)
        return try StartPlan(configuration, on: StartPlanTests.machine)
    }

    /// Plans with these UDP and TCP ports, one after the other; what the last one changes.
    private static func follow(_ steps: [[UInt16]]) throws -> (ListenerSlots, ListenerChange) {
        var slots = ListenerSlots(try plan(ports: steps[0]))
        var change = ListenerChange()
        for ports in steps.dropFirst() {
            change = try slots.change(to: plan(ports: ports))
            slots.follow(change)
        }
        return (slots, change)
    }

    private static func plan(ports: [UInt16]) throws -> StartPlan {
        try plan {
            $0.listening.port = ports[0]
            $0.listening.auxiliary = ports.dropFirst().map { TransportAddress(lan, $0) }
        }
    }

    @Test func nothingChangesWhereNothingDiffers() throws {
        let slots = ListenerSlots(try Self.plan())
        #expect(try slots.change(to: Self.plan()).isEmpty)
    }

    @Test("What stays keeps its slot, whatever goes before it")
    func numbersAreStable() throws {
        let (slots, change) = try Self.follow([[3478, 443, 80], [3478, 80]])
        #expect(change.openedUDP.isEmpty && change.openedStreams.isEmpty)
        #expect(change.closedUDP.map(\.slot) == [1])
        #expect(change.closedStreams.map(\.slot) == [1])
        let listeners = slots.listeners
        let address = TransportAddress(Self.lan, 80)
        #expect(
            listeners[Int(ListenerIndex.udp(2).index)] == .init(address: address, transport: .udp))
        #expect(
            listeners[Int(ListenerIndex.tls(2).index)] == .init(address: address, transport: .tls))
        // Streams that go on say where they came by.
        #expect(listeners[Int(ListenerIndex.tcp(1).index)].address.port == 443)
    }

    @Test("Slots of datagrams are used again, those of streams for their own address alone")
    func reuse() throws {
        let (slots, change) = try Self.follow([[3478, 443], [3478], [3478, 80]])
        #expect(change.openedUDP.map(\.slot) == [1])
        #expect(change.openedStreams.map(\.slot) == [2])
        #expect(slots.udp.count == 2 && slots.streams.count == 3)
        let (_, again) = try Self.follow([[3478, 443, 80], [3478], [80, 443, 3478]])
        #expect(again.openedUDP.map(\.slot) == [2, 1])
        #expect(again.openedStreams.map(\.slot) == [2, 1])
    }

    @Test("A slot that closes is not given away in the same reload")
    func movedPort() throws {
        let (slots, change) = try Self.follow([[3478], [3479]])
        #expect(change.closedUDP.map(\.slot) == [0])
        #expect(change.openedUDP.map(\.slot) == [1])
        #expect(slots.udp.map(\.isOpen) == [false, true])
        // Back and forth takes no more.
        let (back, _) = try Self.follow([[3478], [3479], [3478], [3479], [3478]])
        #expect(back.udp.count == 2 && back.streams.count == 2)
    }

    @Test("A port that is behind a proxy from now on is not opened anew")
    func proxied() throws {
        var slots = ListenerSlots(try Self.plan())
        let change = try slots.change(to: Self.plan { $0.streams.proxyPort = 3478 })
        #expect(change.alteredStreams.map(\.place.expectsProxyHeader) == [true])
        #expect(change.openedStreams.isEmpty && change.closedStreams.isEmpty)
        #expect(change.closedUDP.isEmpty && change.openedUDP.isEmpty)
        slots.follow(change)
        #expect(slots.streams[0].place.expectsProxyHeader)
    }

    @Test("A switch closes all it is about, and opens it again in the same slots")
    func switches() throws {
        var slots = ListenerSlots(try Self.plan())
        let off = try slots.change(to: Self.plan { $0.listening.udp = false })
        #expect(off.closedUDP.map(\.slot) == [0] && off.closedStreams.isEmpty)
        slots.follow(off)
        #expect(try slots.change(to: Self.plan()).openedUDP.map(\.slot) == [0])
    }

    @Test func slotsAreBounded() throws {
        var slots = ListenerSlots(try Self.plan(ports: [1]))
        var change = ListenerChange()
        change.openedStreams = (1..<ListenerIndex.slotsMax).map { slot in
            .init(
                slot: slot,
                place: StreamEndpoint(address: TransportAddress(Self.lan, UInt16(slot + 1))))
        }
        slots.follow(change)
        #expect(throws: StartFailure.self) {
            try slots.change(to: Self.plan(ports: [60_000]))
        }
    }
}
