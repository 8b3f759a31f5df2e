import Primitives
import Reception

/// What a connection begins with: a PROXY header, the bytes that tell what it speaks, the message
/// that tells whose it is. A judgement does not change when more bytes come, and comes in time.
final class ConnectionStartSubject: FuzzSubject {
    func run(_ input: Span<UInt8>) {
        checkProxyHeader(input)
        for isDecrypted in [false, true] {
            for agreed in [nil, FirstBytes.ApplicationProtocol.stun, .http] {
                let found = settled(input, within: FirstBytes.lengthMax) {
                    let judged = FirstBytes.classify($0, isDecrypted: isDecrypted, agreed: agreed)
                    return judged == .incomplete ? nil : judged
                }
                precondition(found != .tls || !isDecrypted, "TLS inside TLS")
                precondition(found != .stun || agreed != .http, "STUN where HTTP was agreed on")
                precondition(found != .http || agreed != .stun, "HTTP where STUN was agreed on")
            }
        }
        settled(input, within: FirstMessage.lengthMax) {
            let judged = FirstMessage.read($0)
            return judged == .incomplete ? nil : judged
        }
    }

    private func checkProxyHeader(_ input: Span<UInt8>) {
        let found = settled(input, within: ProxyHeader.lengthMax) {
            let reading = ProxyHeader.read($0)
            return reading == .incomplete ? nil : reading
        }
        guard case .header(let header)? = found else { return }
        precondition(header.length <= min(input.count, ProxyHeader.lengthMax), "a longer header")
        let short = ProxyHeader.read(input.extracting(0..<header.length - 1))
        precondition(short == .incomplete, "a header before its last byte")
        if let addresses = header.addresses {
            precondition(
                addresses.client.ip.family == addresses.server.ip.family, "two families")
        }
    }

    /// Judges ever longer starts of the input: once there is a judgement it stays, and there is one
    /// when `bound` bytes are there.
    @discardableResult private func settled<Judgement: Equatable>(
        _ input: Span<UInt8>, within bound: Int, judge: (Span<UInt8>) -> Judgement?
    ) -> Judgement? {
        var found: Judgement?
        var count = 0
        while true {
            let now = judge(input.extracting(0..<count))
            precondition(found == nil || now == found, "another judgement with more bytes")
            precondition(now != nil || count < bound, "no judgement in time")
            found = now
            guard count < input.count else { return found }
            // Each byte counts at the start; later a few lengths do.
            count = min(count < 64 ? count + 1 : count + 29, input.count)
        }
    }
}
