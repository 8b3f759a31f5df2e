import CBench
import Crypto
import LinuxIO
import Primitives

/// One TCP connection of the generator, with TLS in it or without.
final class StreamWire {
    private let index: Int
    private let socket: TCPHandle
    private let session: TLSSession?
    private var isConnected = false
    private var isClosed = false

    private static let patience: UInt64 = 5_000_000_000

    /// Begins to connect; TLS when there is a context for it.
    init(
        _ index: Int, from local: TransportAddress, to server: TransportAddress,
        _ context: TLSContext?
    ) throws {
        self.index = index
        session = try context.map { context in
            guard let session = TLSSession(context, serverName: "") else {
                throw BenchError("no memory for another session")
            }
            return session
        }
        socket = try TCPHandle.connect(from: local, to: server)
        try socket.setNoDelay(true)
    }

    deinit { if !isClosed { socket.close() } }

    /// For epoll.
    var raw: Int32 { socket.raw }

    /// What carries the frames: `TCP`, or the version and cipher suite of TLS.
    var name: String {
        session.map { "\($0.version) \($0.cipher ?? "without a cipher")" } ?? "TCP"
    }

    /// Goes on connecting and shaking hands; true when the application's bytes may go.
    func proceed(_ room: StreamRoom) throws -> Bool {
        if !isConnected {
            guard try socket.connectResult() else { return false }
            isConnected = true
            guard let session else { return true }
            try shakeHands(session, room, count: 0)
        }
        guard let session, !session.isEstablished else { return true }
        guard let count = try readWire(room.wireBuffer) else { return false }
        try shakeHands(session, room, count: count)
        return session.isEstablished
    }

    /// Waits in a busy loop until `proceed` says true.
    func establish(_ room: StreamRoom) throws {
        let end = cb_now() + Self.patience
        while try !proceed(room) {
            guard cb_now() < end else { throw BenchError("client \(index) cannot connect") }
        }
    }

    private func shakeHands(_ session: TLSSession, _ room: StreamRoom, count: Int) throws {
        let wire = UnsafeRawBufferPointer(start: room.wire, count: count)
        let progress = session.receive(wire, into: room.afterRest(0), output: room.output)
        guard progress == .open(0) else {
            throw BenchError("the handshake of client \(index) failed: \(progress)")
        }
        try flush(room)
    }

    /// Writes all of it, in one call if the socket has room.
    func send(_ bytes: UnsafeRawBufferPointer, _ room: StreamRoom) throws {
        guard let session else { return try write(bytes) }
        guard session.write(bytes, output: room.output) else {
            throw BenchError("the TLS session of client \(index) is over")
        }
        try flush(room)
    }

    /// Reads behind `held` bytes of `room.plain`; nil when nothing had come.
    func read(_ room: StreamRoom, behind held: Int) throws -> Int? {
        guard let session else {
            return try readWire(
                UnsafeMutableRawBufferPointer(
                    start: room.plain + held, count: StreamRoom.readSize))
        }
        guard let count = try readWire(room.wireBuffer) else { return nil }
        let wire = UnsafeRawBufferPointer(start: room.wire, count: count)
        let progress = session.receive(wire, into: room.afterRest(held), output: room.output)
        guard case .open(let plain) = progress else {
            throw BenchError("the TLS session of client \(index) ended: \(progress)")
        }
        if !room.output.isEmpty { try flush(room) }
        return plain
    }

    /// Gone without a word: the server finds a reset.
    func drop() {
        isClosed = true
        socket.reset()
    }

    private func flush(_ room: StreamRoom) throws {
        try write(room.output.bytes)
        room.output.removeAll()
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
