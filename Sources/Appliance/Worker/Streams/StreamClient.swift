import Crypto
import Forwarding
import LinuxIO
import Primitives
import Reception
import TURN

/// One TCP or TLS connection of a client that speaks TURN: what a worker remembers of it.
///
/// Idle it holds no buffer: bytes wait here only while a frame has not come whole, or the client
/// does not read what it is sent. A class, so that a table can hold it.
final class StreamClient: ConnectedClient {
    /// What the bytes on the connection are.
    enum Mode {
        /// STUN messages and ChannelData.
        case frames
        /// Raw bytes from and to a peer (RFC 6062 §5.4), by its number in `PeerConnections`.
        case data(peer: UInt32)
    }

    /// Its place in the worker's table.
    let number: UInt32
    let socket: TCPHandle
    /// Nil for plain TCP.
    let session: TLSSession?
    let tuple: FiveTuple
    /// Given back when the client is forgotten.
    let place: ConnectionPlace
    var mode = Mode.frames
    /// The allocation it controls.
    var allocation: AllocationID?
    /// The beginning of a frame whose rest has not come, and how long the frame is; 0 while even
    /// that is unknown.
    var partial: [UInt8] = []
    var frameLength = 0
    /// Frames that wait for `staged` to leave.
    var queue = StreamQueue()
    /// Nothing more is read; it closes once everything is written.
    var isClosing = false
    /// Reading waits until the peer of a data connection took what it was sent.
    var isHeldBack = false
    /// Reading waits for a bandwidth limit.
    var isPaused = false
    /// The client will send no more.
    var hasEnded = false
    /// The client was told that its peer will send no more, and TCP was.
    var wasTold = false
    var isShut = false
    /// Both directions are shut, which epoll says over and over to whoever does not read yet.
    var isHungUp = false
    /// What epoll watches it for.
    var watched: Readiness = []

    /// Bytes that must leave before anything else: the rest of a frame that began to leave, or
    /// TLS records. From `stagedStart` on; what is before has left.
    private(set) var staged: [UInt8] = []
    private var stagedStart = 0

    init(
        _ number: UInt32, _ socket: TCPHandle, _ session: TLSSession?, _ tuple: FiveTuple,
        _ place: ConnectionPlace
    ) {
        self.number = number
        self.socket = socket
        self.session = session
        self.tuple = tuple
        self.place = place
    }

    /// Whether everything given to it has been written.
    var hasWrittenAll: Bool { staged.isEmpty && queue.isEmpty }

    var isReading: Bool { !(isClosing || isHeldBack || isPaused || hasEnded) }

    /// What to wait for.
    var interest: Readiness {
        var interest: Readiness = isReading ? .readable : []
        if !hasWrittenAll { interest.insert(.writable) }
        return interest.isEmpty && isHungUp ? .edge : interest
    }

    /// Puts bytes behind those that must leave first.
    func stage(_ bytes: UnsafeRawBufferPointer) { staged += bytes }

    /// Three times what is written at once. Beyond one write only TLS itself adds to what waits,
    /// when it answers a client that goes on asking and does not read.
    private static let stagedMax = 256 * 1024

    /// Writes `bytes` now as far as there is room, and keeps the rest behind what is staged.
    ///
    /// - Throws: also when more would wait than `stagedMax`.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var sent = 0
        if staged.isEmpty, case .done(let count) = try socket.write(bytes) { sent = count }
        guard sent < bytes.count else { return }
        guard staged.count + bytes.count - sent <= Self.stagedMax else {
            throw SystemError(.noBufferSpace, call: "send")
        }
        staged += bytes[sent...]
    }

    /// Writes what is staged; true when nothing of it is left.
    func writeStaged() throws(SystemError) -> Bool {
        while stagedStart < staged.count {
            let result = staged.withUnsafeBytes { bytes in
                Result { () throws(SystemError) in
                    try socket.write(UnsafeRawBufferPointer(rebasing: bytes[stagedStart...]))
                }
            }
            guard case .done(let count) = try result.get() else { return false }
            stagedStart += count
        }
        staged = []
        stagedStart = 0
        return true
    }
}
