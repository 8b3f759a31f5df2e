import HTTP
import Primitives

/// A frame to be written well or badly, or one that was read.
struct Frame: Equatable {
    var opcode: UInt8
    var payload: [UInt8] = []
    var isFinal = true
    var reserved: UInt8 = 0
    var isMasked = true
    /// How many bytes the length takes behind the first: 0, 2 or 8; nil for the fewest.
    var lengthBytes: Int?

    init(
        _ opcode: UInt8, _ payload: [UInt8] = [], isFinal: Bool = true, reserved: UInt8 = 0,
        isMasked: Bool = true, lengthBytes: Int? = nil
    ) {
        self.opcode = opcode
        self.payload = payload
        self.isFinal = isFinal
        self.reserved = reserved
        self.isMasked = isMasked
        self.lengthBytes = lengthBytes
    }

    static func text(_ text: String, isFinal: Bool = true) -> Self {
        Self(1, Array(text.utf8), isFinal: isFinal)
    }

    static func continuation(_ text: String, isFinal: Bool = true) -> Self {
        Self(0, Array(text.utf8), isFinal: isFinal)
    }

    static func close(_ code: UInt16, _ reason: String = "") -> Self {
        Self(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
    }

    var bytes: [UInt8] {
        let count = payload.count
        let fewest = count <= 125 ? 0 : count <= 0xFFFF ? 2 : 8
        let width = lengthBytes ?? fewest
        let short = width == 0 ? UInt8(count) : width == 2 ? 126 : 127
        var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode, (isMasked ? 0x80 : 0) | short]
        for index in (0..<width).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: UInt64(count) >> UInt64(8 * index)))
        }
        guard isMasked else { return bytes + payload }
        let key: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
    }

    /// Unmasked frames, one behind the other; nil when they are not exactly that.
    static func read(_ bytes: [UInt8]) -> [Self]? {
        var frames: [Self] = []
        var rest = bytes[...]
        while let first = rest.popFirst() {
            guard var length = rest.popFirst().map(Int.init), length < 128 else { return nil }
            if length > 125 {
                let width = length == 126 ? 2 : 8
                guard rest.count >= width else { return nil }
                length = rest.prefix(width).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(width)
            }
            guard rest.count >= length else { return nil }
            frames.append(
                Self(
                    first & 0xF, Array(rest.prefix(length)), isFinal: first & 0x80 != 0,
                    reserved: first >> 4 & 7, isMasked: false))
            rest = rest.dropFirst(length)
        }
        return frames
    }
}

/// A server's WebSocket with a peer that sends what it is told and takes everything at once.
final class Talk {
    typealias Action = WebSocketStateMachine.Action

    private var machine: WebSocketStateMachine
    private(set) var messages: [WebSocketMessage] = []
    private(set) var output: [UInt8] = []
    private(set) var end: WebSocketEnd?
    /// What became of the connection, in order.
    private(set) var transport: [Action] = []
    /// Called with each message; what it gives is sent.
    var answer: (WebSocketMessage) -> WebSocketMessage? = { _ in nil }
    /// Whether what is sent leaves.
    var isTaken = true
    var seconds: UInt64 = 0

    init(limits: WebSocketLimits = WebSocketLimits()) {
        machine = WebSocketStateMachine(limits: limits, at: MonotonicTime(nanoseconds: 0))
    }

    var now: MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    /// The frames that the machine sent, if they are well formed.
    var frames: [Frame]? { Frame.read(output) }

    var failure: WebSocketFailure? {
        if case .failed(let failure) = end { failure } else { nil }
    }

    var isOpen: Bool { machine.isOpen }
    var wantsInput: Bool { machine.wantsInput }
    var unsentBytes: Int { machine.unsentBytes }
    var nextDeadline: MonotonicTime { machine.nextDeadline }

    /// Without draining.
    func send(_ text: String) -> Bool { machine.send(text: text) }

    /// Without draining.
    func ping(_ payload: [UInt8]) -> Bool { machine.ping(payload.span) }

    func receive(_ frames: Frame..., step: Int = .max) {
        receive(frames.flatMap(\.bytes), step: step)
    }

    func receive(_ bytes: [UInt8], step: Int = .max) {
        var start = 0
        while start < bytes.count {
            let end = start + min(step, bytes.count - start)
            machine.receive(bytes.span.extracting(start..<end), at: now)
            drain()
            start = end
        }
    }

    func perform(_ call: (inout WebSocketStateMachine) -> Void) {
        call(&machine)
        drain()
    }

    func receiveEnd() { perform { [now] in $0.receiveEnd(at: now) } }

    /// Lets time pass, with a tick at each deadline on the way.
    func wait(_ count: UInt64) {
        let until = MonotonicTime(nanoseconds: (seconds + count) * 1_000_000_000)
        while machine.nextDeadline <= until {
            let deadline = machine.nextDeadline
            perform { $0.tick(at: deadline) }
        }
        seconds += count
        perform { $0.tick(at: until) }
    }

    private func drain() {
        while let action = machine.nextAction() {
            switch action {
            case .message(let message):
                messages.append(message)
                if let answer = answer(message) { machine.send(answer.kind, answer.bytes.span) }
            case .send(let bytes):
                output += bytes
                if isTaken { machine.reportUnsent(0, at: now) }
            case .ended(let end): self.end = end
            case .endOutput, .close: transport.append(action)
            }
        }
    }
}
