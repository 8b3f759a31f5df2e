import CPacket
import Glibc
import LinuxIO
import Primitives
import Testing

@Suite struct SendBatchTests {
    @Test(arguments: Loopback.addresses)
    func gathersHeaderPayloadAndPadding(ip: IPAddress) throws {
        let a = try Loopback.socket(ip)
        let b = try Loopback.socket(ip)
        let target = try b.handle.localAddress()
        var outgoing = Outgoing()
        outgoing.add(a.handle, to: target, [([1, 2], [3, 4, 5], 3)])
        outgoing.add(a.handle, to: target, [([], [6], 0)])
        outgoing.add(a.handle, to: target, [([7, 8, 9, 10], [], 0)])
        var sender = SendBatch()
        outgoing.send(&sender)
        #expect(received(b) == [[1, 2, 3, 4, 5, 0, 0, 0], [6], [7, 8, 9, 10]])
        #expect(outgoing.groups.map(\.result) == [1, 1, 1])
        #expect(sender.counters.datagrams == 3)
        #expect(sender.counters.bytes == 13)
        #expect(sender.counters.calls == 1)
    }

    /// A group leaves as one merged send, and a receiver that merges gets it in one piece.
    @Test(arguments: Loopback.addresses)
    func mergedSendsArriveMerged(ip: IPAddress) throws {
        var options = UDPOptions()
        options.merge = true
        let a = try Loopback.socket(ip)
        let b = try Loopback.socket(ip, options)
        var outgoing = Outgoing()
        let parts = (1...8).map { part(UInt8($0), size: $0 == 8 ? 300 : 1000) }
        outgoing.add(a.handle, to: try b.handle.localAddress(), parts)
        var sender = SendBatch()
        outgoing.send(&sender)
        #expect(outgoing.groups[0].result == 8)
        #expect(sender.counters.calls == 1)
        #expect(sender.counters.bytes == UInt64(7 * 1004 + 304))
        var batch = ReceiveBatch(slots: 4)
        #expect(batch.receive(from: b.handle, tag: 0) == 1)
        #expect(batch.packets[0].segmentSize == 1004)
        #expect(batch.packets[0].payloadLength == 7 * 1004 + 304)
        #expect(datagrams(batch) == parts.map { $0.header + $0.payload })
    }

    @Test func mergedSendsArriveSinglyElsewhere() throws {
        let a = try Loopback.socket(Loopback.v4)
        let b = try Loopback.socket(Loopback.v4)
        var outgoing = Outgoing()
        let parts = (1...64).map { part(UInt8($0), size: 100) }
        outgoing.add(a.handle, to: try b.handle.localAddress(), parts)
        var sender = SendBatch()
        outgoing.send(&sender)
        #expect(received(b) == parts.map { $0.header + $0.payload })
        #expect(sender.counters.calls == 1)
    }

    @Test func runsOfOneSocketLeaveInOneCallAndInOrder() throws {
        let a = try Loopback.socket(Loopback.v4)
        let b = try Loopback.socket(Loopback.v4)
        var options = UDPOptions()
        options.receiveBuffer = 1 << 20
        let c = try Loopback.socket(Loopback.v4, options)
        let target = try c.handle.localAddress()
        var outgoing = Outgoing()
        // More groups than one call takes, and a change of socket.
        for value in 0..<150 as Range<UInt8> {
            outgoing.add(a.handle, to: target, [([value], [], 0)])
        }
        outgoing.add(b.handle, to: target, [([200], [], 0)])
        var sender = SendBatch()
        outgoing.send(&sender)
        #expect(sender.counters.calls == 3)
        #expect(received(c, slots: 256) == (0..<150).map { [$0] } + [[200]])
    }

    /// Segments above the route's MTU cannot be merged: they go singly, and IP fragments them.
    @Test(arguments: Loopback.addresses)
    func whatCannotMergeGoesSingly(ip: IPAddress) throws {
        let a = try Loopback.socket(ip)
        let b = try Loopback.socket(ip)
        let target = try b.handle.localAddress()
        // The loopback's MTU is 65,536 at most; IP and UDP headers take at least 28 of it.
        var outgoing = Outgoing()
        outgoing.add(a.handle, to: target, [([1], [], 0)])
        outgoing.add(a.handle, to: target, [part(2, size: 33_000), part(3, size: 33_000)])
        outgoing.add(a.handle, to: target, [([4], [], 0)])
        var sender = SendBatch()
        outgoing.send(&sender)
        #expect(received(b).map(\.count) == [1, 33_004, 33_004, 1])
        #expect(outgoing.groups.map(\.result) == [1, 2, 1])
        #expect(sender.counters.resentSingly == 1)
        #expect(sender.counters.dropped == 0)
    }

