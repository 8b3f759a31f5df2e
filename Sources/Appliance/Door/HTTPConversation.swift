import Crypto
import HTTP
import Primitives

/// What is left to do when a conversation has done everything it can.
enum ConversationStep {
    case wait
    /// Say that no more will be written, behind what is still to be.
    case endOutput
    case upgraded(WebSocketConversation)
    case close
}

/// The HTTP side of a connection: the state machine, driven, with the service's answers.
///
/// A class, since an enum case cannot hold what the state machine is.
final class HTTPConversation {
    private var machine: HTTPServerStateMachine
    private let client: TransportAddress
    private let isSecure: Bool
    /// Of the WebSocket that the request just answered asked for.
    private var subprotocol: String?
    private var pass: (any Sendable)?

    init(
        limits: HTTPLimits, client: TransportAddress, isSecure: Bool, at now: MonotonicTime
    ) {
        machine = HTTPServerStateMachine(limits: limits, at: now)
        self.client = client
        self.isSecure = isSecure
    }

    var wantsInput: Bool { machine.wantsInput }
    var nextDeadline: MonotonicTime { machine.nextDeadline }

    func receive(_ bytes: UnsafeRawBufferPointer, at now: MonotonicTime) {
        bytes.withMemoryRebound(to: UInt8.self) { machine.receive($0.span, at: now) }
    }

    func receiveEnd(at now: MonotonicTime) { machine.receiveEnd(at: now) }
    func finishSend(at now: MonotonicTime) { machine.finishSend(at: now) }
    func tick(at now: MonotonicTime) { machine.tick(at: now) }

    /// Carries out everything the machine wants, up to a step that is not its own.
    ///
    /// `number`: by which `DoorTools.wake` knows the connection.
    func drive(
        _ output: inout DoorOutput, number: Int, _ tools: DoorTools, at now: Now
    ) -> ConversationStep {
        while let action = machine.nextAction() {
            switch action {
            case .send(let bytes): output.append(bytes)
            case .endOutput: return .endOutput
            case .close: return .close
            case .refused(let refusal):
                machine.date = tools.date(at: now)
                machine.respond(refusal.response, at: now.monotonic)
            case .request(let request):
                tools.counters.requests += 1
                machine.date = tools.date(at: now)
                answer(request, tools, at: now.monotonic)
            case .upgraded(let rest):
                return .upgraded(webSocket(first: rest, connection: number, tools, at: now))
            }
        }
        return .wait
    }

    private func webSocket(
        first: [UInt8], connection: Int, _ tools: DoorTools, at now: Now
    ) -> WebSocketConversation {
        let limits = tools.service.webSocketLimits
        let link = WebSocketLink(
            client: client, subprotocol: subprotocol, pass: pass, limits: limits
        ) { [unowned tools] in tools.wake(connection) }
        return WebSocketConversation(link, first: first, limits: limits, at: now.monotonic)
    }

    private func answer(_ request: HTTPRequest, _ tools: DoorTools, at now: MonotonicTime) {
        let question = WebRequest(request, isSecure: isSecure, client: client)
        switch tools.service.answer(question) {
        case .response(let response): machine.respond(response, at: now)
        case .webSocket(let subprotocols, let pass):
            do throws(WebSocketRefusal) {
                let handshake = try WebSocketHandshake(request, subprotocols: subprotocols) {
                    OpenSSLHash().sha1($0, into: &$1)
                }
                subprotocol = handshake.subprotocol
                self.pass = pass
                machine.switchProtocols(handshake.fields, at: now)
            } catch {
                machine.respond(error.response, at: now)
            }
        }
    }
}
