import Primitives
import Testing

@testable import Forwarding

@Suite struct ForwarderTests {
    @Test func channelDataGoesToTheBoundPeer() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        rig.receive(channelData(0x4001, [1, 2, 3]), from: Rig.client)
        #expect(rig.fromClients() == [Sent(socket: 100, to: Rig.peer, datagrams: [[1, 2, 3]])])
        #expect(rig.forwarder.traffic(of: 0)?.packetsUp == 1)
        #expect(rig.forwarder.traffic(of: 0)?.bytesUp == 3)
    }

    @Test("Padding over UDP is allowed and not relayed (RFC 8656 §12.4)")
    func paddingIsCut() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        rig.receive(channelData(0x4001, [1, 2, 3]) + [0], from: Rig.client)
        #expect(rig.fromClients().first?.datagrams == [[1, 2, 3]])
    }

    @Test("Empty payloads are relayed in both directions")
    func emptyPayloads() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        rig.receive(channelData(0x4001, []), from: Rig.client)
        #expect(rig.fromClients() == [Sent(socket: 100, to: Rig.peer, datagrams: [[]])])
        rig.receive([], from: Rig.peer)
        #expect(
            rig.fromPeers()
                == [Sent(socket: 3, to: Rig.client, datagrams: [channelData(0x4001, [])])])
    }

    @Test(
        "What may not pass is dropped and counted",
        arguments: [
            (channelData(0x4002, [1]), DropReason.noChannel),
            ([0x40, 0x01, 0, 2, 1], .malformed),
            ([0x40, 0x01, 0], .malformed),
            ([0x80, 0, 0, 0, 0], .malformed),
            (
                message(
                    0x0016,
                    xorPeer(TransportAddress(IPAddress(9, 9, 9, 9), 1))
                        + attribute(0x0013, [1])), .noPermission
            ),
            (message(0x0016, xorPeer(Rig.peer)), .malformed),
        ])
    func drops(bytes: [UInt8], reason: DropReason) {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        rig.receive(bytes, from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        for other in DropReason.allCases {
            #expect(rig.forwarder.dropped(other) == (other == reason ? 1 : 0))
        }
    }

    @Test func strangersAreDropped() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        rig.receive(
            channelData(0x4001, [1]), from: TransportAddress(Rig.client.ip, Rig.client.port + 1))
        #expect(rig.fromClients().isEmpty)
        #expect(rig.forwarder.dropped(.noAllocation) == 1)
        rig.receive([1], from: TransportAddress(IPAddress(9, 9, 9, 9), 1))
        #expect(rig.fromPeers().isEmpty)
        #expect(rig.forwarder.dropped(.noPermission) == 1)
    }

    @Test("A channel outlives its permission but forwards nothing without one")
    func permissionExpiry() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        rig.now = rig.now + Seconds(301)
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        rig.receive([1], from: Rig.peer)
        #expect(rig.fromPeers().isEmpty)
        rig.permit()
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().count == 1)
        rig.forwarder.removePermission(0, peer: Rig.peer.ip)
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        rig.permit()
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().count == 1)
    }

    @Test("An expired channel falls back to Data indications while the permission lives")
    func channelExpiry() {
        var rig = Rig()
        rig.allocate(lifetime: 3600)
        rig.bind(0x4001)
        rig.now = rig.now + Seconds(601)
        rig.permit()
        rig.receive([1], from: Rig.peer)
        #expect(rig.fromPeers().first?.datagrams.first?.prefix(2) == [0x00, 0x17])
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().isEmpty)
    }

    @Test func nothingPassesAfterTheAllocationEnded() {
        var rig = Rig()
        rig.allocate(lifetime: 10)
        rig.bind(0x4001)
        rig.now = rig.now + Seconds(11)
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        rig.forwarder.setExpiry(0, rig.now + Seconds(10))
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().count == 1)
        rig.forwarder.removeAllocation(0)
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        #expect(rig.forwarder.bindings.count == 0)
        #expect(rig.forwarder.permissions.count == 0)
        #expect(rig.forwarder.table.count == 0)
    }

    @Test(arguments: [
        TransportAddress(IPAddress(198, 51, 100, 99), 6000),
        TransportAddress(IPAddress("2001:db8::99")!, 6000),
    ])
    func indicationsBothWays(peer: TransportAddress) {
        var rig = Rig()
        rig.forwarder.installAllocation(
            0, client: .init(address: Rig.client, listener: 1, path: .socket(3)),
            relays: [
                .init(
                    socket: 100, local: TransportAddress(Rig.relayIP, 50_000),
                    advertised: TransportAddress(Rig.publicIP, 50_000)),
                .init(
                    socket: 101, local: TransportAddress(IPAddress("2001:db8::1")!, 50_000),
                    advertised: TransportAddress(IPAddress("2001:db8::1")!, 50_000)),
            ], expires: rig.now + Seconds(600), user: 0, bytesPerSecond: 0, now: rig.now)
        rig.permit(peer.ip)
        let socket: Int32 = peer.ip.family == .ipv4 ? 100 : 101
        rig.receive(
            message(0x0016, attribute(0x0013, [7, 8, 9]) + xorPeer(peer)), from: Rig.client)
        #expect(rig.fromClients() == [Sent(socket: socket, to: peer, datagrams: [[7, 8, 9]])])

        rig.receive([1, 2, 3, 4, 5], from: peer)
        let sent = rig.fromPeers()
        #expect(sent.first?.to == Rig.client)
        let bytes = sent.first?.datagrams.first ?? []
        #expect(bytes.prefix(2) == [0x00, 0x17])
        #expect(Int(bytes[2]) << 8 | Int(bytes[3]) == bytes.count - 20)
        #expect(bytes.suffix(12) == [0x00, 0x13, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0])
        let port = (UInt16(bytes[26]) << 8 | UInt16(bytes[27])) ^ 0x2112
        #expect(port == peer.port)
        let size = peer.ip.width / 8
        let address = (0..<size).map { bytes[28 + $0] ^ bytes[4 + $0] }
        #expect(address.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } == peer.ip.bits)
    }

    @Test("DONT-FRAGMENT marks the send; an unknown required attribute drops it")
    func sendAttributes() {
        var rig = Rig()
        rig.allocate()
        rig.permit()
        let base = xorPeer(Rig.peer) + attribute(0x0013, [1])
        rig.receive(message(0x0016, base + attribute(0x001a, [])), from: Rig.client)
        #expect(rig.fromClients().first?.flags == 1)
        rig.receive(message(0x0016, base + attribute(0x7fff, [])), from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        rig.receive(message(0x0016, base + attribute(0x8022, [65])), from: Rig.client)
        #expect(rig.fromClients().count == 1)
    }

    @Test("A signed Send is relayed; what stands behind the signature does not count")
    func signedSend() {
        var rig = Rig()
        rig.allocate()
        rig.permit()
        let name = attribute(0x0006, [65, 66]) + attribute(0x0014, [67]) + attribute(0x0015, [68])
        let base = xorPeer(Rig.peer) + name
        let data = attribute(0x0013, [1, 2, 3])
        for (type, size) in [(UInt16(0x0008), 20), (0x001c, 32)] {
            let signature = attribute(type, [UInt8](repeating: 7, count: size))
            let tail = attribute(0x7fff, [1]) + attribute(0x001a, [])
            rig.receive(message(0x0016, base + data + signature + tail), from: Rig.client)
            let sent = rig.fromClients()
            #expect(sent.first?.datagrams == [[1, 2, 3]])
            #expect(sent.first?.flags == 0)
            rig.receive(message(0x0016, base + signature + data), from: Rig.client)
            #expect(rig.fromClients().isEmpty)
        }
    }

    @Test func stunMessagesAreHandedOnInOrder() {
        var rig = Rig()
        rig.receive(message(0x0001, []), from: Rig.client)
        rig.receive(message(0x0003, []), from: Rig.client)
        rig.judgeClients()
        #expect(rig.forwarder.control.count == 2)
        #expect(rig.forwarder.control[1].received == 1)
        #expect(rig.forwarder.control[1].payloadOffset == 20)
    }

    @Test("A bandwidth limit drops what exceeds a second's worth, per direction")
    func bandwidth() {
        var rig = Rig()
        rig.allocate(bytesPerSecond: 1000)
        rig.bind(0x4001)
        for _ in 0..<3 {
            rig.receive(
                channelData(0x4001, [UInt8](repeating: 0, count: 400)), from: Rig.client)
        }
        #expect(rig.fromClients().flatMap(\.datagrams).count == 2)
        #expect(rig.forwarder.dropped(.overLimit) == 1)
        rig.receive([UInt8](repeating: 0, count: 400), from: Rig.peer)
        #expect(rig.fromPeers().count == 1)
        rig.now = rig.now + Seconds(1)
        rig.receive(channelData(0x4001, [UInt8](repeating: 0, count: 900)), from: Rig.client)
        #expect(rig.fromClients().count == 1)
    }
}

