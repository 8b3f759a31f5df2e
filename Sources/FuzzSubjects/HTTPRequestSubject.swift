import HTTP
import Primitives

/// An HTTP connection: any bytes, however they are cut up, give the same requests and refusal, and
/// a target that was read is read again from what it is written as.
final class HTTPRequestSubject: FuzzSubject {
    func run(_ input: Span<UInt8>) {
        let whole = read(input, step: max(input.count, 1))
        precondition(read(input, step: 1) == whole, "cut into bytes it reads differently")
        precondition(read(input, step: 7) == whole, "cut into sevens it reads differently")
        for request in whole.requests { checkTarget(request.target) }
        converse(input)
        respond(input)
    }

    private struct Reading: Equatable {
        var requests: [HTTPRequest] = []
        var refusal: HTTPRefusal?
    }

    private func read(_ input: Span<UInt8>, step: Int) -> Reading {
        var reading = Reading()
        var parser = HTTPRequestParser()
        var start = 0
        do throws(HTTPRefusal) {
            while start < input.count {
                let end = min(start + step, input.count)
                let used = try parser.receive(input.extracting(start..<end))
                precondition(used > 0, "neither bytes taken nor a request")
                start += used
                if let request = parser.takeRequest() { reading.requests.append(request) }
            }
        } catch {
            reading.refusal = error
        }
        return reading
    }

    private func checkTarget(_ target: HTTPTarget) {
        let written = Array("OPTIONS \(target.description) HTTP/1.1\r\nhost: x\r\n\r\n".utf8)
        var limits = HTTPLimits()
        // Each byte may have become three.
        limits.startLineBytesMax *= 3
        limits.headBytesMax *= 3
        var parser = HTTPRequestParser(limits: limits)
        _ = try? parser.receive(written.span)
        precondition(parser.takeRequest()?.target == target, "the target was not kept")
    }

    /// A server answers every request until the client is done or refused; it always ends.
    private func converse(_ input: Span<UInt8>) {
        let now = MonotonicTime(nanoseconds: 0)
        var machine = HTTPServerStateMachine(at: now)
        machine.receive(input, at: now)
        machine.receiveEnd(at: now)
        while let action = machine.nextAction() {
            switch action {
            case .request: machine.respond(HTTPResponse(.ok), at: now)
            case .refused(let refusal): machine.respond(HTTPResponse(refusal.status), at: now)
            case .send, .endOutput: machine.finishSend(at: now)
            case .upgraded: preconditionFailure("upgraded without being told to")
            case .close: return precondition(machine.nextAction() == nil, "more after the close")
            }
        }
        preconditionFailure("the connection was left open")
    }

    private func respond(_ input: Span<UInt8>) {
        var parser = HTTPResponseParser(limits: HTTPLimits())
        try? parser.receive(input)
    }
}
