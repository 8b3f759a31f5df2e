package import Primitives

/// One WebSocket after its handshake (RFC 6455): frames in, messages out, and the reverse.
///
/// A driver passes in what it reads and drains `nextAction()` after every call, also after those
/// that send. Pings are answered and a close is confirmed without it. It stops reading while it
/// has more unwritten bytes than it wants to hold: nothing comes out that was not asked for by
/// what came in, but for one Ping.
package struct WebSocketStateMachine: ~Copyable {
    package enum Role: Sendable {
        case server
        /// Draws the masking keys (RFC 6455 §5.3), which an attacker must not be able to guess.
        case client(any RandomNumberGenerator & Sendable)
    }

    package enum Action: Hashable, Sendable {
        case message(WebSocketMessage)
        /// Write these bytes.
        case send([UInt8])
        /// Close the connection once everything is written; nothing follows.
        case end(WebSocketEnd)
    }

    private enum State {
        /// The deadline is for a byte from the peer; then comes a Ping.
        case open(until: MonotonicTime)
        case awaitingPong(until: MonotonicTime)
        /// A Close frame went out, none came back.
        case closing(until: MonotonicTime)
        /// A Close frame came in, or none can; what it means is among `events`.
        case deaf
        case ended
    }

    /// What was read and not yet handed out: a message that came before a Close frame is handed
    /// out, and may be answered, before the close is confirmed.
    private enum Event {
        case message(WebSocketMessage)
        case close(WebSocketCloseCode?, reason: String)
        case failure(WebSocketFailure)
        case lost
    }

    private let limits: WebSocketLimits
    private var masks: (any RandomNumberGenerator & Sendable)?
    private var state: State
    private var reader: WebSocketFrameReader
    /// From `eventStart` on; no more than what came in one call holds. They are not moved up after
    /// each: many small ones would cost the square of their number.
    private var events: [Event] = []
    private var eventStart = 0
    private var output: [UInt8] = []
    private var wroteClose = false
    private var end: WebSocketEnd?

    package init(
        role: Role = .server, limits: WebSocketLimits = WebSocketLimits(), at now: MonotonicTime
    ) {
        self.limits = limits
        switch role {
        case .server:
            reader = WebSocketFrameReader(isMasked: true, limits: limits)
        case .client(let generator):
            reader = WebSocketFrameReader(isMasked: false, limits: limits)
            masks = generator
        }
        state = .open(until: now + limits.pingSeconds)
    }

    /// Takes what was read from the peer.
    package mutating func receive(_ input: Span<UInt8>, at now: MonotonicTime) {
        guard isListening, input.count > 0 else { return }
        if isOpen { state = .open(until: now + limits.pingSeconds) }
        var position = 0
        do throws(WebSocketFailure) {
            while isListening, let item = try reader.receive(input, from: &position) {
                take(item)
            }
        } catch {
            events.append(.failure(error))
            state = .deaf
        }
    }

    /// The peer will send no more: without a Close frame before, that is an abnormal end.
    package mutating func receiveEnd(at now: MonotonicTime) {
        guard isListening else { return }
        events.append(.lost)
        state = .deaf
    }

    /// Sends a message in one frame; false when it may not any more. Text must be UTF-8.
    @discardableResult
    package mutating func send(_ kind: WebSocketMessage.Kind, _ bytes: Span<UInt8>) -> Bool {
        guard canSend else { return false }
        write(kind == .text ? .text : .binary, bytes)
        return true
    }

    /// Sends a text message; false when it may not any more.
    @discardableResult
    package mutating func send(text: String) -> Bool {
        let bytes = Array(text.utf8)
        return send(.text, bytes.span)
    }

    /// Sends a Ping of at most 125 bytes; its Pong counts as a sign of life and no more.
    @discardableResult
    package mutating func ping(_ payload: Span<UInt8>) -> Bool {
        guard canSend, payload.count <= WebSocketFrameHeader.controlBytesMax else { return false }
        write(.ping, payload)
        return true
    }

    /// Begins to close: what was sent before still arrives, nothing more is handed out, and the
    /// end comes when the peer confirms or `closeSeconds` later. A reason beyond 123 bytes is cut
    /// between characters. Ignored when a close is on its way already.
    package mutating func close(
        _ code: WebSocketCloseCode, reason: String = "", at now: MonotonicTime
    ) {
        precondition(code.isAllowedOnTheWire, "a close code that no frame may carry")
        guard isOpen else { return }
        writeClose(code, reason: reason)
        state = .closing(until: now + limits.closeSeconds)
        events = []
        eventStart = 0
    }

    package mutating func tick(at now: MonotonicTime) {
        switch state {
        case .open(let until) where until <= now:
            write(.ping, Span())
            state = .awaitingPong(until: now + limits.pongSeconds)
        case .awaitingPong(let until) where until <= now: finish(.pongTimeout)
        case .closing(let until) where until <= now: finish(.closeTimeout)
        default: break
        }
    }

    /// What to do next; nil when drained. Messages come first, so that their answers leave in one
    /// write.
    package mutating func nextAction() -> Action? {
        while eventStart < events.count {
            let event = events[eventStart]
            eventStart += 1
            if eventStart == events.count {
                events = []
                eventStart = 0
            }
            if case .message(let message) = event { return .message(message) }
            conclude(event)
        }
        if !output.isEmpty {
            defer { output = [] }
            return .send(output)
        }
        return end.take().map { .end($0) }
    }

    package var nextDeadline: MonotonicTime {
        switch state {
        case .open(let until), .awaitingPong(let until), .closing(let until): until
        case .deaf, .ended: .never
        }
    }

    /// Whether both directions are open: no Close frame went either way.
    package var isOpen: Bool {
        switch state {
        case .open, .awaitingPong: true
        case .closing, .deaf, .ended: false
        }
    }
}

