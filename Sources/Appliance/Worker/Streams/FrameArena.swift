import CPacket
import Crypto
import Primitives
import STUN

/// Memory for the frames that one loop turn read from streams, in the shape in which the
/// forwarder takes datagrams: records that point into one arena.
struct FrameArena: ~Copyable {
    /// What one read takes at most: enough for fifty video packets, and no client keeps the
    /// thread for longer.
    static let readMax = 65_536
    /// The most that one client may add: the rest of a frame, a read, and a TLS record that was
    /// held back until its end came.
    static let roomPerClient = StreamFraming.lengthMax + readMax + TLSSession.plainMargin
    private let size: Int
    /// As many as the forwarder's queue can take.
    private static let recordsMax = 4_096

    let memory: UnsafeMutableRawPointer
    let records: UnsafeMutablePointer<ts_received>
    private(set) var recordCount = 0
    /// Bytes before this are taken.
    private(set) var end = 0

    /// Pages that nothing reaches take no memory.
    init(size: Int = 1 << 20) {
        self.size = size
        memory = .allocate(byteCount: size, alignment: 64)
        records = .allocate(capacity: Self.recordsMax)
    }

    deinit {
        memory.deallocate()
        records.deallocate()
    }

    /// Whether another client may read into it.
    var hasRoom: Bool { size - end >= Self.roomPerClient }

    var isFull: Bool { recordCount == Self.recordsMax }

    /// The free memory behind what is taken.
    var free: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory + end, count: size - end)
    }

    /// Takes `count` bytes that were written to `free`.
    mutating func take(_ count: Int) { end += count }

    /// Copies bytes in and takes them.
    mutating func append(_ bytes: [UInt8]) {
        free.copyBytes(from: bytes)
        end += bytes.count
    }

    /// Adds the frame at `offset`; it is from the client of that number.
    mutating func addFrame(
        at offset: Int, length: Int, from client: TransportAddress, number: UInt32
    ) {
        (records + recordCount).initialize(
            to: ts_received(
                addressHigh: client.ip.high, addressLow: client.ip.low,
                payloadOffset: UInt32(offset), payloadLength: UInt32(length), segmentSize: 0,
                tag: number, port: client.port, family: client.ip.family == .ipv4 ? 4 : 6,
                typeOfService: 0, flags: 0))
        recordCount += 1
    }

    /// The frames were dealt with; bytes that follow them stay.
    mutating func forgetRecords() { recordCount = 0 }

    mutating func removeAll() {
        recordCount = 0
        end = 0
    }
}
