import Crypto

/// The bytes of a TLS client before OpenSSL vouches for them: whatever becomes of them on their
/// way, a session ends or goes on, and no plaintext comes out that the client did not write.
///
/// The first byte says what the rest is: raw bytes for a new session, or changes to a good first
/// flight, to a good handshake's end, or to good records.
final class TLSRecordSubject: FuzzSubject {
    private let clientContext: TLSContext
    private let serverContext: TLSContext
    private let output = TLSOutput()
    private let space = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 256 * 1024, alignment: 16)
    private let plain: [UInt8] = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    init() {
        guard
            let pair = try? SelfSigned.make(
                names: ["turn.example.org"], validDays: 30, at: 1_767_225_600)
        else { preconditionFailure("no certificate") }
        let source = CertificateSource(
            chain: pair.certificatePEM, chainName: "chain", key: pair.keyPEM, keyName: "key")
        guard
            let server = try? TLSContext(
                TLSSettings(certificates: [source]), transport: .stream, role: .server),
            let client = try? TLSContext(
                TLSSettings(trust: .anyone), transport: .stream, role: .client)
        else { preconditionFailure("no contexts") }
        serverContext = server
        clientContext = client
    }

    deinit { space.deallocate() }

    func run(_ input: Span<UInt8>) {
        guard input.count > 1, let server = TLSSession(serverContext) else { return }
        let script = input.extracting(1...)
        let step = [Int.max, 1, 5, 512][Int(input[0] >> 6)]
        switch input[0] & 3 {
        case 0: precondition(feed(server, copy(script), step) == [], "plaintext from nowhere")
        case 1: firstFlight(server, script, step)
        case 2: handshakeEnd(server, script, step)
        default: records(server, script, step)
        }
    }

    private func firstFlight(_ server: TLSSession, _ script: Span<UInt8>, _ step: Int) {
        guard let client = makeClient() else { return }
        let hello = changed(flight(client, []), script)
        precondition(feed(server, hello, step) == [], "plaintext from nowhere")
        precondition(!server.isEstablished, "established by one flight")
    }

    private func handshakeEnd(_ server: TLSSession, _ script: Span<UInt8>, _ step: Int) {
        guard let client = makeClient() else { return }
        _ = feed(server, flight(client, []), .max)
        var last = flight(client, take())
        last += written(client, plain)
        check(feed(server, changed(last, script), step))
    }

    private func records(_ server: TLSSession, _ script: Span<UInt8>, _ step: Int) {
        guard let client = makeClient() else { return }
        _ = feed(server, flight(client, []), .max)
        _ = feed(server, flight(client, take()), .max)
        precondition(server.isEstablished, "a good handshake fails")
        output.removeAll()
        var wire: [UInt8] = []
        for start in stride(from: 0, to: plain.count, by: 60) {
            wire += written(client, Array(plain[start..<start + 60]))
        }
        check(feed(server, changed(wire, script), step))
    }

    private func check(_ received: [UInt8]) {
        precondition(plain.starts(with: received), "plaintext that nobody wrote")
    }

    private func makeClient() -> TLSSession? {
        TLSSession(clientContext, serverName: "turn.example.org")
    }

    /// What the client answers to `wire`.
    private func flight(_ client: TLSSession, _ wire: [UInt8]) -> [UInt8] {
        output.removeAll()
        _ = wire.withUnsafeBytes { client.receive($0, into: space, output: output) }
        return take()
    }

    private func written(_ client: TLSSession, _ bytes: [UInt8]) -> [UInt8] {
        output.removeAll()
        _ = bytes.withUnsafeBytes { client.write($0, output: output) }
        return take()
    }

    private func take() -> [UInt8] {
        defer { output.removeAll() }
        return Array(output.bytes)
    }

    /// Gives the server everything, at most `step` bytes at a time; the plaintext of it. What it
    /// answers stays in `output`.
    private func feed(_ server: TLSSession, _ wire: [UInt8], _ step: Int) -> [UInt8] {
        output.removeAll()
        var received: [UInt8] = []
        var start = 0
        while start < wire.count {
            let end = start + min(step, wire.count - start)
            let progress = wire[start..<end].withUnsafeBytes {
                server.receive($0, into: space, output: output)
            }
            start = end
            switch progress {
            case .open(let count): received += space[..<count]
            case .closed(let count): return received + space[..<count]
            case .failed: return received
            }
        }
        return received
    }

    /// Applies changes of four bytes each: what, where (two bytes), with which value.
    private func changed(_ good: [UInt8], _ script: Span<UInt8>) -> [UInt8] {
        var bytes = good
        var position = 0
        while position + 4 <= script.count, position < 64, !bytes.isEmpty {
            let place = Int(script[position + 1]) << 8 | Int(script[position + 2])
            let (index, value) = (place % bytes.count, script[position + 3])
            switch script[position] & 7 {
            case 0: bytes[index] ^= value
            case 1: bytes[index] = value
            case 2: bytes.insert(value, at: index)
            case 3: bytes.remove(at: index)
            case 4: bytes.removeSubrange(index...)
            case 5: bytes.insert(contentsOf: bytes[index...].prefix(Int(value)), at: index)
            case 6: bytes.removeSubrange(index..<min(index + Int(value), bytes.count))
            default: bytes.insert(contentsOf: repeatElement(value, count: 64), at: index)
            }
            position += 4
        }
        return bytes
    }

    private func copy(_ script: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(script.count)
        for position in 0..<script.count { bytes.append(script[position]) }
        return bytes
    }
}
