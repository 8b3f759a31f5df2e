import Primitives
import Testing

@testable import Forwarding

@Suite struct HairpinTests {
    static let other = TransportAddress(IPAddress(198, 51, 100, 8), 7000)

    /// Two allocations that talk to each other by their advertised relayed addresses.
    static func pair() -> Rig {
        var rig = Rig()
        rig.allocate(0)
        rig.allocate(1, client: other)
        rig.bind(0x4001, to: TransportAddress(Rig.publicIP, 50_001), of: 0, reach: .hairpin)
        return rig
    }

    @Test("Delivered in memory, with the sender's advertised address as the peer")
    func channelToChannel() {
        var rig = Self.pair()
        rig.bind(0x4777, to: TransportAddress(Rig.publicIP, 50_000), of: 1, reach: .hairpin)
        rig.receive(channelData(0x4001, [1, 2]), from: Rig.client)
        #expect(
            rig.fromClients()
                == [Sent(socket: 3, to: Self.other, datagrams: [channelData(0x4777, [1, 2])])])
        #expect(rig.forwarder.hairpinned == 1)
        #expect(rig.forwarder.traffic(of: 0)?.packetsUp == 1)
        #expect(rig.forwarder.traffic(of: 1)?.packetsDown == 1)
    }

    @Test("Private and public spelling of the relay address name the same allocation")
    func bothSpellings() {
        var rig = Self.pair()
        rig.permit(Rig.publicIP, of: 1, reach: .hairpin)
        rig.permit(Rig.relayIP, of: 0, reach: .hairpin)
        let send = message(
            0x0016, xorPeer(TransportAddress(Rig.relayIP, 50_001)) + attribute(0x0013, [5]))
        rig.receive(send, from: Rig.client)
        #expect(rig.fromClients().first?.to == Self.other)
    }

    @Test("The receiver's own permission decides")
    func receiverDecides() {
        var rig = Self.pair()
        rig.receive(channelData(0x4001, [1]), from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        #expect(rig.forwarder.dropped(.noPermission) == 1)
    }

    @Test("A port that is no live relay is never reached, not even through the kernel")
    func deadPort() {
        var rig = Self.pair()
        let send = message(
            0x0016, xorPeer(TransportAddress(Rig.publicIP, 22)) + attribute(0x0013, [5]))
        rig.receive(send, from: Rig.client)
        #expect(rig.fromClients().isEmpty)
        #expect(rig.forwarder.dropped(.ownAddress) == 1)
    }

    @Test("What comes from an own address through the kernel is no peer")
    func kernelCannotSpeakAsOurselves() {
        var rig = Self.pair()
        rig.receive([1], from: TransportAddress(Rig.publicIP, 22), tag: 0)
        #expect(rig.fromPeers().isEmpty)
        #expect(rig.forwarder.dropped(.noPermission) == 1)
    }

    @Test("Loopback opened by force: live relays in memory, everything else by the kernel")
    func forcedLoopback() {
        var rig = Self.pair()
        rig.permit(Rig.relayIP, of: 0, reach: .hairpinOrNetwork)
        let peer = TransportAddress(Rig.relayIP, 3480)
        rig.receive(message(0x0016, xorPeer(peer) + attribute(0x0013, [5])), from: Rig.client)
        #expect(rig.fromClients() == [Sent(socket: 100, to: peer, datagrams: [[5]])])
        rig.receive([6], from: peer, tag: 0)
        #expect(rig.fromPeers().count == 1)
    }

    @Test("A relay of another worker gets a handover, judged there")
    func acrossWorkers() {
        let map = Rig.map()
        var far = Rig(worker: 1, relays: map)
        far.allocate(1, client: Self.other)
        far.bind(0x4777, to: TransportAddress(Rig.publicIP, 50_000), of: 1, reach: .hairpin)
        var near = Rig(worker: 0, relays: map)
        near.allocate(0)
        near.bind(0x4001, to: TransportAddress(Rig.publicIP, 50_001), of: 0, reach: .hairpin)
        near.receive(channelData(0x4001, [1, 2]), from: Rig.client)
        near.judgeClients()
        #expect(near.queued().isEmpty)
        #expect(near.forwarder.handovers.count == 1)
        let handover = near.forwarder.handovers[0]
        #expect(handover.worker == 1)
        #expect(handover.length == 2)
        #expect(handover.source.port == 50_000)

        far.receive([1, 2], from: Rig.client)
        far.forwarder.acceptHandover(
            offset: 0, length: 2, from: handover.source, to: handover.destination,
            now: far.now.nanoseconds)
        #expect(
            far.queued()
                == [Sent(socket: 3, to: Self.other, datagrams: [channelData(0x4777, [1, 2])])])

        far.forwarder.removeAllocation(1)
        near.forwarder.finishBatch()
        near.judgeClients()
        #expect(near.queued().isEmpty)
        #expect(near.forwarder.handovers.count == 0)
        #expect(near.forwarder.dropped(.ownAddress) == 1)
    }
}