@Suite struct SharedLimitTests {
    @Test("Nothing passes beyond what was granted, and more is asked for once per batch")
    func leases() {
        var rig = Rig()
        rig.forwarder.setSharedLimits(perUser: true, total: false)
        rig.allocate(user: 5)
        rig.bind(0x4001)
        #expect(rig.forwarder.leaseRequests.count == 2)
        let up = LeaseRequest(user: 5, isDown: false)
        #expect(rig.forwarder.leaseRequests[0] == up)
        rig.forwarder.finishBatch()
        rig.forwarder.grant(1000, to: up)
        for _ in 0..<3 {
            rig.receive(channelData(0x4001, [UInt8](repeating: 0, count: 400)), from: Rig.client)
        }
        rig.judgeClients()
        #expect(rig.queued().flatMap(\.datagrams).count == 2)
        #expect(rig.forwarder.dropped(.overLimit) == 1)
        #expect(rig.forwarder.leaseRequests.count == 1)
        #expect(rig.forwarder.leaseRequests[0] == up)
    }

    @Test("The server's limit holds for all allocations together, each direction for itself")
    func total() {
        var rig = Rig()
        rig.forwarder.setSharedLimits(perUser: false, total: true)
        rig.allocate(0)
        rig.allocate(1, client: TransportAddress(Rig.client.ip, 5001))
        rig.bind(0x4001, of: 0)
        rig.bind(0x4001, of: 1)
        rig.forwarder.grant(500, to: LeaseRequest(user: nil, isDown: true))
        rig.receive([UInt8](repeating: 0, count: 300), from: Rig.peer, tag: 0)
        rig.receive([UInt8](repeating: 0, count: 300), from: Rig.peer, tag: 1)
        #expect(rig.fromPeers().count == 1)
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        #expect(rig.forwarder.dropped(.overLimit) == 2)
    }
}
