import Primitives
import Testing

@testable import Forwarding

/// Clients behind a stream or a DTLS session.
@Suite struct ForwarderPeersTests {
    private static let other = TransportAddress(IPAddress(198, 51, 100, 8), 5001)

    @Test("A batch makes one group for each connection, in order, whatever the sizes")
    func grouping() {
        var rig = Rig()
        rig.allocate(0, path: .wrapped(.stream, connection: 7))
        rig.allocate(1, client: Self.other, path: .wrapped(.stream, connection: 9))
        rig.bind(0x4001, of: 0)
        rig.bind(0x4002, of: 1)
        rig.receive([1, 2, 3, 4], from: Rig.peer, tag: 0)
        rig.receive([5], from: Rig.peer, tag: 1)
        rig.receive([6, 7, 8, 9, 10, 11, 12, 13], from: Rig.peer, tag: 0)
        rig.judgePeers()
        let groups = rig.queuedWrapped()
        #expect(
            groups == [
                Wrapped(
                    connection: 7, wrapping: .stream, bytes: 20,
                    datagrams: [
                        channelData(0x4001, [1, 2, 3, 4]),
                        channelData(0x4001, [6, 7, 8, 9, 10, 11, 12, 13]),
                    ]),
                Wrapped(
                    connection: 9, wrapping: .stream, bytes: 8,
                    datagrams: [channelData(0x4002, [5]) + [0, 0, 0]]),
            ])
        #expect(rig.queued().isEmpty)
        rig.forwarder.finishBatch()
        #expect(rig.queuedWrapped().isEmpty)
    }

    @Test("ChannelData is padded on streams only (RFC 8656 §12.5)", arguments: 0...8)
    func padding(length: Int) {
        let payload = (0..<length).map { UInt8($0) }
        for wrapping in [Wrapping.stream, .datagrams] {
            var rig = Rig()
            rig.allocate(path: .wrapped(wrapping, connection: 1))
            rig.bind(0x4001)
            rig.receive(payload, from: Rig.peer)
            rig.judgePeers()
            let zeros = wrapping == .stream ? (4 - length % 4) % 4 : 0
            #expect(
                rig.queuedWrapped().first?.datagrams
                    == [channelData(0x4001, payload) + [UInt8](repeating: 0, count: zeros)])
        }
    }

    @Test("DTLS records are set apart, and nothing else is")
    func secured() {
        var rig = Rig()
        for first in UInt8.min...UInt8.max {
            rig.receive([first, 0, 0, 0, 0], from: Rig.client)
        }
        rig.judgeClients()
        let firsts = (0..<rig.forwarder.secured.count).map {
            Int(rig.forwarder.secured[$0].received)
        }
        #expect(firsts == Array(20...63))
    }
}
