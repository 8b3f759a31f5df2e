import HTTP
import Primitives

/// The WebSocket side of a connection: the state machine, driven, with the service's link to it.
final class WebSocketConversation {
    private var machine: WebSocketStateMachine
    private let link: WebSocketLink
    private let slowCode: WebSocketCloseCode
    /// What came behind the request, before the service knows of the link.
    private var first: [UInt8]
    private var isOpened = false

    init(
        _ link: WebSocketLink, first: [UInt8], limits: WebSocketLimits, at now: MonotonicTime
    ) {
        machine = WebSocketStateMachine(limits: limits, at: now)
        self.link = link
        slowCode = limits.slowCode
        self.first = first
    }

    var wantsInput: Bool { machine.wantsInput }
    var nextDeadline: MonotonicTime { machine.nextDeadline }

    func open(_ tools: DoorTools, at now: MonotonicTime) {
        isOpened = true
        tools.counters.webSocketsOpen += 1
        tools.service.opened(link)
        first.withUnsafeBytes { receive($0, at: now) }
        first = []
    }

    func receive(_ bytes: UnsafeRawBufferPointer, at now: MonotonicTime) {
        bytes.withMemoryRebound(to: UInt8.self) { machine.receive($0.span, at: now) }
    }

    func receiveEnd(at now: MonotonicTime) { machine.receiveEnd(at: now) }
    func reportUnsent(_ count: Int, at now: MonotonicTime) {
        machine.reportUnsent(count, at: now)
    }
    func tick(at now: MonotonicTime) { machine.tick(at: now) }

    /// RFC 6455 §7.4.1: 1001 is what a server says that stops.
    func goAway(at now: MonotonicTime) { machine.close(.goingAway, at: now) }

    /// Carries out what the machine and the service want, up to a step that is not their own.
    func drive(
        _ output: inout DoorOutput, _ tools: DoorTools, at now: MonotonicTime
    ) -> ConversationStep {
        carryOutOrders(at: now)
        while let action = machine.nextAction() {
            switch action {
            case .message(let message): tools.service.received(message, on: link)
            case .send(let bytes): output.append(bytes)
            case .ended(let end): self.end(end, tools)
            case .endOutput: return .endOutput
            case .close: return .close
            }
            carryOutOrders(at: now)
        }
        return .wait
    }

    /// Tells the service, once.
    func end(_ end: WebSocketEnd, _ tools: DoorTools) {
        guard isOpened else { return }
        isOpened = false
        tools.counters.webSocketsOpen -= 1
        link.end()
        tools.service.closed(link, end)
    }

    private func carryOutOrders(at now: MonotonicTime) {
        for order in link.takeOrders() {
            switch order {
            case .send(let message):
                if !machine.send(message.kind, message.bytes.span) { closeSlow(at: now) }
            case .close(let code, let reason): machine.close(code, reason: reason, at: now)
            }
        }
        link.unsentBytes = machine.unsentBytes
    }

    private func closeSlow(at now: MonotonicTime) {
        machine.close(slowCode, reason: WebSocketLink.slowReason, at: now)
    }
}