extension WebSocketStateMachine {
    private var isListening: Bool {
        switch state {
        case .open, .awaitingPong, .closing: true
        case .deaf, .ended: false
        }
    }

    /// RFC 6455 §5.5.1: no data frame after a Close frame. One that came and is not handed out yet
    /// leaves room for answers to what came before it.
    private var canSend: Bool {
        if case .ended = state { return false }
        return !wroteClose
    }

    private mutating func take(_ item: WebSocketFrameReader.Item) {
        switch item {
        case .message(let message):
            // After a close from here nobody waits for messages.
            if isOpen { events.append(.message(message)) }
        case .ping(let payload):
            // RFC 6455 §5.5.3: a Pong with the same bytes.
            if isOpen { write(.pong, payload.span) }
        case .pong: break
        case .close(let code, let reason):
            if isOpen {
                events.append(.close(code, reason: reason))
                state = .deaf
            } else {
                finish(.closedHere)
            }
        }
    }

    /// Acts on what came last from the peer.
    private mutating func conclude(_ event: Event) {
        guard end == nil else { return }
        switch event {
        case .message: break
        case .close(let code, let reason):
            // RFC 6455 §5.5.1: a Close frame in return, with the code that came.
            writeClose(code, reason: "")
            finish(.closedByPeer(code, reason: reason))
        case .failure(let failure):
            // §7.1.7: a Close frame that says why, unless one went out before.
            if !wroteClose { writeClose(failure.closeCode, reason: failure.rawValue) }
            finish(.failed(failure))
        case .lost: finish(.lost)
        }
    }

    private mutating func finish(_ end: WebSocketEnd) {
        self.end = end
        state = .ended
    }

    private mutating func writeClose(_ code: WebSocketCloseCode?, reason: String) {
        var payload: [UInt8] = []
        if let code {
            payload = [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
            for character in reason {
                let bytes = character.utf8
                guard payload.count + bytes.count <= WebSocketFrameHeader.controlBytesMax
                else { break }
                payload.append(contentsOf: bytes)
            }
        }
        write(.close, payload.span)
        wroteClose = true
    }

    private mutating func write(_ opcode: WebSocketOpcode, _ payload: Span<UInt8>) {
        let mask = masks?.next()
        let header = WebSocketFrameHeader(
            opcode: opcode, mask: mask.map { UInt32(truncatingIfNeeded: $0) },
            payloadLength: payload.count)
        header.append(payload, to: &output)
    }
}
