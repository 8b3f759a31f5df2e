package import CPacket

/// Collects the datagrams of one batch as groups of equal size to one destination, so that each
/// group leaves the machine in one send call (UDP_SEGMENT).
///
/// Order within a flow is kept: only the newest group of a flow may grow. All memory is taken at
/// start; at the bound a datagram is refused and the caller counts it.
package struct TransmitQueue: ~Copyable {
    /// Datagrams a batch may produce: 64 received slots of up to 64 merged datagrams each, and
    /// none of them is ever sent twice.
    package static let segmentCapacity = 64 * 64
    /// `UDP_MAX_SEGMENTS` of kernels before 6.x; newer ones take more.
    static let segmentsPerGroupMax: UInt32 = 64
    /// Below the 65,507 bytes that one UDP send can carry, with room for the last segment.
    static let bytesPerGroupMax: UInt32 = 60 * 1024
    /// The longest header: a Data indication to an IPv6 peer (20 + 24 + 4), up to a multiple of 16.
    static let headerMax = 48

    package let groups: UnsafeMutablePointer<ts_group>
    package let segments: UnsafeMutablePointer<ts_segment>
    package let headers: UnsafeMutablePointer<UInt8>
    /// What goes to clients behind a stream or a DTLS session: not sent as it is, but wrapped.
    package let wrapped: UnsafeMutablePointer<WrappedGroup>
    package private(set) var groupCount = 0
    package private(set) var wrappedCount = 0
    package private(set) var segmentCount = 0
    private var headerBytes = 0
    /// Sockets whose interface cannot merge (EIO), by number; grown when the first one is found.
    private var singly: [Bool] = []
    /// Counts batches, so that stamps of earlier batches are recognised as stale; never 0.
    private var batch: UInt32 = 1

    package init() {
        groups = .allocate(capacity: Self.segmentCapacity)
        segments = .allocate(capacity: Self.segmentCapacity)
        headers = .allocate(capacity: Self.segmentCapacity * Self.headerMax)
        wrapped = .allocate(capacity: Self.segmentCapacity)
    }

    deinit {
        groups.deallocate()
        segments.deallocate()
        headers.deallocate()
        wrapped.deallocate()
    }

    /// Forgets everything that was collected; the caller has sent it.
    @inline(__always)
    package mutating func removeAll() {
        groupCount = 0
        wrappedCount = 0
        segmentCount = 0
        headerBytes = 0
        batch = batch == .max ? 1 : batch + 1
    }

    /// Remembers the sockets whose merged sends came back with `TS_GROUP_SINGLY`. Call before
    /// `removeAll`, when the sender says that there were some.
    package mutating func learnFromResults() {
        for index in 0..<groupCount where groups[index].flags & Self.singlyFlag != 0 {
            let socket = Int(groups[index].socket)
            while singly.count <= socket { singly.append(false) }
            singly[socket] = true
        }
    }

    /// The socket was closed; its number may come back as another one.
    package mutating func forget(socket: Int32) {
        if Int(socket) < singly.count { singly[Int(socket)] = false }
    }

    private static let singlyFlag = UInt8(truncatingIfNeeded: TS_GROUP_SINGLY)

    /// Room for one header; its bytes count from the moment `append` names them.
    @inline(__always)
    var nextHeader: UnsafeMutablePointer<UInt8> { headers + headerBytes }

    /// Adds one datagram and returns false when the queue is full.
    ///
    /// `stamp` belongs to the flow: it remembers the flow's newest group.
    @inline(__always)
    mutating func append(
        _ datagram: Datagram, through socket: Int32, to destination: Endpoint,
        stamp: inout GroupStamp
    ) -> Bool {
        guard segmentCount < Self.segmentCapacity else { return false }
        let size = UInt32(datagram.headerLength) + datagram.payloadLength + datagram.padding
        let index = appendSegment(datagram)
        if stamp.batch == batch, datagram.flags == 0, extend(stamp.group, by: size, index) {
            return true
        }
        groups[groupCount] = ts_group(
            addressHigh: destination.high, addressLow: destination.low, socket: socket,
            first: index, last: index, count: 1, segmentSize: size, bytes: size,
            port: destination.port, family: destination.family,
            flags: datagram.flags | mergeFlag(socket), result: 0)
        stamp.batch = batch
        stamp.group = UInt32(truncatingIfNeeded: groupCount)
        groupCount &+= 1
        return true
    }

    /// Adds one datagram for a wrapped client and returns false when the queue is full. All
    /// datagrams of a client in one batch make one group, in order, whatever their sizes.
    @inline(__always)
    mutating func appendWrapped(
        _ datagram: Datagram, to connection: UInt32, _ wrapping: Wrapping,
        stamp: inout GroupStamp
    ) -> Bool {
        guard segmentCount < Self.segmentCapacity else { return false }
        let size = UInt32(datagram.headerLength) + datagram.payloadLength + datagram.padding
        let index = appendSegment(datagram)
        if stamp.batch == batch {
            let group = wrapped + Int(stamp.group)
            segments[Int(group.pointee.last)].next = index
            group.pointee.last = index
            group.pointee.count &+= 1
            group.pointee.bytes &+= size
            return true
        }
        wrapped[wrappedCount] = WrappedGroup(
            connection: connection, first: index, last: index, count: 1, bytes: size,
            wrapping: wrapping)
        stamp.batch = batch
        stamp.group = UInt32(truncatingIfNeeded: wrappedCount)
        wrappedCount &+= 1
        return true
    }

    /// Adds the segment of a datagram whose header stands at `nextHeader`; there is room.
    @inline(__always)
    private mutating func appendSegment(_ datagram: Datagram) -> UInt32 {
        let index = UInt32(truncatingIfNeeded: segmentCount)
        segments[segmentCount] = ts_segment(
            headerOffset: UInt32(truncatingIfNeeded: headerBytes),
            payloadOffset: datagram.payloadOffset, payloadLength: datagram.payloadLength,
            headerLength: datagram.headerLength, padding: UInt16(datagram.padding),
            next: UInt32.max)
        segmentCount &+= 1
        headerBytes &+= Int(datagram.headerLength)
        return index
    }

    @inline(__always)
    private func mergeFlag(_ socket: Int32) -> UInt8 {
        // Empty on every machine whose interfaces compute checksums, which is nearly all.
        guard Int(socket) < singly.count, singly[Int(socket)] else { return 0 }
        return Self.singlyFlag
    }

    /// Adds a segment to a group if UDP_SEGMENT allows: equal sizes, only the last one shorter.
    @inline(__always)
    private func extend(_ group: UInt32, by size: UInt32, _ segment: UInt32) -> Bool {
        let slot = groups + Int(group)
        guard slot.pointee.flags == 0, size <= slot.pointee.segmentSize, size > 0,
            slot.pointee.count < Self.segmentsPerGroupMax,
            slot.pointee.bytes &+ size <= Self.bytesPerGroupMax
        else { return false }
        segments[Int(slot.pointee.last)].next = segment
        slot.pointee.last = segment
        slot.pointee.count &+= 1
        slot.pointee.bytes &+= size
        if size < slot.pointee.segmentSize {
            slot.pointee.flags = UInt8(truncatingIfNeeded: TS_GROUP_CLOSED)
        }
        return true
    }
}

/// The datagrams of one batch for one client behind a stream or a DTLS session: a list of
/// segments, linked as in `ts_group`.
package struct WrappedGroup: BitwiseCopyable {
    /// The number that `Forwarder.Client` gave.
    package var connection: UInt32
    package var first: UInt32
    package var last: UInt32
    package var count: UInt32
    /// Header, payload and padding of all segments.
    package var bytes: UInt32
    package var wrapping: Wrapping
}

/// What to send: a header written at `TransmitQueue.nextHeader`, a range of the receive arena,
/// and zero bytes of padding.
struct Datagram {
    var headerLength: UInt16
    var payloadOffset: UInt32
    var payloadLength: UInt32
    var padding: UInt32 = 0
    var flags: UInt8 = 0
}
