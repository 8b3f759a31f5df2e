import Primitives
import Testing

@testable import Forwarding

@Suite struct TransmitQueueTests {
    @Test("A merged run from a client leaves as one send to the peer")
    func mergedRunUp() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        let frames = (0..<8).map { channelData(0x4001, [UInt8](repeating: UInt8($0), count: 100)) }
        rig.receive(frames.flatMap { $0 }, from: Rig.client, segment: 104)
        let sent = rig.fromClients()
        #expect(sent.count == 1)
        #expect(sent.first?.datagrams.map(\.count) == [Int](repeating: 100, count: 8))
        #expect(sent.first?.datagrams[7].first == 7)
    }

    @Test("Interleaved flows are grouped by flow, in order")
    func interleaved() {
        var rig = Rig()
        rig.allocate(0)
        rig.bind(0x4001)
        let other = TransportAddress(Rig.client.ip, 5001)
        rig.allocate(1, client: other)
        rig.bind(0x4001, of: 1)
        for round in 0..<4 {
            rig.receive(channelData(0x4001, [UInt8(round)]), from: Rig.client)
            rig.receive(channelData(0x4001, [UInt8(round + 10)]), from: other)
        }
        let sent = rig.fromClients()
        #expect(sent.map(\.socket) == [100, 101])
        #expect(sent[0].datagrams == [[0], [1], [2], [3]])
        #expect(sent[1].datagrams == [[10], [11], [12], [13]])
    }

    @Test("Only the last segment may be shorter; a longer one starts a new send")
    func sizes() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        for size in [10, 10, 4, 4, 12] {
            rig.receive(
                channelData(0x4001, [UInt8](repeating: 1, count: size)), from: Rig.client)
        }
        #expect(rig.fromClients().map { $0.datagrams.map(\.count) } == [[10, 10, 4], [4], [12]])
    }

    @Test("A group holds at most 64 segments and 60 KB")
    func bounds() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        for _ in 0..<130 { rig.receive([1, 2, 3, 4], from: Rig.peer) }
        #expect(rig.fromPeers().map(\.datagrams.count) == [64, 64, 2])
        for _ in 0..<50 {
            rig.receive([UInt8](repeating: 1, count: 1400), from: Rig.peer)
        }
        #expect(rig.fromPeers().map(\.datagrams.count) == [43, 7])
    }

    @Test("Stamps of an earlier batch are not taken for this one's")
    func batches() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        for _ in 0..<3 {
            rig.receive([1], from: Rig.peer)
            #expect(rig.fromPeers().map(\.datagrams.count) == [1])
        }
    }

    @Test("At the bound datagrams are dropped and counted, never overrun")
    func full() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        for _ in 0..<(TransmitQueue.segmentCapacity + 10) { rig.receive([1], from: Rig.peer) }
        #expect(
            rig.fromPeers().flatMap(\.datagrams).count == TransmitQueue.segmentCapacity)
        #expect(rig.forwarder.dropped(.queueFull) == 10)
    }
}
