import CPacket
import LinuxIO
import Primitives
import Testing

@Suite struct ReceiveBatchTests {
    @Test(arguments: Loopback.addresses)
    func fillsFlatRecords(ip: IPAddress) throws {
        let a = try Loopback.socket(ip)
        let b = try Loopback.socket(ip)
        let target = try b.handle.localAddress()
        for value in 1...5 as ClosedRange<UInt8> {
            try a.handle.send([UInt8](repeating: value, count: Int(value) * 100), to: target)
        }
        var batch = ReceiveBatch(slots: 8)
        #expect(batch.receive(from: b.handle, tag: 77) == 5)
        #expect(datagrams(batch) == (1...5).map { [UInt8](repeating: $0, count: Int($0) * 100) })
        let sender = try a.handle.localAddress()
        for index in 0..<batch.count {
            let packet = batch.packets[index]
            #expect(packet.source == sender)
            #expect(packet.tag == 77)
            #expect(packet.flags == 0)
            #expect(packet.segmentSize == 0)
        }
    }

    @Test func appendsUntilTheSlotsAreFull() throws {
        let a = try Loopback.socket(Loopback.v4)
        let b = try Loopback.socket(Loopback.v4)
        let target = try b.handle.localAddress()
        for value in 0..<10 as Range<UInt8> { try a.handle.send([value], to: target) }
        var batch = ReceiveBatch(slots: 8, slotSize: 2048)
        #expect(batch.receive(from: b.handle, tag: 1, max: 3) == 3)
        #expect(batch.receive(from: b.handle, tag: 2) == 5)
        #expect(batch.receive(from: b.handle, tag: 3) == 0)
        #expect(datagrams(batch) == (0..<8).map { [$0] })
        #expect((0..<8).map { batch.packets[$0].tag } == [1, 1, 1, 2, 2, 2, 2, 2])
        batch.clear()
        #expect(batch.count == 0)
        #expect(batch.receive(from: b.handle, tag: 3) == 2)
        #expect(datagrams(batch) == [[8], [9]])
    }

    @Test func tellsWhenADatagramWasCut() throws {
        let a = try Loopback.socket(Loopback.v4)
        let b = try Loopback.socket(Loopback.v4)
        let target = try b.handle.localAddress()
        for _ in 0..<3 { try a.handle.send([UInt8](repeating: 9, count: 200), to: target) }
        var batch = ReceiveBatch(slots: 4, slotSize: 64)
        batch.receive(from: b.handle, tag: 0, max: 1)
        var ready = [ready(b.handle, 0), ready(b.handle, 0, flags: TS_READY_CONTROL)]
        _ = ready.withUnsafeMutableBufferPointer { batch.receive(ready: $0) }
        #expect(batch.count == 3)
        for index in 0..<3 {
            #expect(batch.packets[index].flags == TS_RECEIVED_TRUNCATED)
            #expect(batch.packets[index].payloadLength == 64)
        }
    }

    @Test func visitsReadySocketsInTurn() throws {
        let sender = try Loopback.socket(Loopback.v4)
        let sockets = try (0..<3).map { _ in
            try UDPHandle.open(TransportAddress(Loopback.v4, 0), UDPOptions())
        }
        defer { for socket in sockets { socket.close() } }
        for (index, socket) in sockets.enumerated() {
            for _ in 0..<3 { try sender.handle.send([UInt8(index)], to: socket.localAddress()) }
        }
        var list = [
            ready(sockets[0], 10), ready(sockets[1], 11, burst: 8),
            ready(sockets[2], 12, flags: TS_READY_CONTROL), ready(sockets[2], 12),
        ]
        var batch = ReceiveBatch(slots: 5)
        let visited = list.withUnsafeMutableBufferPointer { batch.receive(ready: $0) }
        #expect(visited == 3)
        #expect(list.map(\.received) == [1, 3, 1, 0])
        #expect(datagrams(batch) == [[0], [1], [1], [1], [2]])
        #expect((0..<5).map { batch.packets[$0].tag } == [10, 11, 11, 11, 12])
    }

    /// An ICMP error of an earlier send is skipped: what waits behind it still arrives.
    @Test(arguments: Loopback.addresses)
    func pendingErrorsDoNotStopTheLoop(ip: IPAddress) throws {
        var options = UDPOptions()
        options.reportErrors = true
        let a = try Loopback.socket(ip)
        let b = try Loopback.socket(ip, options)
        try b.handle.send([1], to: closedPort(ip))
        try a.handle.send([2], to: b.handle.localAddress())
        var batch = ReceiveBatch(slots: 4)
        var list = [ready(b.handle, 5)]
        let visited = list.withUnsafeMutableBufferPointer { batch.receive(ready: $0) }
        #expect(visited == 1)
        #expect(datagrams(batch) == [[2]])
        #expect(batch.counters.pendingErrors == 1)
        #expect(batch.counters.lastError == .connectionRefused)
    }

    @Test func typeOfServiceIsFilledWhenAskedFor() throws {
        var options = UDPOptions()
        options.typeOfService = true
        let a = try Loopback.socket(Loopback.v4)
        let b = try Loopback.socket(Loopback.v4, options)
        try a.handle.send([1], to: b.handle.localAddress())
        var batch = ReceiveBatch(slots: 4)
        #expect(batch.receive(from: b.handle, tag: 0) == 1)
        #expect(batch.packets[0].typeOfService == 0)
    }

    private func ready(
        _ socket: UDPHandle, _ tag: UInt32, burst: UInt16 = 1, flags: UInt32 = 0
    ) -> ts_ready {
        ts_ready(socket: socket.raw, tag: tag, burst: burst, received: 0, flags: flags)
    }
}

/// An address where nobody listens: it was free a moment ago.
func closedPort(_ ip: IPAddress) throws -> TransportAddress {
    let socket = try Loopback.socket(ip)
    return try socket.handle.localAddress()
}
