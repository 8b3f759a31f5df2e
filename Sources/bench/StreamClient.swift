import CBench
import LinuxIO
import Primitives

/// The TCP connection of one client. It waits in a busy loop wherever it has to wait: the
/// generator has a CPU of its own, and nobody else's time is measured.
final class StreamClient {
    let index: Int
    private let socket: TCPHandle
    /// The beginning of a frame whose end has not come.
    private var rest: [UInt8] = []

    private static let patience: UInt64 = 5_000_000_000

    /// Connects.
    init(_ index: Int, _ options: Options) throws {
        self.index = index
        socket = try TCPHandle.connect(
            from: Addresses.streamClient(index), to: options.server)
        try socket.setNoDelay(true)
        let end = cb_now() + Self.patience
        while try !socket.connectResult() {
            guard cb_now() < end else { throw BenchError("client \(index) cannot connect") }
        }
    }

    deinit { socket.close() }

    /// For epoll.
    var raw: Int32 { socket.raw }

    /// Writes all of it, in one call if the socket has room.
    func send(_ bytes: UnsafeRawBufferPointer, _ room: StreamRoom) throws {
        try write(bytes)
    }

    /// Reads once; `body` gets every whole frame and its length without padding, and must not
    /// keep it. Returns whether there was anything.
    func receive(
        _ room: StreamRoom, _ body: (UnsafeRawPointer, Int) throws -> Void
    ) throws -> Bool {
        let held = rest.count
        room.plain.copyMemory(from: rest, byteCount: held)
        guard let count = try read(into: room.plain + held, room) else { return false }
        let end = held + count
        var at = 0
        while case let length = try Self.frameLength(room.plain + at, end - at), length > 0 {
            let padded = (length + 3) & ~3
            guard at + padded <= end else { break }
            try body(room.plain + at, length)
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
            _ = try receive(room) { bytes, length in
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

    // MARK: Bytes on the wire

    /// Returns how many bytes it put into `out`, nil when nothing had come.
    private func read(into out: UnsafeMutableRawPointer, _ room: StreamRoom) throws -> Int? {
        try readWire(UnsafeMutableRawBufferPointer(start: out, count: StreamRoom.readSize))
    }

    private func readWire(_ out: UnsafeMutableRawBufferPointer) throws -> Int? {
        switch try socket.read(into: out) {
        case .wouldBlock: return nil
        case .done(0): throw BenchError("the server closed the connection of client \(index)")
        case .done(let count): return count
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        var left = bytes
        var end: UInt64 = 0
        while !left.isEmpty {
            switch try socket.write(left) {
            case .done(let count): left = UnsafeRawBufferPointer(rebasing: left.dropFirst(count))
            case .wouldBlock:
                let now = cb_now()
                if end == 0 { end = now + Self.patience }
                guard now < end else { throw BenchError("client \(index) cannot write") }
            }
        }
    }
}

/// Room for reading and writing, one for all clients.
final class StreamRoom {
    /// What one read takes at most.
    static let readSize = 65_536
    /// A frame has 4 + 65,535 bytes at most; a read adds to what is left of one.
    let plain = UnsafeMutableRawPointer.allocate(byteCount: 4 * readSize, alignment: 4096)

    deinit { plain.deallocate() }
}
