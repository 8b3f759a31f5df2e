package import Primitives

/// The server's side of one connection: requests in, responses out, one at a time.
///
/// A driver passes in what it reads, drains `nextAction()` after every call, and calls
/// `finishSend(at:)` whenever everything that was handed out to be sent has left. While
/// `wantsInput` is false it leaves bytes in the socket.
package struct HTTPServerStateMachine: ~Copyable {
    package enum Action: Hashable, Sendable {
        /// Answer with `respond(_:at:)` or `switchProtocols(_:at:)`, now or later.
        case request(HTTPRequest)
        /// Answer with `respond(_:at:)` what the refusal's status says; the connection then closes.
        case refused(HTTPRefusal)
        /// Write these bytes, behind any that are still unwritten.
        case send([UInt8])
        /// The last action: the connection is no longer HTTP. What is written from now on goes
        /// behind the 101 response; these bytes came behind the request and are the first of the
        /// new protocol (RFC 9110 §7.8).
        case upgraded([UInt8])
        /// Shut down the sending side and go on reading until `close` (RFC 9112 §9.6).
        case endOutput
        /// The last action: close the connection.
        case close
    }

    /// What becomes of the connection when a response has left.
    private enum Ending {
        case keepAlive
        case close
        /// The client may still be sending what nobody will read. Closing at once would have the
        /// kernel reset the connection and take the response away from it (RFC 9112 §9.6).
        case linger
    }

    private enum State {
        /// For a request. The deadline counts from the last response, then from the first byte of
        /// the head, then from its end.
        case reading(until: MonotonicTime)
        /// The request is with the service, which keeps its own deadline.
        case serving(HTTPResponse.Form, Ending)
        case sending(Ending, until: MonotonicTime)
        case lingering(until: MonotonicTime, bytesLeft: Int)
        case closed
    }

    private let limits: HTTPLimits
    private var state: State
    private var parser: HTTPRequestParser
    /// Bytes of requests behind the one that is answered, from `aheadStart` on. They are not moved
    /// up after each request: many small ones would cost the square of their number.
    private var ahead: [UInt8] = []
    private var aheadStart = 0
    /// At most four: an interim response, a request, a response and a close.
    private var actions: [Action] = []
    private var requestCount = 0
    private var askedToContinue = false
    private var peerEnded = false
    private var isFinishing = false

    /// What the `date` field of responses says, in the form of `HTTPDate`; a driver with a clock
    /// keeps it (RFC 9110 §6.6.1), one without leaves it nil.
    package var date: String?

    package init(limits: HTTPLimits = HTTPLimits(), at now: MonotonicTime) {
        self.limits = limits
        state = .reading(until: now + limits.idleSeconds)
        parser = HTTPRequestParser(limits: limits)
    }

    /// Takes what was read from the client.
    package mutating func receive(_ input: Span<UInt8>, at now: MonotonicTime) {
        switch state {
        case .closed: return
        case .reading:
            let used = read(input, at: now)
            keep(input, from: used)
        case .serving, .sending: keep(input, from: 0)
        case .lingering(let until, let bytesLeft):
            guard input.count < bytesLeft else { return close() }
            state = .lingering(until: until, bytesLeft: bytesLeft - input.count)
        }
    }

    /// The client will send no more; what it asked before is still answered.
    package mutating func receiveEnd(at now: MonotonicTime) {
        peerEnded = true
        switch state {
        case .reading: endOfInput()
        case .lingering: close()
        case .serving, .sending, .closed: break
        }
    }

    /// Answers the request or refusal that `nextAction()` gave last. The body of an interim or
    /// empty status is left out. Ignored when the connection ended meanwhile.
    package mutating func respond(_ response: HTTPResponse, at now: MonotonicTime) {
        guard case .serving(var form, var ending) = state else { return }
        if isFinishing, case .keepAlive = ending { ending = .linger }
        if case .keepAlive = ending { form.keepsAlive = true }
        form.date = date
        let bytes = response.serialized(form)
        actions.append(.send(bytes))
        let transfer = Seconds(UInt32(clamping: bytes.count / HTTPLimits.sendBytesPerSecondMin))
        state = .sending(ending, until: now + limits.sendSeconds + transfer)
    }

    /// Answers a request for another protocol with 101 and `fields`, which name it in `upgrade`;
    /// `send` and `upgraded` follow, then nothing. Ignored when the connection ended meanwhile.
    ///
    /// Whether the request asks for it (`HTTPRequest.asksForUpgrade(to:)`) and asks well is for
    /// the caller to know.
    package mutating func switchProtocols(_ fields: HTTPFields, at now: MonotonicTime) {
        guard case .serving(var form, _) = state else { return }
        form.keepsAlive = true
        form.date = date
        let response = HTTPResponse(.switchingProtocols, fields: fields)
        actions.append(.send(response.serialized(form)))
        actions.append(.upgraded(Array(ahead[aheadStart...])))
        end()
    }

    /// Everything handed out to be sent has left.
    package mutating func finishSend(at now: MonotonicTime) {
        guard case .sending(let ending, _) = state else { return }
        switch ending {
        case .keepAlive where isFinishing: return linger(at: now)
        case .keepAlive: break
        case .close: return close()
        case .linger: return linger(at: now)
        }
        state = .reading(until: now + limits.idleSeconds)
        let waiting = ahead
        aheadStart += read(waiting.span.extracting(aheadStart..<waiting.count), at: now)
        if aheadStart >= ahead.count {
            ahead = []
            aheadStart = 0
        }
        if peerEnded, case .reading = state { endOfInput() }
    }

    /// Refuses the connection before reading: too many of them (503).
    package mutating func refuse(_ refusal: HTTPRefusal) {
        guard case .reading = state else { return }
        state = .serving(
            HTTPResponse.Form(isHead: parser.isHead, minorVersion: 1), peerEnded ? .close : .linger)
        actions.append(.refused(refusal))
    }

    /// The server stops: an answer under way is the last one, and says so; without one the
    /// connection ends now.
    package mutating func finish() {
        isFinishing = true
        if case .reading = state, !parser.isInsideRequest { close() }
    }

    /// Acts on a deadline that has passed.
    package mutating func tick(at now: MonotonicTime) {
        switch state {
        case .reading(let until) where until <= now:
            // RFC 9110 §15.5.9: 408 for a request begun; a connection that idles just ends.
            if parser.isInsideRequest { refuse(.requestTimeout) } else { close() }
        case .sending(_, let until) where until <= now: close()
        case .lingering(let until, _) where until <= now: close()
        default: break
        }
    }

    /// What to do next; nil when drained.
    package mutating func nextAction() -> Action? {
        actions.isEmpty ? nil : actions.removeFirst()
    }

    /// When `tick(at:)` has something to do; `.never` while the service has the request.
    package var nextDeadline: MonotonicTime {
        switch state {
        case .reading(let until), .sending(_, let until), .lingering(let until, _): until
        case .serving, .closed: .never
        }
    }

    /// Whether the driver should read from the client.
    package var wantsInput: Bool {
        switch state {
        case .reading, .lingering: !peerEnded
        case .serving, .sending, .closed: false
        }
    }

    /// Takes bytes up to the end of a request and returns how many.
    private mutating func read(_ input: Span<UInt8>, at now: MonotonicTime) -> Int {
        let before = parser.progress
        let used: Int
        do throws(HTTPRefusal) {
            used = try parser.receive(input)
        } catch {
            refuse(error)
            return input.count
        }
        if let request = parser.takeRequest() {
            begin(request)
        } else if parser.progress != before {
            let seconds = parser.progress == .head ? limits.headSeconds : limits.bodySeconds
            state = .reading(until: now + seconds)
        }
        if parser.awaitsContinue, !askedToContinue {
            askedToContinue = true
            let form = HTTPResponse.Form(keepsAlive: true)
            actions.append(.send(HTTPResponse(.continue).serialized(form)))
        }
        return used
    }

    private mutating func begin(_ request: HTTPRequest) {
        askedToContinue = false
        requestCount += 1
        let ending: Ending =
            if !request.keepsAlive { .close } else if requestCount >= limits.requestCountMax {
                .linger
            } else { .keepAlive }
        state = .serving(
            HTTPResponse.Form(isHead: request.method == .head, minorVersion: request.minorVersion),
            ending)
        actions.append(.request(request))
    }

    private mutating func keep(_ input: Span<UInt8>, from start: Int) {
        guard start < input.count else { return }
        guard ahead.count + input.count - start <= limits.aheadBytesMax else { return close() }
        for index in start..<input.count { ahead.append(input[index]) }
    }

    private mutating func endOfInput() {
        if parser.isInsideRequest { refuse(.truncated) } else { close() }
    }

    private mutating func linger(at now: MonotonicTime) {
        guard !peerEnded else { return close() }
        forget()
        state = .lingering(
            until: now + limits.lingerSeconds, bytesLeft: limits.lingerBytesMax)
        actions.append(.endOutput)
    }

    private mutating func close() {
        if case .closed = state { return }
        end()
        actions.append(.close)
    }

    private mutating func end() {
        state = .closed
        forget()
    }

    private mutating func forget() {
        ahead = []
        aheadStart = 0
    }
}
