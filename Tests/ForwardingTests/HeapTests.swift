import CPacket
import HeapCount
import Primitives
import Testing

@testable import Forwarding

@Suite struct HeapTests {
    @Test("A million packets in each direction cost no heap call")
    func millionPackets() {
        var rig = Rig()
        rig.allocate()
        rig.bind(0x4001)
        rig.permit(IPAddress(9, 9, 9, 9))
        let frame = channelData(0x4001, [UInt8](repeating: 7, count: 172))
        let send = message(
            0x0016,
            xorPeer(TransportAddress(IPAddress(9, 9, 9, 9), 9)) + attribute(0x0013, [1, 2, 3]))
        let batch = Batch(client: [frame, send, frame, [0x40, 0x09, 0, 0]], copies: 16)
        let now = rig.now.nanoseconds
        let arena = Span(_unsafeElements: UnsafeBufferPointer(batch.bytes))
        var before = heap_calls()
        // Where nothing is counted, a hundredth still meets every branch in a sanitizer's time.
        let packetsWanted = before == -1 ? 10_000 : 1_000_000
        let turns = packetsWanted / batch.count
        for turn in 0...turns {
            // The first turn is not counted: a debug build looks up type metadata once.
            if turn == 1 { before = heap_calls() }
            rig.forwarder.forwardFromClients(
                batch.up, count: batch.count, arena: arena, listener: 1, now: now)
            rig.forwarder.finishBatch()
            rig.forwarder.forwardFromPeers(batch.down, count: batch.count, now: now)
            rig.forwarder.finishBatch()
        }
        let after = heap_calls()
        #expect(after == before)
        let packets = UInt64((turns + 1) * batch.count)
        let traffic = rig.forwarder.traffic(of: 0)
        #expect(traffic?.packetsDown == packets)
        #expect(traffic?.packetsUp == packets * 3 / 4)
        #expect(rig.forwarder.dropped(.noChannel) == packets / 4)
    }

    @Test("The counter itself counts")
    func counterCounts() {
        let before = heap_calls()
        let array = [Int](repeating: 1, count: 100 + Int(before & 1))
        #expect(heap_calls() > before || before == -1)
        #expect(array.count >= 100)
    }
}

/// One batch of received datagrams in fixed memory, the same for each turn.
private struct Batch: ~Copyable {
    let count: Int
    let up: UnsafeMutablePointer<ts_received>
    let down: UnsafeMutablePointer<ts_received>
    let bytes: UnsafeMutableBufferPointer<UInt8>

    init(client: [[UInt8]], copies: Int) {
        let datagrams = (0..<copies).flatMap { _ in client }
        count = datagrams.count
        up = .allocate(capacity: count)
        down = .allocate(capacity: count)
        bytes = .allocate(capacity: datagrams.reduce(0) { $0 + $1.count })
        var offset = 0
        for (index, datagram) in datagrams.enumerated() {
            let stranger = TransportAddress(IPAddress(9, 9, 9, 9), 77)
            let peer = index % 2 == 0 ? Rig.peer : stranger
            (up + index).initialize(to: .at(offset, datagram.count, from: Rig.client))
            (down + index).initialize(to: .at(offset, datagram.count, from: peer))
            for byte in datagram {
                bytes.initializeElement(at: offset, to: byte)
                offset += 1
            }
        }
    }

    deinit {
        up.deallocate()
        down.deallocate()
        bytes.deallocate()
    }
}

extension ts_received {
    fileprivate static func at(_ offset: Int, _ length: Int, from source: TransportAddress) -> Self
    {
        ts_received(
            addressHigh: source.ip.high, addressLow: source.ip.low, payloadOffset: UInt32(offset),
            payloadLength: UInt32(length), segmentSize: 0, tag: 0, port: source.port, family: 4,
            typeOfService: 0, flags: 0)
    }
}
