import CBench
import Crypto
import LinuxIO
import Primitives

/// One caller: its socket as long as it has one, and what it has to know to resume its session.
final class CallClient {
    enum Stage {
        case away
        case connecting
        case upgrading
        case greeting
        case ready
    }

    let index: Int
    let name: String
    private let token: [UInt8]
    private(set) var stage = Stage.away
    private(set) var wire: StreamWire?
    /// The beginning of a frame whose end has not come.
    private var rest: [UInt8] = []

    // The session.
    private(set) var lastID = 0
    private(set) var lastSequence: UInt64 = 0
    private(set) var session: [UInt8] = []
    private(set) var secret: [UInt8] = []
    private(set) var epoch: [UInt8] = []
    private(set) var isResumed = false
    /// Messages that came with another number than the next, or about a call of others.
    private(set) var gaps = 0
    private(set) var foreign = 0
    /// The call that this client is in.
    var call: [UInt8] = []

    init(_ index: Int, name: String, token: [UInt8]) {
        self.index = index
        self.name = name
        self.token = token
    }

    func connect(_ options: Options, _ context: TLSContext?) throws {
        wire = try StreamWire(index, from: options.caller(index), to: options.server, context)
        stage = .connecting
        rest = []
    }

    /// The socket is gone at once; the session is not.
    func drop() {
        wire?.drop()
        wire = nil
        stage = .away
        isResumed = false
    }

    // MARK: Becoming a session

    /// Acts on an event of the socket; `body` gets every message once the session stands.
    func serve(
        _ fleet: CallFleet, _ body: (ServerFrame) throws -> Void
    ) throws {
        guard let wire else { return }
        if stage == .connecting {
            guard try wire.proceed(fleet.room) else { return }
            try upgrade(fleet)
            return
        }
        let held = rest.count
        fleet.room.plain.copyMemory(from: rest, byteCount: held)
        guard let count = try wire.read(fleet.room, behind: held) else { return }
        var bytes = UnsafeRawBufferPointer(start: fleet.room.plain, count: held + count)
        if stage == .upgrading {
            guard let end = Self.headEnd(bytes) else { return keep(bytes) }
            guard bytes.starts(with: "HTTP/1.1 101".utf8) else {
                throw BenchError(
                    "no WebSocket for client \(index): \(String(decoding: bytes, as: UTF8.self))")
            }
            bytes = UnsafeRawBufferPointer(rebasing: bytes[end...])
            try greet(fleet)
        }
        try readFrames(&bytes, fleet, body)
        keep(bytes)
    }

    private func keep(_ bytes: UnsafeRawBufferPointer) {
        rest.removeAll(keepingCapacity: !bytes.isEmpty)
        rest.append(contentsOf: bytes)
    }

    private static func headEnd(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (3..<bytes.count).first { bytes[$0] == 0x0a && bytes[$0 - 2] == 0x0a }
            .map { $0 + 1 }
    }

    /// RFC 6455 §4.1. Every client may use the same key: it protects nobody here.
    private func upgrade(_ fleet: CallFleet) throws {
        stage = .upgrading
        let request = """
            GET /ws HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
            Sec-WebSocket-Protocol: signal.v1\r\n\r\n
            """
        try Array(request.utf8).withUnsafeBytes { try wire?.send($0, fleet.room) }
    }

    private func greet(_ fleet: CallFleet) throws {
        stage = .greeting
        let output = fleet.output
        output.begin()
        output.append("{\"type\":\"hello\",\"data\":{\"token\":\"")
        output.append(token)
        output.append("\",\"device_id\":\"bench\",\"client\":{\"name\":\"bench\"},")
        output.append("\"caps\":[\"reports_connected\"]")
        if !session.isEmpty {
            output.append(",\"resume\":{\"sid\":\"")
            output.append(session)
            output.append("\",\"rid\":\"")
            output.append(secret)
            output.append("\",\"epoch\":\"")
            output.append(epoch)
            output.append("\",\"last_seq\":")
            output.append(Int(lastSequence))
            output.append("}")
        }
        output.append("}}")
        output.finish()
        try flush(fleet)
    }

    private func becomeReady(_ welcome: ServerFrame) {
        stage = .ready
        session = welcome.text("sid")
        secret = welcome.text("rid")
        epoch = welcome.text("epoch")
        isResumed = welcome.contains("\"resumed\":true")
        if !isResumed { (lastID, lastSequence) = (0, 0) }
    }

    // MARK: Frames

    private func readFrames(
        _ bytes: inout UnsafeRawBufferPointer, _ fleet: CallFleet,
        _ body: (ServerFrame) throws -> Void
    ) throws {
        while bytes.count >= 2 {
            var header = 2
            var count = Int(bytes[1])
            if count == 126 {
                guard bytes.count >= 4 else { return }
                (header, count) = (4, Int(bytes[2]) << 8 | Int(bytes[3]))
            } else if count == 127 {
                guard bytes.count >= 10 else { return }
                header = 10
                count = bytes[2..<10].reduce(0) { $0 << 8 | Int($1) }
            }
            guard bytes.count >= header + count else { return }
            let payload = UnsafeRawBufferPointer(rebasing: bytes[header..<header + count])
            try take(payload, opcode: bytes[0] & 0xf, fleet, body)
            bytes = UnsafeRawBufferPointer(rebasing: bytes[(header + count)...])
        }
    }

    private func take(
        _ payload: UnsafeRawBufferPointer, opcode: UInt8, _ fleet: CallFleet,
        _ body: (ServerFrame) throws -> Void
    ) throws {
        guard opcode == 1 else {
            if opcode == 9 { return try pong(fleet, opcode: 10) }
            let words = String(decoding: payload, as: UTF8.self)
            throw BenchError("the server closes the socket of client \(index): \(words)")
        }
        let frame = ServerFrame(payload)
        if frame.sequence > 0 {
            if frame.sequence != lastSequence + 1 { gaps += 1 }
            lastSequence = max(lastSequence, frame.sequence)
            if !call.isEmpty, !frame.isAbout(call) { foreign += 1 }
        }
        switch frame.kind {
        case .ping: return try pong(fleet, opcode: 1)
        case .welcome: becomeReady(frame)
        default: break
        }
        try body(frame)
    }

    private func pong(_ fleet: CallFleet, opcode: UInt8) throws {
        fleet.output.begin()
        if opcode == 1 {
            fleet.output.append("{\"type\":\"pong\",\"ack\":")
            fleet.output.append(Int(lastSequence))
            fleet.output.append("}")
        }
        fleet.output.finish(opcode: opcode)
        try flush(fleet)
    }

    /// Begins the frame of a request; its data follows, and then `end`. Returns its id.
    func request(_ type: StaticString, _ output: FrameBuffer, id again: Int? = nil) -> Int {
        if again == nil { lastID += 1 }
        let id = again ?? lastID
        output.begin()
        output.append("{\"type\":\"")
        output.append(type)
        output.append("\",\"id\":")
        output.append(id)
        output.append(",\"ack\":")
        output.append(Int(lastSequence))
        output.append(",\"data\":{\"call_id\":\"")
        output.append(call)
        output.append("\"")
        return id
    }

    func end(_ output: FrameBuffer) {
        output.append("}}")
        output.finish()
    }

    /// Sends what is in the buffer, in one write.
    func flush(_ fleet: CallFleet) throws {
        guard !fleet.output.isEmpty else { return }
        try wire?.send(fleet.output.bytes, fleet.room)
        fleet.output.removeAll()
    }
}
