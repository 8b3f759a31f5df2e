import CPacket
import Crypto
import LinuxIO
import Primitives
import TURN

/// Encrypted datagrams of one batch: gathered in one buffer, sent together. Datagrams of equal size
/// to one client leave as one.
struct SecureBatch: ~Copyable {
    /// As many as the forwarder queues in a batch.
    private static let capacity = 4_096
    /// Below what one UDP send can carry.
    private static let groupBytesMax: UInt32 = 60 * 1024
    /// `UDP_MAX_SEGMENTS` of kernels before 6.x.
    private static let groupSegmentsMax: UInt32 = 64
    /// Sent before the buffer grows beyond what it keeps.
    private static let bytesMax = TLSOutput.keptBytes - 80 * 1024

    /// What sessions write to; every datagram is to be followed by `take`.
    let output = TLSOutput()
    private let groups: UnsafeMutablePointer<ts_group>
    private let segments: UnsafeMutablePointer<ts_segment>
    private var groupCount = 0
    private var count = 0
    private var lastClient: UInt32?
    /// Set once an interface was found that cannot merge.
    private var sendsSingly = false

    init() {
        groups = .allocate(capacity: Self.capacity)
        segments = .allocate(capacity: Self.capacity)
    }

    deinit {
        groups.deallocate()
        segments.deallocate()
    }

    var isFull: Bool { count == Self.capacity || output.count >= Self.bytesMax }

    /// Queues the datagram that a session has just written, if it wrote one.
    mutating func take(for client: SecureClient) {
        while count < output.datagramCount { queue(output.datagram(count).count, client) }
    }

    private mutating func queue(_ length: Int, _ client: SecureClient) {
        let size = UInt32(length)
        let index = UInt32(count)
        let start =
            count == 0 ? 0 : segments[count - 1].payloadOffset + segments[count - 1].payloadLength
        (segments + count).initialize(
            to: ts_segment(
                headerOffset: 0, payloadOffset: start, payloadLength: size, headerLength: 0,
                padding: 0, next: TS_NO_SEGMENT))
        count += 1
        if lastClient == client.number, extend(by: size, index) { return }
        let address = client.tuple.client
        let flags = sendsSingly ? TS_GROUP_SINGLY : 0
        (groups + groupCount).initialize(
            to: ts_group(
                addressHigh: address.ip.high, addressLow: address.ip.low,
                socket: client.socket.raw, first: index, last: index, count: 1, segmentSize: size,
                bytes: size, port: address.port, family: address.ip.family == .ipv4 ? 4 : 6,
                flags: UInt8(truncatingIfNeeded: flags), result: 0))
        groupCount += 1
        lastClient = client.number
    }

    /// UDP_SEGMENT: all of one size, only the last one shorter.
    private mutating func extend(by size: UInt32, _ index: UInt32) -> Bool {
        let group = groups + (groupCount - 1)
        guard group.pointee.flags == 0, size <= group.pointee.segmentSize,
            group.pointee.count < Self.groupSegmentsMax,
            group.pointee.bytes + size <= Self.groupBytesMax
        else { return false }
        segments[Int(group.pointee.last)].next = index
        group.pointee.last = index
        group.pointee.count += 1
        group.pointee.bytes += size
        if size < group.pointee.segmentSize { group.pointee.flags = UInt8(TS_GROUP_CLOSED) }
        return true
    }

    /// Sends everything.
    mutating func flush(_ sender: inout SendBatch) {
        guard count > 0, let start = output.bytes.baseAddress else { return }
        let refused = sender.counters.mergeRefused
        sender.send(
            groups: UnsafeMutableBufferPointer(start: groups, count: groupCount),
            segments: segments, headers: start, payloads: start)
        if sender.counters.mergeRefused != refused { sendsSingly = true }
        output.removeAll()
        groupCount = 0
        count = 0
        lastClient = nil
    }
}