    @Test func singlyWhenAskedAndForAnEmptyEnd() throws {
        let a = try Loopback.socket(Loopback.v4)
        let b = try Loopback.socket(Loopback.v4)
        let target = try b.handle.localAddress()
        var outgoing = Outgoing()
        outgoing.add(a.handle, to: target, flags: TS_GROUP_SINGLY, [([1], [1], 0), ([2], [], 0)])
        outgoing.add(a.handle, to: target, [([3], [], 0), ([], [], 0)])
        var sender = SendBatch()
        outgoing.send(&sender)
        #expect(received(b) == [[1, 1], [2], [3], []])
        #expect(outgoing.groups.map(\.result) == [2, 2])
        #expect(sender.counters.bytes == 4)
    }

    @Test(arguments: Loopback.addresses)
    func dropsAreCountedByKind(ip: IPAddress) throws {
        let a = try Loopback.socket(ip)
        let b = try Loopback.socket(ip)
        let target = try b.handle.localAddress()
        var outgoing = Outgoing()
        outgoing.add(a.handle, to: target, [part(1, size: 65_533)])
        // Nothing can be sent to port 0.
        outgoing.add(a.handle, to: TransportAddress(ip, 0), [([2], [], 0)])
        outgoing.add(a.handle, to: target, [([3], [], 0)])
        var sender = SendBatch()
        outgoing.send(&sender)
        #expect(received(b) == [[3]])
        #expect(outgoing.groups[0].result == -Errno.messageTooLong.rawValue)
        #expect(outgoing.groups[1].result < 0)
        #expect(outgoing.groups[2].result == 1)
        #expect(sender.counters.droppedTooBig == 1)
        #expect(sender.counters.droppedOther == 1)
        #expect(sender.counters.datagrams == 1)
    }

    /// With IP_RECVERR the kernel reports an earlier ICMP error instead of sending: the datagram
    /// that met it must not be lost.
    @Test(arguments: Loopback.addresses)
    func staleErrorsLoseNothing(ip: IPAddress) throws {
        var options = UDPOptions()
        options.reportErrors = true
        let a = try Loopback.socket(ip, options)
        let b = try Loopback.socket(ip)
        try a.handle.send([9], to: closedPort(ip))
        var outgoing = Outgoing()
        outgoing.add(a.handle, to: try b.handle.localAddress(), [([1], [], 0)])
        var sender = SendBatch()
        outgoing.send(&sender)
        #expect(received(b) == [[1]])
        #expect(sender.counters.calls == 2)
        #expect(sender.counters.dropped == 0)
    }

    /// On an interface with a smaller MTU, in a network namespace of its own.
    @Test(.enabled(if: Process.user == 0, "only root makes network namespaces"))
    func theRouteDecidesWhatIsTooBig() async {
        await #expect(processExitsWith: .success) {
            guard Namespace.enter() else { return }
            system("ip link add ts-d mtu 1400 up type veth peer name ts-e && ip link set ts-e up")
            system("ip addr add 192.0.2.1/24 dev ts-d")
            system("ip neigh add 192.0.2.2 lladdr 2:0:0:0:0:2 dev ts-d")
            let socket = try Loopback.socket(IPAddress(192, 0, 2, 1))
            let peer = TransportAddress(IPAddress(192, 0, 2, 2), 9)
            var outgoing = Outgoing()
            // Too big for DF; fragmented without it; too big to be merged; fine with DF.
            outgoing.add(
                socket.handle, to: peer, flags: TS_GROUP_DONT_FRAGMENT, [part(1, size: 1396)])
            outgoing.add(socket.handle, to: peer, [part(2, size: 1396)])
            outgoing.add(socket.handle, to: peer, [part(3, size: 1396), part(4, size: 1396)])
            outgoing.add(
                socket.handle, to: peer, flags: TS_GROUP_DONT_FRAGMENT, [part(5, size: 1000)])
            var sender = SendBatch()
            outgoing.send(&sender)
            #expect(outgoing.groups.map(\.result) == [-Errno.messageTooLong.rawValue, 1, 2, 1])
            #expect(sender.counters.resentSingly == 1)
            #expect(sender.counters.droppedTooBig == 1)
        }
    }

    private func received(_ socket: borrowing UDPSocket, slots: Int = 80) -> [[UInt8]] {
        var batch = ReceiveBatch(slots: slots, slotSize: 65_536 / (slots > 200 ? 2 : 1))
        batch.receive(from: socket.handle, tag: 0)
        return datagrams(batch)
    }
}

/// A segment: a header like ChannelData's, and a payload of one repeated byte.
private func part(
    _ value: UInt8, size: Int
) -> (header: [UInt8], payload: [UInt8], padding: Int) {
    ([0x40, value, 0, 0], [UInt8](repeating: value, count: size), 0)
}
