package import HTTP
package import Primitives

/// One client of the admin socket: bytes in, requests to the daemon out, replies back as bytes.
///
/// Driven like the `HTTPServerStateMachine` inside: pass in what was read, then drain
/// `nextAction()` after every call. A reply may come at once or later; until then nothing more is
/// read from this client.
package struct AdminConnection: ~Copyable {
    package enum Action: Hashable, Sendable {
        /// Carry out (`AdminService.answer`), then call `answer(_:at:)`.
        case perform(AdminRequest)
        /// Write all of it, then call `finishSend(at:)`.
        case send([UInt8])
        case close
    }

    /// How many clients a driver should hold at once; more are turned away.
    /// People and scripts, not traffic: a monitor, a watcher and some shells.
    package static let connectionsMax = 32

    private var http: HTTPServerStateMachine
    private var now: MonotonicTime
    /// What the client is told instead of being read from.
    private var turnedAway: AdminRefusal?

    package init(limits: HTTPLimits = HTTPLimits(), at now: MonotonicTime) {
        http = HTTPServerStateMachine(limits: limits, at: now)
        self.now = now
    }

    package mutating func receive(_ input: Span<UInt8>, at now: MonotonicTime) {
        self.now = now
        http.receive(input, at: now)
    }

    package mutating func receiveEnd(at now: MonotonicTime) {
        self.now = now
        http.receiveEnd(at: now)
    }

    /// The daemon's reply to the request performed last.
    package mutating func answer(_ reply: AdminReply, at now: MonotonicTime) {
        self.now = now
        http.respond(AdminJSON.response(to: reply), at: now)
    }

    package mutating func finishSend(at now: MonotonicTime) {
        self.now = now
        http.finishSend(at: now)
    }

    package mutating func tick(at now: MonotonicTime) {
        self.now = now
        http.tick(at: now)
    }

    /// Answers the client with a refusal before reading from it, and closes.
    package mutating func turnAway(_ refusal: AdminRefusal) {
        turnedAway = refusal
        http.refuse(.overloaded)
    }

    package var nextDeadline: MonotonicTime { http.nextDeadline }

    /// Whether to read from the client now.
    package var wantsInput: Bool { http.wantsInput }

    package mutating func nextAction() -> Action? {
        while let action = http.nextAction() {
            switch action {
            case .send(let bytes): return .send(bytes)
            // Closing a Unix socket does not take back what was sent: no need to linger.
            case .close, .endOutput, .upgraded: return .close
            case .refused(let refusal):
                let response =
                    turnedAway.map { AdminJSON.response(to: .refused($0)) }
                    ?? Self.response(to: refusal)
                http.respond(response, at: now)
            case .request(let request):
                do throws(AdminRefusal) {
                    return .perform(try AdminRouter.route(request))
                } catch {
                    http.respond(AdminRouter.response(to: error, of: request), at: now)
                }
            }
        }
        return nil
    }

    /// The status is HTTP's own; the body has the form every other refusal has.
    private static func response(to refusal: HTTPRefusal) -> HTTPResponse {
        let body = AdminRefusal(.badRequest, refusal.rawValue)
        var response = AdminJSON.response(to: .refused(body))
        response.status = refusal.status
        return response
    }
}
