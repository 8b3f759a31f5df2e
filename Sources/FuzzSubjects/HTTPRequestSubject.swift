import HTTP
import Primitives

/// An HTTP connection: any bytes, however they are cut up, give the same requests, refusal and
/// answers, and what was read is read again from what it is written as.
final class HTTPRequestSubject: FuzzSubject {
    private let resources = StaticResources([
        StaticResource("/", Array("page".utf8), gzip: [31, 139]),
        StaticResource("/a/b.js", Array("script".utf8), isFingerprinted: true),
    ])
    private let cors = try? CORSPolicy(origins: ["https://example.org", "null"])

    func run(_ input: Span<UInt8>) {
        let whole = read(input, step: max(input.count, 1))
        precondition(read(input, step: 1) == whole, "cut into bytes it reads differently")
        precondition(read(input, step: 7) == whole, "cut into sevens it reads differently")
        for request in whole.requests {
            checkTarget(request.target)
            checkChunks(request.body)
        }
        let answers = converse(input, step: HTTPLimits().aheadBytesMax)
        precondition(converse(input, step: 1) == answers, "cut into bytes it answers differently")
        precondition(converse(input, step: 5) == answers, "cut into fives it answers differently")
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

    /// A body in chunks, of sizes that follow from its bytes, is the same body.
    private func checkChunks(_ body: [UInt8]) {
        var written = Array(
            "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".utf8)
        var rest = body[...]
        while let first = rest.first {
            let chunk = rest.prefix(Int(first) + 7)
            written += "\(String(chunk.count, radix: 16))\r\n".utf8
            written += chunk
            written += "\r\n".utf8
            rest = rest.dropFirst(chunk.count)
        }
        written += "0\r\n\r\n".utf8
        var parser = HTTPRequestParser()
        let used = try? parser.receive(written.span)
        precondition(used == written.count, "not all of the chunks were read")
        precondition(parser.takeRequest()?.body == body, "the body was not kept")
    }

    /// A server answers every request until the client is done or refused; it always ends.
    /// Returns what it sent, but for `100 Continue`, which says what had not come yet.
    private func converse(_ input: Span<UInt8>, step: Int) -> [[UInt8]] {
        let now = MonotonicTime(nanoseconds: 0)
        var machine = HTTPServerStateMachine(at: now)
        var sent: [[UInt8]] = []
        var start = 0
        while start < input.count {
            let end = min(start + step, input.count)
            machine.receive(input.extracting(start..<end), at: now)
            start = end
            if drain(&machine, into: &sent) { return sent }
        }
        machine.receiveEnd(at: now)
        precondition(drain(&machine, into: &sent), "the connection was left open")
        return sent
    }

    /// Does what the machine says; whether it said that the connection ends.
    private func drain(
        _ machine: inout HTTPServerStateMachine, into sent: inout [[UInt8]]
    ) -> Bool {
        let now = MonotonicTime(nanoseconds: 0)
        while let action = machine.nextAction() {
            switch action {
            case .request(let request):
                if request.asksForUpgrade(to: "websocket") {
                    machine.switchProtocols([HTTPField("upgrade", "websocket")], at: now)
                } else {
                    machine.respond(answer(to: request), at: now)
                }
            case .refused(let refusal): machine.respond(refusal.response, at: now)
            case .send(let bytes):
                if !bytes.starts(with: "HTTP/1.1 100 ".utf8) { sent.append(bytes) }
                machine.finishSend(at: now)
            case .endOutput: break
            case .upgraded, .close:
                precondition(machine.nextAction() == nil, "more after the last action")
                return true
            }
        }
        return false
    }

    private func answer(to request: HTTPRequest) -> HTTPResponse {
        if let response = cors?.preflight(request) { return response }
        var response = resources.response(to: request) ?? resources.notFound
        response.fields.append(HTTPField("x-body-bytes", String(request.body.count)))
        cors?.apply(to: &response, for: request)
        return response
    }
}
