/// Reads frames and puts messages together (RFC 6455 §5); what it gives does not depend on how the
/// bytes were cut up. Once it threw, the position in the stream is lost.
struct WebSocketFrameReader: ~Copyable {
    enum Item: Hashable {
        case message(WebSocketMessage)
        case ping([UInt8])
        case pong
        case close(WebSocketCloseCode?, reason: String)
    }

    private let limits: WebSocketLimits
    private var headers: WebSocketHeaderReader
    /// The frame whose payload is being read, and how much of that came.
    private var frame: WebSocketFrameHeader?
    private var payloadCount = 0
    /// What the message is that began and has not ended.
    private var kind: WebSocketMessage.Kind?
    private var message: [UInt8] = []
    private var messageFrames = 0
    private var text = UTF8Validator()
    /// Of the control frame being read, which may stand inside a message.
    private var control: [UInt8] = []

    init(isMasked: Bool, limits: WebSocketLimits) {
        self.limits = limits
        headers = WebSocketHeaderReader(isMasked: isMasked)
    }

    /// Takes bytes from `position` on up to the end of one item; nil when they are used up.
    mutating func receive(
        _ input: Span<UInt8>, from position: inout Int
    ) throws(WebSocketFailure) -> Item? {
        while true {
            if frame == nil {
                guard let header = try headers.receive(input, from: &position) else { return nil }
                try begin(header)
            }
            guard let header = frame else { return nil }
            let count = min(header.payloadLength - payloadCount, input.count - position)
            try take(input.extracting(position..<(position + count)), of: header)
            position += count
            payloadCount += count
            guard payloadCount == header.payloadLength else { return nil }
            frame = nil
            if let item = try finish(header) { return item }
        }
    }

    private mutating func begin(_ header: WebSocketFrameHeader) throws(WebSocketFailure) {
        frame = header
        payloadCount = 0
        switch header.opcode {
        case .continuation:
            // RFC 6455 §5.4: only inside a message.
            guard kind != nil else { throw .nothingToContinue }
        case .text, .binary:
            // §5.4: messages are not interleaved.
            guard kind == nil else { throw .unfinishedMessage }
            kind = header.opcode == .text ? .text : .binary
        case .close, .ping, .pong:
            control.removeAll(keepingCapacity: true)
            return
        }
        // Judged by what the header announces, before a byte of it is kept.
        guard header.payloadLength <= limits.messageBytesMax - message.count else {
            throw .messageTooBig
        }
        messageFrames += 1
        guard messageFrames <= limits.messageFramesMax else { throw .tooManyFrames }
    }

    private mutating func take(
        _ payload: Span<UInt8>, of header: WebSocketFrameHeader
    ) throws(WebSocketFailure) {
        let mask = header.mask ?? 0
        if header.opcode.isControl {
            control.append(payload, masked: mask, from: payloadCount)
            return
        }
        let start = message.count
        message.append(payload, masked: mask, from: payloadCount)
        // RFC 6455 §8.1: text is UTF-8; the first wrong byte is told, not the end awaited.
        guard kind == .text else { return }
        var validator = text
        guard validator.receive(message.span, from: start) else { throw .invalidText }
        text = validator
    }

    private mutating func finish(
        _ header: WebSocketFrameHeader
    ) throws(WebSocketFailure) -> Item? {
        switch header.opcode {
        case .ping: return .ping(control)
        case .pong: return .pong
        case .close: return try close()
        case .continuation, .text, .binary:
            guard header.isFinal, let kind else { return nil }
            guard text.isComplete else { throw .invalidText }
            let complete = WebSocketMessage(kind, message)
            self.kind = nil
            message = []
            messageFrames = 0
            return .message(complete)
        }
    }

    /// RFC 6455 §5.5.1: nothing, or a code and a reason in UTF-8.
    private func close() throws(WebSocketFailure) -> Item {
        if control.isEmpty { return .close(nil, reason: "") }
        guard control.count >= 2 else { throw .malformedClose }
        let code = WebSocketCloseCode(rawValue: UInt16(control[0]) << 8 | UInt16(control[1]))
        guard code.isAllowedOnTheWire else { throw .invalidCloseCode }
        var reason = UTF8Validator()
        guard reason.receive(control.span, from: 2), reason.isComplete else {
            throw .invalidCloseReason
        }
        return .close(code, reason: String(decoding: control[2...], as: UTF8.self))
    }
}
