package import Primitives

/// The server's side of one connection: requests in, responses out, one at a time.
///
/// A driver passes in what it reads, drains `nextAction()` after every call, and reports a finished
/// write with `finishSend(at:)`. While `wantsInput` is false it leaves bytes in the socket.
package struct HTTPServerStateMachine: ~Copyable {
    package enum Action: Hashable, Sendable {
        /// Answer with `respond(_:at:)`, now or later.
        case request(HTTPRequest)
        /// Answer with `respond(_:at:)` what the refusal's status says; the connection then closes.
        case refused(HTTPRefusal)
        /// Write these bytes, then call `finishSend(at:)`.
        case send([UInt8])
        case close
    }

    private enum State {
        /// For a request; the deadline counts from its first byte, or from the last response.
        case reading(until: MonotonicTime)
        /// The request is with the service, which keeps its own deadline.
        case serving(keepAlive: Bool, isHead: Bool)
        case sending(keepAlive: Bool, until: MonotonicTime)
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
    private var askedToContinue = false
    private var peerEnded = false

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
        }
    }

    /// The client will send no more; what it asked before is still answered.
    package mutating func receiveEnd(at now: MonotonicTime) {
        peerEnded = true
        if case .reading = state { endOfInput() }
    }

    /// Answers the request or refusal that `nextAction()` gave last. The body of an interim or
    /// empty status is left out. Ignored when the connection ended meanwhile.
    package mutating func respond(_ response: HTTPResponse, at now: MonotonicTime) {
        guard case .serving(let keepAlive, let isHead) = state else { return }
        actions.append(.send(response.serialized(keepAlive: keepAlive, toHead: isHead)))
        state = .sending(keepAlive: keepAlive, until: now + limits.sendSeconds)
    }

    /// The bytes of the last `.send` have left.
    package mutating func finishSend(at now: MonotonicTime) {
        guard case .sending(let keepAlive, _) = state else { return }
        guard keepAlive else { return close() }
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
        state = .serving(keepAlive: false, isHead: false)
        actions.append(.refused(refusal))
    }

    package mutating func tick(at now: MonotonicTime) {
        switch state {
        case .reading(let until) where until <= now:
            // RFC 9110 §15.5.9: 408 for a request begun; a connection that idles just ends.
            if parser.isInsideRequest { refuse(.requestTimeout) } else { close() }
        case .sending(_, let until) where until <= now: close()
        default: break
        }
    }

    /// What to do next; nil when drained.
    package mutating func nextAction() -> Action? {
        actions.isEmpty ? nil : actions.removeFirst()
    }

    package var nextDeadline: MonotonicTime {
        switch state {
        case .reading(let until), .sending(_, let until): until
        case .serving, .closed: .never
        }
    }

    /// Whether the driver should read from the client.
    package var wantsInput: Bool {
        if case .reading = state { return !peerEnded }
        return false
    }

    /// Takes bytes up to the end of a request and returns how many.
    private mutating func read(_ input: Span<UInt8>, at now: MonotonicTime) -> Int {
        let wasInside = parser.isInsideRequest
        let used: Int
        do throws(HTTPRefusal) {
            used = try parser.receive(input)
        } catch {
            refuse(error)
            return input.count
        }
        if let request = parser.takeRequest() {
            askedToContinue = false
            state = .serving(keepAlive: request.keepsAlive, isHead: request.method == .head)
            actions.append(.request(request))
        } else if !wasInside, parser.isInsideRequest {
            state = .reading(until: now + limits.requestSeconds)
        }
        if parser.awaitsContinue, !askedToContinue {
            askedToContinue = true
            actions.append(.send(HTTPResponse(.continue).serialized(keepAlive: true)))
        }
        return used
    }

    private mutating func keep(_ input: Span<UInt8>, from start: Int) {
        guard ahead.count + input.count - start <= limits.aheadBytesMax else { return close() }
        for index in start..<input.count { ahead.append(input[index]) }
    }

    private mutating func endOfInput() {
        if parser.isInsideRequest { refuse(.truncated) } else { close() }
    }

    private mutating func close() {
        guard case .closed = state else {
            state = .closed
            ahead = []
            aheadStart = 0
            actions.append(.close)
            return
        }
    }
}
