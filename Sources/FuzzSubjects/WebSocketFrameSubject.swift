import HTTP
import Primitives

/// A WebSocket whose peer sends any bytes: however they are cut up, they give the same messages,
/// the same answers and the same end, and what is sent back is always well formed.
final class WebSocketFrameSubject: FuzzSubject {
    private static let now = MonotonicTime(nanoseconds: 1)

    private let limits: WebSocketLimits

    init() {
        var limits = WebSocketLimits()
        // Within reach of an input, so that both bounds are met.
        limits.messageBytesMax = 1_000
        limits.messageFramesMax = 20
        self.limits = limits
    }

    func run(_ input: Span<UInt8>) {
        for isServer in [true, false] {
            let whole = converse(input, step: max(input.count, 1), isServer: isServer)
            check(whole, isServer: isServer)
            for step in [1, 7] {
                let cut = converse(input, step: step, isServer: isServer)
                precondition(cut.messages == whole.messages, "other messages when cut up")
                precondition(cut.end == whole.end, "another end when cut up")
                precondition(cut.output == whole.output, "other answers when cut up")
            }
        }
        shakeHands(input)
    }

    private struct Conversation {
        var messages: [WebSocketMessage] = []
        var output: [UInt8] = []
        var end: WebSocketEnd?
    }

    /// Echoes every message and answers everything at once, until the peer is done.
    private func converse(_ input: Span<UInt8>, step: Int, isServer: Bool) -> Conversation {
        var machine = WebSocketStateMachine(
            role: isServer ? .server : .client(Keys()), limits: limits, at: Self.now)
        var conversation = Conversation()
        var start = 0
        while start < input.count, machine.wantsInput {
            let end = min(start + step, input.count)
            machine.receive(input.extracting(start..<end), at: Self.now)
            drain(&machine, &conversation)
            start = end
        }
        machine.receiveEnd(at: Self.now)
        let isClosed = drain(&machine, &conversation)
        precondition(isClosed && conversation.end != nil, "the connection was left open")
        precondition(machine.nextDeadline == .never, "a deadline after the end")
        return conversation
    }

    /// Whether the connection is to be closed.
    @discardableResult
    private func drain(
        _ machine: inout WebSocketStateMachine, _ conversation: inout Conversation
    ) -> Bool {
        while let action = machine.nextAction() {
            switch action {
            case .message(let message):
                precondition(conversation.end == nil, "a message after the end")
                conversation.messages.append(message)
                precondition(machine.send(message.kind, message.bytes.span), "no room to answer")
            case .send(let bytes):
                conversation.output += bytes
                machine.reportUnsent(0, at: Self.now)
            case .ended(let end):
                precondition(conversation.end == nil, "it ended twice")
                conversation.end = end
            case .endOutput: break
            case .close:
                precondition(machine.nextAction() == nil, "more after the close")
                return true
            }
        }
        return false
    }

    private func check(_ conversation: Conversation, isServer: Bool) {
        for message in conversation.messages {
            precondition(message.bytes.count <= limits.messageBytesMax, "a message too large")
            precondition(
                message.kind == .binary
                    || String(validating: message.bytes, as: UTF8.self) != nil, "text is UTF-8")
        }
        let answers = frames(conversation, isServer)
        precondition(answers.data == conversation.messages, "not what was sent back")
        switch conversation.end {
        case .closedByPeer, .failed: precondition(answers.closes == 1, "no Close frame, or two")
        default: precondition(answers.closes == 0, "a Close frame without a reason")
        }
    }

    private struct Answers {
        var data: [WebSocketMessage] = []
        var closes = 0
    }

    /// Reads what was sent by other means than those that wrote it.
    private func frames(_ conversation: Conversation, _ isServer: Bool) -> Answers {
        var answers = Answers()
        var rest = conversation.output[...]
        while let first = rest.popFirst() {
            precondition(answers.closes == 0, "a frame behind a Close frame")
            precondition(first & 0xF0 == 0x80, "in parts, or with reserved bits")
            let payload = payload(&rest, isMasked: !isServer)
            switch first & 0x0F {
            case 1: answers.data.append(WebSocketMessage(.text, payload))
            case 2: answers.data.append(WebSocketMessage(.binary, payload))
            case 8: answers.closes += 1
            case 10: break
            default: preconditionFailure("a frame that nobody asked for")
            }
            precondition(first & 8 == 0 || payload.count <= 125, "a long control frame")
        }
        return answers
    }

    private func payload(_ rest: inout ArraySlice<UInt8>, isMasked: Bool) -> [UInt8] {
        let second = rest.popFirst() ?? 0
        precondition((second & 0x80 != 0) == isMasked, "masked on the wrong side")
        var length = Int(second & 0x7F)
        precondition(length < 127, "nothing here is as long as that")
        if length == 126 {
            length = Int(rest.popFirst() ?? 0) << 8 | Int(rest.popFirst() ?? 0)
            precondition(length > 125, "a longer length than needed")
        }
        let key = isMasked ? Array(rest.prefix(4)) : [0, 0, 0, 0]
        if isMasked { rest = rest.dropFirst(4) }
        precondition(rest.count >= length, "the frame is cut")
        let payload = rest.prefix(length).enumerated().map { $1 ^ key[$0 & 3] }
        rest = rest.dropFirst(length)
        return payload
    }

    /// The same bytes as a request for a WebSocket.
    private func shakeHands(_ input: Span<UInt8>) {
        var parser = HTTPRequestParser()
        guard (try? parser.receive(input)) != nil, let request = parser.takeRequest() else {
            return
        }
        guard
            let handshake = try? WebSocketHandshake(
                request, subprotocols: ["chat"], sha1: { _, _ in })
        else { return }
        precondition(handshake.fields["sec-websocket-accept"]?.utf8.count == 28, "no proof")
        precondition([nil, "chat"].contains(handshake.subprotocol), "a protocol not spoken")
    }
}

/// Masking keys that are the same every time.
private struct Keys: RandomNumberGenerator, Sendable {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state >> 16
    }
}
