import Crypto
import JSON
import Primitives
import Probe
import STUN

/// What a server says to `probe`: whatever it is, the probe sends well-formed messages, comes to
/// its end in time, and has a report for people and one for programs.
///
/// The input is a script: an order, a length, and so many bytes for it, again and again.
final class ProbeAnswerSubject: FuzzSubject {
    private let hash = OpenSSLHash()
    private let key: HMACKey
    private static let server = TransportAddress(IPAddress(v4: 0x7f00_0001), 3478)

    init() {
        let (name, realm, word) = (
            Array("alice".utf8), Array("example.org".utf8), Array("secret".utf8)
        )
        let derived = LongTermKey.derive(
            .md5, username: name.span, realm: realm.span, password: word.span, hash: hash)
        key = hash.hmacKey(.sha1, derived.span)
    }

    func run(_ input: Span<UInt8>) {
        guard input.count > 1 else { return }
        let transports = ProbeTransport.allCases
        var settings = ProbeSettings(host: "turn.example.org")
        settings.credentials = .user(name: "alice", password: "secret")
        let transport = transports[Int(input[0]) % transports.count]
        var scene = Scene(
            PathProbe(
                settings, transport: transport, server: Self.server, seed: (1, 2), hash: hash))
        scene.probe.begin(at: scene.now)
        scene.obey()
        var offset = 1
        while offset + 2 <= input.count, !scene.probe.isDone {
            let (order, length) = (input[offset], Int(input[offset + 1]))
            let end = min(offset + 2 + length, input.count)
            play(order, input.extracting(offset + 2..<end), &scene)
            offset = end
        }
        finish(&scene, settings)
    }

    private func play(_ order: UInt8, _ bytes: Span<UInt8>, _ scene: inout Scene) {
        let leg: ProbeLeg = order & 0x10 == 0 ? .main : .other
        switch order & 7 {
        case 0: scene.probe.receive(leg, bytes, at: scene.now)
        case 1: scene.probe.receive(.own, bytes, at: scene.now)
        case 2: scene.pass(milliseconds: UInt64(bytes.count) * 20)
        case 3: scene.probe.failed(leg, .local("told to"), at: scene.now)
        default:
            let kind: MessageClass =
                switch order & 7 {
                case 4: .error
                case 5: .indication
                default: .success
                }
            let message = answer(kind, to: scene.asked[leg], bytes, isSigned: order & 8 != 0)
            scene.probe.receive(leg, message.span, at: scene.now)
        }
        scene.obey()
    }

    /// An answer to what was asked last, with these raw attributes.
    private func answer(
        _ kind: MessageClass, to request: [UInt8]?, _ attributes: Span<UInt8>, isSigned: Bool
    ) -> [UInt8] {
        guard let request, let asked = try? StunMessage(request.span) else { return [] }
        var buffer = [UInt8](repeating: 0, count: 2_048)
        let method = kind == .indication ? MessageMethod.data : asked.method
        var writer = MessageWriter(
            MessageType(method, kind), asked.transactionID, into: buffer.mutableSpan)
        var offset = 0
        while offset + 4 <= attributes.count {
            let number = AttributeType(rawValue: attributes.uint16(at: offset))
            let length = min(
                Int(attributes.uint16(at: offset + 2)), attributes.count - offset - 4)
            writer.append(number, attributes.extracting(offset + 4..<offset + 4 + length))
            offset += 4 + (length + 3) & ~3
        }
        if isSigned { writer.appendIntegrity(key, hash: hash) }
        guard let count = writer.finish() else { return [] }
        return Array(buffer[..<count])
    }

    private func finish(_ scene: inout Scene, _ settings: ProbeSettings) {
        let limit = scene.now + settings.timeout + Seconds(1)
        while !scene.probe.isDone {
            precondition(scene.now <= limit, "the probe does not end")
            scene.pass(milliseconds: 20)
        }
        var report = ProbeReport(settings: settings)
        report.addresses = [Self.server.ip]
        report.paths = [scene.probe.result]
        precondition(!report.text.isEmpty, "nothing for people")
        let json = Array(report.json.utf8)
        precondition((try? JSONValue.parse(json.span)) != nil, "no JSON")
    }
}

/// A probe, the clock, and what it asked last.
private struct Scene {
    private let handshake = ProbeHandshake(
        version: "TLSv1.3", cipher: "any", chosenProtocol: nil, certificate: nil)
    var probe: PathProbe
    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    var asked: [ProbeLeg: [UInt8]] = [:]

    init(_ probe: PathProbe) { self.probe = probe }

    mutating func pass(milliseconds: UInt64) {
        now = MonotonicTime(nanoseconds: now.nanoseconds + milliseconds * 1_000_000)
        probe.tick(at: now)
        obey()
    }

    /// Sockets that always open, and take everything.
    mutating func obey() {
        while let action = probe.nextAction() {
            switch action {
            case .open(let leg, _):
                probe.connected(leg, at: now)
                if leg != .own, probe.result.transport.isSecure {
                    probe.secured(leg, handshake, at: now)
                }
            case .send(let leg, let bytes, _) where leg != .own:
                guard let first = bytes.first, first < 4 else { continue }
                guard let message = try? StunMessage(bytes.span) else {
                    preconditionFailure("the probe sends no STUN")
                }
                if message.messageClass == .request { asked[leg] = bytes }
            default: break
            }
        }
    }
}
