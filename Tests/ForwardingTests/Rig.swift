import CPacket
import Primitives

@testable import Forwarding

/// A forwarder with one receive arena; feeds it datagrams and reads back what it would send.
struct Rig: ~Copyable {
    var forwarder: Forwarder
    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var arena: [UInt8] = []
    private var received: [ts_received] = []

    static let relayIP = IPAddress(192, 0, 2, 1)
    static let publicIP = IPAddress(203, 0, 113, 9)
    static let client = TransportAddress(IPAddress(198, 51, 100, 7), 5000)
    static let peer = TransportAddress(IPAddress(198, 51, 100, 99), 6000)

    init(worker: UInt8 = 0, relays: RelayMap? = nil) {
        let map = relays ?? Rig.map()
        forwarder = Forwarder(worker: worker, relays: map, seed: 7, transactionSeed: 9)
    }

    static func map() -> RelayMap {
        RelayMap(addresses: [(local: relayIP, advertised: publicIP)])
    }

    /// An allocation whose relay socket is 100 + id and whose relay port is 50000 + id.
    mutating func allocate(
        _ id: UInt32 = 0, client: TransportAddress = Rig.client, lifetime: UInt32 = 600,
        user: UInt32 = 0, bytesPerSecond: UInt64 = 0,
        path: Forwarder.Client.Path = .socket(3)
    ) {
        let port = UInt16(50_000 + id)
        forwarder.installAllocation(
            id, client: .init(address: client, listener: 1, path: path),
            relays: [
                .init(
                    socket: Int32(100 + id), local: TransportAddress(Rig.relayIP, port),
                    advertised: TransportAddress(Rig.publicIP, port))
            ], expires: now + Seconds(lifetime), user: user, bytesPerSecond: bytesPerSecond,
            now: now)
    }

    mutating func permit(
        _ peer: IPAddress = Rig.peer.ip, of id: UInt32 = 0, lifetime: UInt32 = 300,
        reach: Reach = .network
    ) {
        forwarder.installPermission(
            id, peer: peer, expires: now + Seconds(lifetime), reach: reach)
    }

    mutating func bind(
        _ channel: UInt16, to peer: TransportAddress = Rig.peer, of id: UInt32 = 0,
        reach: Reach = .network
    ) {
        permit(peer.ip, of: id, reach: reach)
        forwarder.installChannel(
            id, channel, peer: peer, expires: now + Seconds(600), reach: reach)
    }

    /// Queues a datagram (or a merged run) for the next call.
    mutating func receive(
        _ bytes: [UInt8], from source: TransportAddress, tag: UInt32 = 0, segment: Int = 0
    ) {
        received.append(
            ts_received(
                addressHigh: source.ip.high, addressLow: source.ip.low,
                payloadOffset: UInt32(arena.count), payloadLength: UInt32(bytes.count),
                segmentSize: UInt32(segment), tag: tag, port: source.port,
                family: source.ip.family == .ipv4 ? 4 : 6, typeOfService: 0, flags: 0))
        arena += bytes
    }

    mutating func fromClients() -> [Sent] {
        judgeClients()
        return drain()
    }

    /// Judges what was queued for reception, and keeps the batch open.
    mutating func judgeClients() {
        let arena = arena
        let received = received
        let nanoseconds = now.nanoseconds
        forwarder.forwardFromClients(
            received, count: received.count, arena: arena.span, listener: 1, now: nanoseconds)
    }

    mutating func fromPeers() -> [Sent] {
        judgePeers()
        return drain()
    }

    /// Judges what was queued as datagrams of peers, and keeps the batch open.
    mutating func judgePeers() {
        let received = received
        let nanoseconds = now.nanoseconds
        forwarder.forwardFromPeers(received, count: received.count, now: nanoseconds)
    }

    /// Reads the queued groups without ending the batch.
    func queued() -> [Sent] {
        (0..<forwarder.transmit.groupCount).map { index in
            let group = forwarder.transmit.groups[index]
            let datagrams = datagrams(from: group.first)
            let ip =
                group.family == 4
                ? IPAddress(v4: UInt32(group.addressLow))
                : IPAddress(v6High: group.addressHigh, low: group.addressLow)
            return Sent(
                socket: group.socket, to: TransportAddress(ip, group.port), datagrams: datagrams,
                flags: group.flags)
        }
    }

    /// Reads what waits for clients behind a stream or DTLS, without ending the batch.
    func queuedWrapped() -> [Wrapped] {
        (0..<forwarder.transmit.wrappedCount).map { index in
            let group = forwarder.transmit.wrapped[index]
            return Wrapped(
                connection: group.connection, wrapping: group.wrapping, bytes: Int(group.bytes),
                datagrams: datagrams(from: group.first))
        }
    }

    private func datagrams(from first: UInt32) -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        var next = first
        while next != UInt32.max {
            let segment = forwarder.transmit.segments[Int(next)]
            let header = (0..<Int(segment.headerLength)).map {
                forwarder.transmit.headers[Int(segment.headerOffset) + $0]
            }
            let start = Int(segment.payloadOffset)
            let payload = arena[start..<start + Int(segment.payloadLength)]
            datagrams.append(
                header + payload + [UInt8](repeating: 0, count: Int(segment.padding)))
            next = segment.next
        }
        return datagrams
    }

    private mutating func drain() -> [Sent] {
        let result = queued()
        forwarder.finishBatch()
        arena = []
        received = []
        return result
    }
}

/// One send call as the system would see it.
struct Sent: Equatable {
    var socket: Int32
    var to: TransportAddress
    var datagrams: [[UInt8]]
    var flags: UInt8 = 0
}

/// One group for a wrapped client.
struct Wrapped: Equatable {
    var connection: UInt32
    var wrapping: Wrapping
    var bytes: Int
    var datagrams: [[UInt8]]
}

func channelData(_ channel: UInt16, _ payload: [UInt8]) -> [UInt8] {
    let length = UInt16(payload.count)
    return [
        UInt8(channel >> 8), UInt8(channel & 0xff), UInt8(length >> 8), UInt8(length & 0xff),
    ] + payload
}

/// A STUN message with the magic cookie and a fixed transaction id.
func message(_ type: UInt16, _ attributes: [UInt8]) -> [UInt8] {
    [UInt8(type >> 8), UInt8(type & 0xff), UInt8(attributes.count >> 8)]
        + [UInt8(attributes.count & 0xff), 0x21, 0x12, 0xa4, 0x42] + (1...12).map { UInt8($0) }
        + attributes
}

func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    return [UInt8(type >> 8), UInt8(type & 0xff), UInt8(value.count >> 8)]
        + [UInt8(value.count & 0xff)] + value + padding
}

func xorPeer(_ address: TransportAddress) -> [UInt8] {
    let port = address.port ^ 0x2112
    let mask: [UInt8] = [0x21, 0x12, 0xa4, 0x42] + (1...12).map { UInt8($0) }
    let size = address.ip.width / 8
    let bytes = (0..<size).map {
        UInt8(truncatingIfNeeded: address.ip.bits >> UInt128(8 * (size - 1 - $0))) ^ mask[$0]
    }
    return attribute(
        0x0012,
        [0, size == 4 ? 1 : 2, UInt8(port >> 8), UInt8(port & 0xff)] + bytes)
}
