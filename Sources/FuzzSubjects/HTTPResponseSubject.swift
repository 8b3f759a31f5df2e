import HTTP

/// A response to our own client: any bytes, however they are cut up, give the same response or
/// refusal, within the bounds, and what was read is read again from what it is written as.
final class HTTPResponseSubject: FuzzSubject {
    /// So small that inputs reach it.
    private static let bodyBytesMax = 200

    func run(_ input: Span<UInt8>) {
        let whole = read(input, step: max(input.count, 1))
        precondition(read(input, step: 1) == whole, "cut into bytes it reads differently")
        precondition(read(input, step: 7) == whole, "cut into sevens it reads differently")
        guard let response = whole.response else { return }
        precondition(response.body.count <= Self.bodyBytesMax, "the body is above its bound")
        precondition(!whole.keepsAlive || whole.used <= input.count, "more was used than came")
        checkWritten(response)
    }

    private struct Reading: Equatable {
        var response: HTTPResponse?
        var refusal: HTTPRefusal?
        var used = 0
        var keepsAlive = false
    }

    private func read(_ input: Span<UInt8>, step: Int) -> Reading {
        var limits = HTTPLimits()
        limits.bodyBytesMax = Self.bodyBytesMax
        var reading = Reading()
        var parser = HTTPResponseParser(limits: limits)
        do throws(HTTPRefusal) {
            while reading.used < input.count, parser.complete == nil {
                let end = min(reading.used + step, input.count)
                let used = try parser.receive(input.extracting(reading.used..<end))
                precondition(used > 0, "neither bytes taken nor a response")
                reading.used += used
            }
            if parser.complete == nil { try parser.receiveEnd() }
            reading.response = parser.complete
            reading.keepsAlive = parser.keepsAlive
        } catch {
            return Reading(refusal: error)
        }
        return reading
    }

    private func checkWritten(_ response: HTTPResponse) {
        let written = response.serialized(keepAlive: true)
        var limits = HTTPLimits()
        // The length that this side writes may be longer than the framing that came.
        limits.headBytesMax += 64
        limits.fieldCountMax += 2
        var parser = HTTPResponseParser(limits: limits)
        let used = try? parser.receive(written.span)
        precondition(used == written.count, "not all of the response was read again")
        let again = parser.complete
        precondition(again?.status == response.status, "the status was not kept")
        precondition(again?.body == response.body, "the body was not kept")
    }
}
