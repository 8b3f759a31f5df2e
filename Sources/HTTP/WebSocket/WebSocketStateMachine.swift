package import Primitives

/// One WebSocket after its handshake (RFC 6455): frames in, messages out, and the reverse.
///
/// A driver passes in what it reads, drains `nextAction()` after every call, also after those that
/// send, and says with `reportUnsent(_:at:)` how much of what was handed out has not left yet.
/// While `wantsInput` is false it leaves bytes in the socket: a peer that does not read is not
/// read from. Pings are answered and a close is confirmed without the driver.
package struct WebSocketStateMachine: ~Copyable {
    package enum Role: Sendable {
        case server
        /// Draws the masking keys (RFC 6455 §5.3), which an attacker must not be able to guess.
        case client(any RandomNumberGenerator & Sendable)
    }

    package enum Action: Hashable, Sendable {
        case message(WebSocketMessage)
        /// Write these bytes, behind any that are still unwritten.
        case send([UInt8])
        /// No message follows and none can be sent; comes once.
        case ended(WebSocketEnd)
        /// Shut down the sending side and go on reading until `close` (RFC 6455 §7.1.1).
        case endOutput
        /// The last action: close the connection.
        case close
    }

    private enum State {
        /// Until then a byte should come from the peer; if none does, it gets a Ping.
        case open(until: MonotonicTime)
        case awaitingPong(until: MonotonicTime)
        /// A Close frame went out, none came back.
        case closing(until: MonotonicTime)
        /// Nothing more is read; what ends the WebSocket is the last of `events`.
        case concluding
        /// It ended; what was written before, a Close frame in most cases, is leaving.
        case flushing(until: MonotonicTime)
        /// The peer may still be sending what nobody will read. Closing at once would have the
        /// kernel reset the connection and take the Close frame away from it.
        case lingering(until: MonotonicTime, bytesLeft: Int)
        case closed
    }

    /// What was read and not yet carried out: in the order it came, so that a message may be
    /// answered before the Ping behind it is, and before the close behind it is confirmed.
    private enum Event {
        case message(WebSocketMessage)
        case ping([UInt8])
        case close(WebSocketCloseCode?, reason: String)
        case failure(WebSocketFailure)
        case lost
    }

    private let limits: WebSocketLimits
    private var state: State
    private var reader: WebSocketFrameReader
    private var writer: WebSocketFrameWriter
    /// From `eventStart` on; no more than what came in one call holds. They are not moved up after
    /// each: many small ones would cost the square of their number.
    private var events: [Event] = []
    private var eventStart = 0
    /// At most three: what follows the end.
    private var closing: [Action] = []
    /// Handed out to be sent and not known to have left.
    private var sendingBytes = 0
    private var peerEnded = false
    /// Of the last call that brought one.
    private var now: MonotonicTime

    package init(
        role: Role = .server, limits: WebSocketLimits = WebSocketLimits(), at now: MonotonicTime
    ) {
        self.limits = limits
        self.now = now
        switch role {
        case .server:
            reader = WebSocketFrameReader(isMasked: true, limits: limits)
            writer = WebSocketFrameWriter(maskedWith: nil)
        case .client(let keys):
            reader = WebSocketFrameReader(isMasked: false, limits: limits)
            writer = WebSocketFrameWriter(maskedWith: keys)
        }
        state = .open(until: now + limits.pingSeconds)
    }

    /// Takes what was read from the peer.
    package mutating func receive(_ input: Span<UInt8>, at now: MonotonicTime) {
        self.now = now
        if case .lingering(let until, let bytesLeft) = state {
            guard input.count < bytesLeft else { return close() }
            state = .lingering(until: until, bytesLeft: bytesLeft - input.count)
        }
        guard isListening, input.count > 0 else { return }
        if isOpen { state = .open(until: now + limits.pingSeconds) }
        var position = 0
        do throws(WebSocketFailure) {
            while isListening, let item = try reader.receive(input, from: &position) {
                take(item)
            }
        } catch {
            conclude(with: .failure(error))
        }
    }

    /// The peer will send no more: without a Close frame before, that is an abnormal end.
    package mutating func receiveEnd(at now: MonotonicTime) {
        self.now = now
        peerEnded = true
        if isListening { conclude(with: .lost) }
        if case .lingering = state { close() }
    }

    /// Sends a message in one frame; text must be UTF-8. False when it may not any more, or when
    /// `outputBytesMax` bytes before it have not left yet.
    @discardableResult
    package mutating func send(_ kind: WebSocketMessage.Kind, _ bytes: Span<UInt8>) -> Bool {
        guard canSend, unsentBytes <= limits.outputBytesMax else { return false }
        writer.write(kind == .text ? .text : .binary, bytes)
        return true
    }

    /// Sends a text message, as `send(_:_:)` does.
    @discardableResult
    package mutating func send(text: String) -> Bool {
        let bytes = Array(text.utf8)
        return send(.text, bytes.span)
    }

    /// Sends a Ping of at most 125 bytes, as `send(_:_:)` does. Its Pong is a sign of life, no
    /// more; those that `pingSeconds` asks for need no call.
    @discardableResult
    package mutating func ping(_ payload: Span<UInt8>) -> Bool {
        guard canSend, unsentBytes <= limits.outputBytesMax,
            payload.count <= WebSocketFrameHeader.controlBytesMax
        else { return false }
        writer.write(.ping, payload)
        return true
    }

    /// Begins to close: what was sent before still arrives, nothing more is handed out, and the
    /// end comes when the peer confirms or `closeSeconds` later. A reason beyond 123 bytes is cut
    /// between characters. Ignored when it ends already.
    package mutating func close(
        _ code: WebSocketCloseCode, reason: String = "", at now: MonotonicTime
    ) {
        precondition(code.isAllowedOnTheWire, "a close code that no frame may carry")
        self.now = now
        guard isOpen else { return }
        writer.writeClose(code, reason: reason)
        state = .closing(until: now + limits.closeSeconds)
        forget()
    }

    /// Of everything that was handed out to be sent, `count` bytes have not left.
    package mutating func reportUnsent(_ count: Int, at now: MonotonicTime) {
        self.now = now
        // Who is not read from shows by what it takes that it lives.
        if isOpen, !wantsInput, count < sendingBytes {
            state = .open(until: now + limits.pingSeconds)
        }
        sendingBytes = min(sendingBytes, count)
    }

    /// Acts on a deadline that has passed.
    package mutating func tick(at now: MonotonicTime) {
        self.now = now
        switch state {
        case .open(let until) where until <= now:
            writer.write(.ping, Span())
            state = .awaitingPong(until: now + limits.pongSeconds)
        case .awaitingPong(let until) where until <= now: abort(.pongTimeout)
        case .closing(let until) where until <= now: abort(.closeTimeout)
        case .flushing(let until) where until <= now: close()
        case .lingering(let until, _) where until <= now: close()
        default: break
        }
    }

    /// What to do next; nil when drained. Messages come first, so that all their answers leave in
    /// one write.
    package mutating func nextAction() -> Action? {
        while eventStart < events.count {
            let event = events[eventStart]
            eventStart += 1
            if eventStart == events.count { forget() }
            if case .message(let message) = event { return .message(message) }
            carryOut(event)
        }
        if let bytes = writer.take() {
            sendingBytes += bytes.count
            return .send(bytes)
        }
        if closing.isEmpty, case .flushing = state, sendingBytes == 0 { linger() }
        return closing.isEmpty ? nil : closing.removeFirst()
    }

    /// When `tick(at:)` has something to do.
    package var nextDeadline: MonotonicTime {
        switch state {
        case .open(let until), .awaitingPong(let until), .closing(let until),
            .flushing(let until), .lingering(let until, _):
            until
        case .concluding, .closed: .never
        }
    }

    /// Whether the driver should read from the peer.
    package var wantsInput: Bool {
        switch state {
        case .open, .awaitingPong, .closing: unsentBytes <= limits.pauseBytes
        case .lingering: true
        case .concluding, .flushing, .closed: false
        }
    }

    /// Whether both directions are open: no Close frame went either way.
    package var isOpen: Bool {
        switch state {
        case .open, .awaitingPong: true
        case .closing, .concluding, .flushing, .lingering, .closed: false
        }
    }

    /// How many bytes are written and have not left.
    package var unsentBytes: Int { sendingBytes + writer.count }
}

