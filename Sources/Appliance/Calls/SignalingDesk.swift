import HTTP
import LinuxIO
import Primitives
import Signaling

/// Callers' WebSockets, put through to the switchboard: the part of signaling that has sockets and
/// a clock. Lives on the control thread.
final class SignalingDesk {
    let switchboard: Switchboard
    var origins = OriginPolicy()
    var options = SignalingOptions()
    /// Nil while no shared secret is configured.
    var mint: TokenMint?
    private var links: [SocketID: WebSocketLink] = [:]
    private var lastNumber: UInt64 = 0
    private(set) var log: [CallLogLine] = []
    private var hooks: HookSender?

    init(_ switchboard: Switchboard, hooks: HookSender? = nil) {
        self.switchboard = switchboard
        self.hooks = hooks
    }

    /// Takes over where hooks go; nil: nowhere. `wakeup` is rung when one has an answer.
    func apply(_ settings: HookSettings?, _ wakeup: SharedWakeup) throws(HookFailure) {
        if let hooks { return try hooks.apply(settings) }
        if let settings { hooks = try HookSender(settings: settings, wakeup: wakeup) }
    }

    /// Nil where no hooks are configured.
    var hookCounters: HookCounters? { hooks?.counters }

    var nextDeadline: MonotonicTime { switchboard.nextDeadline ?? .never }

    /// Does what is due, and what hooks have answered.
    func tick(at now: Now) {
        for answer in hooks?.takeAnswers() ?? [] {
            switch answer {
            case .resolved(let id, let callee): switchboard.resolved(id, callee, at: now)
            case .pushSettled(let call, let isAccepted):
                switchboard.pushSettled(call, isAccepted: isAccepted, at: now)
            }
        }
        if let line = hooks?.takeNotice() { log.append(.hooks(line)) }
        switchboard.tick(at: now)
        carryOut(at: now)
    }

    /// Says goodbye to all callers, over the time until `deadline`.
    func drain(at now: Now, deadline: MonotonicTime) {
        switchboard.drain(at: now, deadline: deadline)
        carryOut(at: now)
    }

    /// Delivers what hooks still can; the rest is lost and said.
    func stop() {
        guard let lost = hooks?.stop(within: Self.hookPatience), lost > 0 else { return }
        log.append(.lostHooks(lost))
    }

    /// A healthy server takes a queue in far less; a dead one must not hold up a restart.
    private static let hookPatience = Seconds(3)

    /// Where a socket comes from.
    func client(of socket: SocketID) -> TransportAddress? { links[socket]?.client }

    /// Whether every caller is gone; what is left of them waits in `switchboard`.
    var isDrained: Bool { links.isEmpty }

    func takeLog() -> [CallLogLine] {
        defer { log = [] }
        return log
    }

    /// Does all that the switchboard wants.
    func carryOut(at now: Now) {
        while let action = switchboard.nextAction() {
            switch action {
            case .send(let socket, let frame):
                guard let link = links[socket] else { continue }
                if !link.send(WebSocketMessage(.text, frame)) {
                    switchboard.overflowed(socket, at: now)
                }
            case .close(let socket, let code, let reason):
                links[socket]?.close(WebSocketCloseCode(rawValue: code), reason: reason)
            case .webhook(let name, let data): hooks?.offer(HookEvent(name, data))
            case .resolveChat(let id, let chat, let caller):
                hooks?.ask(id, chat: chat, caller: caller)
            case .log(let call, let event): log.append(CallLogLine(call, event))
            }
        }
    }
}

// WebSockets.
extension SignalingDesk {
    /// Whether a WebSocket of callers is behind this path (calls.md 2.1).
    func serves(_ target: HTTPTarget) -> Bool {
        target.segments == ["ws"] || (options.servesAlias && target.segments == ["apiv2", "ws"])
    }

