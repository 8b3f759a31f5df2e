import CBench
import Crypto
import LinuxIO
import Primitives

/// The TCP connection of one client, with TLS in it or without. It waits in a busy loop wherever
/// it has to wait: the generator has a CPU of its own, and nobody else's time is measured.
final class StreamClient {
    let index: Int
    private let connection: StreamWire
    /// The beginning of a frame whose end has not come.
    private var rest: [UInt8] = []

    private static let patience: UInt64 = 5_000_000_000

    /// Connects, and shakes hands when there is a context for it.
    init(_ index: Int, _ options: Options, _ context: TLSContext?, _ room: StreamRoom) throws {
        self.index = index
        connection = try StreamWire(
            index, from: Addresses.streamClient(index), to: options.server, context)
        try connection.establish(room)
    }

    /// What carries the frames: `TCP`, or the version and cipher suite of TLS.
    var wire: String { connection.name }

    /// For epoll.
    var raw: Int32 { connection.raw }

    /// Writes all of it, in one call if the socket has room.
    func send(_ bytes: UnsafeRawBufferPointer, _ room: StreamRoom) throws {
        try connection.send(bytes, room)
    }

    /// Reads once; `body` gets every whole frame, its length without padding and when it was read
    /// and decrypted, and must not keep it. Returns whether there was anything.
    func receive(
        _ room: StreamRoom, _ body: (UnsafeRawPointer, Int, UInt64) throws -> Void
    ) throws -> Bool {
        let held = rest.count
        room.plain.copyMemory(from: rest, byteCount: held)
        guard let count = try connection.read(room, behind: held) else { return false }
        let (end, now) = (held + count, cb_now())
        var at = 0
        while case let length = try Self.frameLength(room.plain + at, end - at), length > 0 {
            let padded = (length + 3) & ~3
            guard at + padded <= end else { break }
            try body(room.plain + at, length, now)
            at += padded
        }
        rest.removeAll(keepingCapacity: end > at)
        rest.append(contentsOf: UnsafeRawBufferPointer(start: room.plain + at, count: end - at))
        return true
    }

    /// Waits for one frame; there must not be more of them.
    func receiveOne(_ room: StreamRoom) throws -> [UInt8] {
        let end = cb_now() + Self.patience
        var frame: [UInt8] = []
        while frame.isEmpty {
            _ = try receive(room) { bytes, length, _ in
                frame = Array(UnsafeRawBufferPointer(start: bytes, count: length))
            }
            guard cb_now() < end else { throw BenchError("client \(index) got no answer") }
        }
        return frame
    }

    /// 0 when even the length is not there yet (RFC 8656 §12.5: ChannelData over a stream is
    /// padded to four bytes; requests are multiples of four by themselves).
    private static func frameLength(_ bytes: UnsafeRawPointer, _ count: Int) throws -> Int {
        guard count >= 4 else { return 0 }
        let length = Int(load16(bytes, 2))
        switch bytes.load(as: UInt8.self) >> 6 {
        case 0: return length + 20
        case 1: return length + 4
        default: throw BenchError("neither a message nor channel data in a stream")
        }
    }
}

/// Room for reading and writing, one for all clients.
final class StreamRoom {
    /// What one read takes at most.
    static let readSize = 65_536
    private static let plainSize = 4 * readSize
    /// What was read of a frame has 4 + 65,535 bytes at most; another read comes behind it.
    let plain = UnsafeMutableRawPointer.allocate(byteCount: plainSize, alignment: 4096)
    let wire = UnsafeMutableRawPointer.allocate(byteCount: readSize, alignment: 4096)
    let output = TLSOutput()

    deinit {
        plain.deallocate()
        wire.deallocate()
    }

    var wireBuffer: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: wire, count: Self.readSize)
    }

    /// `plain` without the first bytes.
    func afterRest(_ held: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: plain + held, count: Self.plainSize - held)
    }
}
