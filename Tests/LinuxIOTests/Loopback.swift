import CPacket
import LinuxIO
import Primitives

/// The loopback address of each family that this machine has.
enum Loopback {
    static let v4 = IPAddress(127, 0, 0, 1)
    static let v6 = IPAddress(v6High: 0, low: 1)

    static let addresses: [IPAddress] = {
        let own = (try? NetworkInterface.all())?.map(\.address) ?? []
        return own.contains(v6) ? [v4, v6] : [v4]
    }()

    static func socket(_ ip: IPAddress, _ options: UDPOptions = UDPOptions()) throws -> UDPSocket {
        try UDPSocket(bind: TransportAddress(ip, 0), options)
    }
}

/// Builds what Forwarding hands to `SendBatch`: groups of segments over two arenas.
struct Outgoing {
    var groups: [ts_group] = []
    var segments: [ts_segment] = []
    var headers: [UInt8] = []
    var payloads: [UInt8] = []

    /// Adds a group of segments, each a header, a payload and zero padding.
    mutating func add(
        _ socket: UDPHandle, to peer: TransportAddress, flags: UInt32 = 0,
        _ parts: [(header: [UInt8], payload: [UInt8], padding: Int)]
    ) {
        var group = ts_group()
        group.addressHigh = peer.ip.high
        group.addressLow = peer.ip.low
        group.port = peer.port
        group.family = peer.ip.family == .ipv4 ? 4 : 6
        group.socket = socket.raw
        group.flags = UInt8(flags)
        group.count = UInt32(parts.count)
        group.first = UInt32(segments.count)
        group.last = UInt32(segments.count + parts.count - 1)
        for (index, part) in parts.enumerated() {
            var segment = ts_segment()
            segment.headerOffset = UInt32(headers.count)
            segment.headerLength = UInt16(part.header.count)
            segment.payloadOffset = UInt32(payloads.count)
            segment.payloadLength = UInt32(part.payload.count)
            segment.padding = UInt16(part.padding)
            segment.next =
                index + 1 < parts.count ? UInt32(segments.count + 1) : UInt32(TS_NO_SEGMENT)
            headers += part.header
            payloads += part.payload
            let size = part.header.count + part.payload.count + part.padding
            if index == 0 { group.segmentSize = UInt32(size) }
            group.bytes += UInt32(size)
            segments.append(segment)
        }
        groups.append(group)
    }

    mutating func send(_ batch: inout SendBatch) {
        segments.withUnsafeBufferPointer { segments in
            headers.withUnsafeBytes { headers in
                payloads.withUnsafeBytes { payloads in
                    groups.withUnsafeMutableBufferPointer { groups in
                        // Empty arrays have no address; nothing is read through this one.
                        let none = UnsafeRawPointer(segments.baseAddress!)
                        batch.send(
                            groups: groups, segments: segments.baseAddress!,
                            headers: headers.baseAddress ?? none,
                            payloads: payloads.baseAddress ?? none)
                    }
                }
            }
        }
    }
}

/// The datagrams of a batch, merged ones taken apart.
func datagrams(_ batch: borrowing ReceiveBatch) -> [[UInt8]] {
    var result: [[UInt8]] = []
    for index in 0..<batch.count {
        let packet = batch.packets[index]
        let size = packet.segmentSize == 0 ? packet.payloadLength : packet.segmentSize
        var offset: UInt32 = 0
        repeat {
            let count = min(size, packet.payloadLength - offset)
            let start = batch.arena + Int(packet.payloadOffset + offset)
            result.append(Array(UnsafeRawBufferPointer(start: start, count: Int(count))))
            offset += size
        } while offset < packet.payloadLength
    }
    return result
}

extension UDPHandle {
    func send(_ bytes: [UInt8], to peer: TransportAddress) throws {
        _ = try bytes.withUnsafeBytes { try self.send($0, to: peer) }
    }
}