    /// What the handshake says before the switchboard sees anything.
    func answer(_ request: WebRequest) -> WebAnswer {
        guard origins.allows(request.request) else {
            return .response(
                Self.refusal(.forbidden, "this page's origin is not listed; see cors-origin"))
        }
        guard !switchboard.isDraining, switchboard.hasRoom else {
            var response = Self.refusal(.unavailable, "no sockets are taken in now")
            response.fields.append(HTTPField("retry-after", "5"))
            return .response(response)
        }
        let info = SocketInfo(
            source: source(of: request), token: token(of: request.request),
            seat: seat(of: request.request.target))
        return .webSocket(subprotocols: [Self.subprotocol], pass: info)
    }

    func opened(_ link: WebSocketLink) {
        let now = Clock.now()
        lastNumber += 1
        link.number = lastNumber
        let socket = SocketID(lastNumber)
        links[socket] = link
        let info = link.pass as? SocketInfo ?? SocketInfo()
        link.pass = nil
        switchboard.opened(socket, info, at: now)
        carryOut(at: now)
    }

    func received(_ message: WebSocketMessage, on link: WebSocketLink) {
        let now = Clock.now()
        let socket = SocketID(link.number)
        switch message.kind {
        case .text: switchboard.received(message.bytes.span, on: socket, at: now)
        case .binary: switchboard.receivedBinary(on: socket, at: now)
        }
        carryOut(at: now)
    }

    func closed(_ link: WebSocketLink) {
        let now = Clock.now()
        links[SocketID(link.number)] = nil
        switchboard.closed(SocketID(link.number), at: now)
        carryOut(at: now)
    }

    /// The subprotocol of a client that asks for one.
    private static let subprotocol = "signal.v1"

    private static func refusal(_ status: HTTPStatus, _ words: String) -> HTTPResponse {
        HTTPResponse(
            status,
            fields: [
                HTTPField("content-type", "text/plain; charset=utf-8"),
                HTTPField("cache-control", "no-store"),
            ],
            body: Array((words + "\n").utf8))
    }

    /// `Authorization: Bearer`, or the subprotocol `bearer.TOKEN` of browsers, which cannot set
    /// fields; in the query only where the configuration allows it.
    private func token(of request: HTTPRequest) -> String? {
        let values = request.fields.values("authorization")
        if values.count == 1, values[0].lowercased().hasPrefix("bearer ") {
            return String(values[0].dropFirst(7))
        }
        for value in request.fields.values("sec-websocket-protocol") {
            for name in value.split(separator: ",") {
                let name = name.drop { $0 == " " }
                if name.hasPrefix("bearer.") { return String(name.dropFirst(7)) }
            }
        }
        guard options.takesTokenInQuery else { return nil }
        return request.target.query.first { $0.name == "token" }?.value
    }

    /// The seat that the alias names (S2-12). Without one it is a socket like every other.
    private func seat(of target: HTTPTarget) -> SeatSocket? {
        guard target.segments != ["ws"] else { return nil }
        func value(_ name: String) -> String? { target.query.first { $0.name == name }?.value }
        guard let call = value("call_id"), let token = value("peer_token") else { return nil }
        return SeatSocket(
            call: CallID(call), peer: value("peer_id").map { PeerID($0) }, token: token)
    }

    /// Whom the bounds for strangers count: an IPv4 address, or the /64 that one IPv6 subscriber
    /// has. A proxy on this machine that names clients and is not configured stands for all of
    /// them: nobody is bounded by its address (ruling 16).
    private func source(of request: WebRequest) -> IPAddress? {
        let client = request.client.ip
        if client.isLoopback, request.request.fields["x-forwarded-for"] != nil {
            noteUnknownProxy()
            return nil
        }
        guard client.family == .ipv6 else { return client }
        return AddressRange(client, prefix: 64)?.lower
    }

    private func noteUnknownProxy() {
        guard !options.hasSaidUnknownProxy else { return }
        options.hasSaidUnknownProxy = true
        log.append(CallLogLine.unknownProxy)
    }
}

/// What the configuration says about sockets.
struct SignalingOptions: Sendable {
    /// `signaling-url-token`: URLs end up in the logs of proxies.
    var takesTokenInQuery = false
    /// `signaling-alias`.
    var servesAlias = false
    fileprivate var hasSaidUnknownProxy = false
}
