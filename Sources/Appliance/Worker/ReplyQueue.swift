import CPacket
import LinuxIO
import Primitives

/// The STUN responses of one batch, sent together.
///
/// `TURN`'s bytes stay valid only until its actions are drained, so they are copied here. A full
/// queue is sent at once; nothing is ever refused.
struct ReplyQueue: ~Copyable {
    /// Responses sent in one call; a receive batch rarely asks for more.
    private static let capacity = 128
    /// More than any response: the longest, a 401 with all its attributes, stays below 1 KB.
    private static let room = 2048

    private let groups: UnsafeMutableBufferPointer<ts_group>
    private let segments: UnsafeMutablePointer<ts_segment>
    private let bytes: UnsafeMutableRawPointer
    private var count = 0

    init() {
        groups = .allocate(capacity: Self.capacity)
        segments = .allocate(capacity: Self.capacity)
        bytes = .allocate(byteCount: Self.capacity * Self.room, alignment: 64)
    }

    deinit {
        groups.deallocate()
        segments.deallocate()
        bytes.deallocate()
    }

    /// Takes a copy of `reply` for `client`; sends what is there first when the queue is full.
    mutating func append(
        _ reply: ArraySlice<UInt8>, to client: TransportAddress, through socket: UDPHandle,
        _ batch: inout SendBatch
    ) {
        reply.withUnsafeBytes { append($0, to: client, through: socket, &batch) }
    }

    mutating func append(
        _ reply: UnsafeRawBufferPointer, to client: TransportAddress, through socket: UDPHandle,
        _ batch: inout SendBatch
    ) {
        precondition(reply.count <= Self.room, "a response of \(reply.count) bytes")
        if count == Self.capacity { flush(&batch) }
        let offset = count * Self.room
        if let start = reply.baseAddress {
            (bytes + offset).copyMemory(from: start, byteCount: reply.count)
        }
        (segments + count).initialize(
            to: ts_segment(
                headerOffset: UInt32(offset), payloadOffset: 0, payloadLength: 0,
                headerLength: UInt16(reply.count), padding: 0, next: UInt32.max))
        groups.initializeElement(
            at: count,
            to: ts_group(
                addressHigh: client.ip.high, addressLow: client.ip.low, socket: socket.raw,
                first: UInt32(count), last: UInt32(count), count: 1,
                segmentSize: UInt32(reply.count), bytes: UInt32(reply.count), port: client.port,
                family: client.ip.family == .ipv4 ? 4 : 6, flags: 0, result: 0))
        count += 1
    }

    /// Sends everything.
    mutating func flush(_ batch: inout SendBatch) {
        guard count > 0 else { return }
        batch.send(
            groups: UnsafeMutableBufferPointer(rebasing: groups[..<count]), segments: segments,
            headers: bytes, payloads: bytes)
        count = 0
    }
}
