import CPacket
import Forwarding
import Primitives
import STUN

/// Whatever a client with an allocation, or one of its peers, may send: ChannelData, Send
/// indications, and anything that looks like them, through the forwarding tables.
final class ChannelDataSubject: FuzzSubject {
    private static let client = TransportAddress(IPAddress(198, 51, 100, 7), 40_000)
    private static let peerV4 = TransportAddress(IPAddress(203, 0, 113, 9), 5000)
    private static let peerV6 = TransportAddress(IPAddress(v6High: 0x2001_0db8 << 32, low: 9), 5000)
    private static let listenerSocket: Int32 = 10
    private static let relaySocketV4: Int32 = 11
    private static let relaySocketV6: Int32 = 12
    private static let now = MonotonicTime(nanoseconds: 1_000_000_000)

    private var forwarder: Forwarder

    init() {
        let relayV4 = IPAddress(192, 0, 2, 1)
        let relayV6 = IPAddress(v6High: 0x2001_0db8 << 32, low: 1)
        let relays = RelayMap(addresses: [(relayV4, relayV4), (relayV6, relayV6)])
        forwarder = Forwarder(worker: 0, relays: relays, seed: 1, transactionSeed: 1)
        forwarder.installAllocation(
            0,
            client: Forwarder.Client(
                address: Self.client, listener: 0, path: .socket(Self.listenerSocket)),
            relays: [(relayV4, Self.relaySocketV4), (relayV6, Self.relaySocketV6)].map {
                let address = TransportAddress($0.0, 50_000)
                return Forwarder.Relay(socket: $0.1, local: address, advertised: address)
            },
            expires: .never, user: 0, bytesPerSecond: 0, now: Self.now)
        for (channel, peer) in [(0x4000, Self.peerV4), (0x4FFF, Self.peerV6)] {
            forwarder.installPermission(0, peer: peer.ip, expires: .never, reach: .network)
            forwarder.installChannel(
                0, UInt16(channel), peer: peer, expires: .never, reach: .network)
        }
    }

    func run(_ input: Span<UInt8>) {
        checkHeader(input)
        guard !input.isEmpty else { return }
        // Once as one datagram and once as a run of merged ones.
        for segmentSize in [0, 1 + input.count / 3] {
            fromClient(input, segmentSize: segmentSize)
            fromPeer(input, Self.peerV4, segmentSize: segmentSize)
            fromPeer(input, Self.peerV6, segmentSize: segmentSize)
        }
    }

    private func checkHeader(_ input: Span<UInt8>) {
        guard let header = ChannelDataHeader.parse(datagram: input) else { return }
        precondition(classify(input[0]) == .channelData, "not sorted as ChannelData")
        precondition(header.dataLength + 4 <= input.count, "more data than bytes")
        let word = ChannelDataHeader.word(channel: header.channel, dataLength: header.dataLength)
        precondition(word == input.uint32(at: 0), "another header")
    }

    private func fromClient(_ input: Span<UInt8>, segmentSize: Int) {
        var packet = received(input, from: Self.client, segmentSize: segmentSize)
        forwarder.forwardFromClients(
            &packet, count: 1, arena: input, listener: 0, now: Self.now.nanoseconds)
        for index in 0..<forwarder.control.count {
            let datagram = forwarder.control[index]
            precondition(
                Int(datagram.payloadOffset + datagram.length) <= input.count, "control outside")
        }
        checkSends(input, sockets: [Self.relaySocketV4, Self.relaySocketV6])
    }

    private func fromPeer(_ input: Span<UInt8>, _ peer: TransportAddress, segmentSize: Int) {
        var packet = received(input, from: peer, segmentSize: segmentSize)
        packet.tag = Forwarder.tag(of: 0)
        forwarder.forwardFromPeers(&packet, count: 1, now: Self.now.nanoseconds)
        checkSends(input, sockets: [Self.listenerSocket])
    }

    private func received(
        _ input: Span<UInt8>, from sender: TransportAddress, segmentSize: Int
    ) -> ts_received {
        var packet = ts_received()
        packet.addressHigh = sender.ip.high
        packet.addressLow = sender.ip.low
        packet.port = sender.port
        packet.family = sender.ip.family == .ipv4 ? 4 : 6
        packet.payloadLength = UInt32(input.count)
        packet.segmentSize = UInt32(segmentSize)
        return packet
    }

    /// What would be sent lies inside the input and leaves by one of `sockets`.
    private func checkSends(_ input: Span<UInt8>, sockets: [Int32]) {
        for index in 0..<forwarder.transmit.groupCount {
            let group = forwarder.transmit.groups[index]
            precondition(sockets.contains(group.socket), "a send by a foreign socket")
            precondition(group.count > 0, "an empty group")
        }
        for index in 0..<forwarder.transmit.segmentCount {
            let segment = forwarder.transmit.segments[index]
            precondition(
                Int(segment.payloadOffset) + Int(segment.payloadLength) <= input.count,
                "a payload outside of what was received")
            precondition(segment.padding < 4, "more padding than there is")
        }
        forwarder.finishBatch()
    }
}