extension WebSocketStateMachine {
    private var isListening: Bool {
        switch state {
        case .open, .awaitingPong, .closing: true
        case .concluding, .flushing, .lingering, .closed: false
        }
    }

    /// RFC 6455 §5.5.1: no data frame after a Close frame. One that came and is not handed out yet
    /// leaves room for answers to what came before it.
    private var canSend: Bool {
        if case .concluding = state { return !writer.wroteClose }
        return isOpen
    }

    private mutating func take(_ item: WebSocketFrameReader.Item) {
        switch item {
        case .message(let message):
            // After a close from here nobody waits for messages.
            if isOpen { events.append(.message(message)) }
        case .ping(let payload):
            // RFC 6455 §5.5.3: a Pong with the same bytes.
            guard isOpen else { return }
            if events.isEmpty {
                writer.write(.pong, payload.span)
            } else {
                events.append(.ping(payload))
            }
        case .pong: break
        case .close(let code, let reason): conclude(with: .close(code, reason: reason))
        }
    }

    private mutating func conclude(with event: Event) {
        events.append(event)
        state = .concluding
    }

    private mutating func carryOut(_ event: Event) {
        switch event {
        case .message: break
        case .ping(let payload): if canSend { writer.write(.pong, payload.span) }
        case .close where writer.wroteClose: end(.closedHere)
        case .close(let code, let reason):
            // RFC 6455 §5.5.1: a Close frame in return, with the code that came.
            writer.writeClose(code, reason: "")
            end(.closedByPeer(code, reason: reason))
        case .failure(let failure):
            // §7.1.7: a Close frame that says why, unless one went out before.
            if !writer.wroteClose {
                let code =
                    failure == .messageTooBig ? limits.tooBigCode : failure.closeCode
                writer.writeClose(code, reason: failure.rawValue)
            }
            end(.failed(failure))
        case .lost: end(.lost)
        }
    }

    private mutating func end(_ end: WebSocketEnd) {
        closing.append(.ended(end))
        state = .flushing(until: now + limits.closeSeconds)
    }

    /// Ends without waiting for a peer that does not answer.
    private mutating func abort(_ end: WebSocketEnd) {
        forget()
        closing.append(.ended(end))
        close()
    }

    private mutating func linger() {
        guard !peerEnded else { return close() }
        state = .lingering(until: now + limits.lingerSeconds, bytesLeft: limits.lingerBytesMax)
        closing.append(.endOutput)
    }

    private mutating func close() {
        if case .closed = state { return }
        state = .closed
        closing.append(.close)
    }

    private mutating func forget() {
        events = []
        eventStart = 0
    }
}
