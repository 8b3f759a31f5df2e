import Crypto
import LinuxIO
import Primitives
import Probe

/// One socket of a path, with its TLS or DTLS session if there is one. Never blocks.
final class ProbeLink {
    enum Event {
        case connected(MonotonicTime)
        case secured(ProbeHandshake, MonotonicTime)
        case received([UInt8])
        case failed(LegFailure)
    }

    private enum Socket {
        case stream(TCPHandle)
        case datagram(UDPHandle)
    }

    let token: UInt64
    private let socket: Socket
    /// Nil for a socket that sends to whom it is told.
    private let server: TransportAddress?
    private let session: TLSSession?
    private var isConnected = false
    private var isSecured = false
    private var outgoing: [UInt8] = []

    init(
        token: UInt64, _ transport: ProbeTransport, server: TransportAddress?,
        from source: IPAddress?, family: AddressFamily, session: TLSSession?
    ) throws(SystemError) {
        self.token = token
        self.server = server
        self.session = session
        let own = source.flatMap { $0.family == family ? TransportAddress($0, 0) : nil }
        if let server, transport.isStream {
            let handle =
                if let own {
                    try TCPHandle.connect(from: own, to: server)
                } else {
                    try TCPHandle.connect(to: server)
                }
            try? handle.setNoDelay(true)
            socket = .stream(handle)
        } else {
            var options = UDPOptions()
            options.reportErrors = true
            let any = TransportAddress(IPAddress(family: family, bits: 0), 0)
            socket = .datagram(try UDPHandle.open(own ?? any, options))
        }
    }

    var raw: Int32 {
        switch socket {
        case .stream(let handle): handle.raw
        case .datagram(let handle): handle.raw
        }
    }

    /// For DTLS: nanoseconds until `handleTimeout`.
    var nextTimeout: UInt64? { session?.transport == .datagram ? session?.nextTimeout : nil }

    static func failure(_ error: SystemError) -> LegFailure {
        switch error.errno {
        case .connectionRefused: .refused
        case .connectionReset, .brokenPipe: .closed
        case .networkUnreachable, .hostUnreachable, .addressNotAvailable, .accessDenied,
            .notPermitted, .timedOut:
            .unreachable(error.errno.text)
        default: .local("\(error)")
        }
    }

    // MARK: - Out

    /// What has happened as soon as the socket is there.
    func begin(_ scratch: TLSScratch) -> [Event] {
        guard case .datagram = socket else { return [] }
        isConnected = true
        return [.connected(Clock.monotonic())] + greet(scratch)
    }

    private func greet(_ scratch: TLSScratch) -> [Event] {
        guard session != nil else { return [] }
        return take(UnsafeRawBufferPointer(rebasing: scratch.wire[..<0]), scratch)
    }

    func send(_ bytes: [UInt8], to peer: TransportAddress?, _ scratch: TLSScratch) -> [Event] {
        guard let session else { return bytes.withUnsafeBytes { write($0, to: peer) } }
        guard bytes.withUnsafeBytes({ session.write($0, output: scratch.output) }) else {
            return [.failed(.closed)]
        }
        return flushOutput(scratch)
    }

    /// Sends what the TLS session wrote.
    private func flushOutput(_ scratch: TLSScratch) -> [Event] {
        let output = scratch.output
        defer { output.removeAll() }
        guard case .datagram = socket else { return write(output.bytes, to: nil) }
        for index in 0..<output.datagramCount {
            let events = write(output.datagram(index), to: nil)
            guard events.isEmpty else { return events }
        }
        return []
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to peer: TransportAddress?) -> [Event] {
        switch socket {
        case .stream:
            outgoing += bytes
            return flush()
        case .datagram(let handle):
            guard let to = peer ?? server else { return [] }
            do throws(SystemError) {
                _ = try handle.send(bytes, to: to)
                return []
            } catch {
                return [.failed(Self.failure(error))]
            }
        }
    }

    private func flush() -> [Event] {
        guard case .stream(let handle) = socket, isConnected else { return [] }
        do throws(SystemError) {
            while !outgoing.isEmpty {
                let result = outgoing.withUnsafeBytes { bytes in
                    Result<IOResult<Int>, SystemError> { () throws(SystemError) in
                        try handle.write(bytes)
                    }
                }
                guard case .done(let count) = try result.get() else { return [] }
                outgoing.removeFirst(count)
            }
            return []
        } catch {
            // The other side may have said why before it closed: reading finds the end.
            outgoing = []
            return []
        }
    }

    func close(_ scratch: TLSScratch) {
        if let session, isSecured {
            session.close(output: scratch.output)
            _ = flushOutput(scratch)
        }
        switch socket {
        case .stream(let handle): handle.close()
        case .datagram(let handle): handle.close()
        }
    }

    func handleTimeout(_ scratch: TLSScratch) -> [Event] {
        guard let session else { return [] }
        guard session.handleTimeout(output: scratch.output) else {
            return [.failed(.handshake("no answer to any of its messages"))]
        }
        return flushOutput(scratch)
    }

    // MARK: - In

    func serve(_ readiness: Readiness, _ scratch: TLSScratch) -> [Event] {
        switch socket {
        case .stream(let handle): serveStream(handle, scratch)
        case .datagram(let handle): serveDatagrams(handle, scratch)
        }
    }

    private func serveStream(_ handle: TCPHandle, _ scratch: TLSScratch) -> [Event] {
        var events: [Event] = []
        do throws(SystemError) {
            if !isConnected {
                guard try handle.connectResult() else { return [] }
                isConnected = true
                events = [.connected(Clock.monotonic())] + greet(scratch)
            }
            events += flush()
            while case .done(let count) = try handle.read(into: scratch.wire) {
                guard count > 0 else { return events + [.failed(ended)] }
                events += take(UnsafeRawBufferPointer(rebasing: scratch.wire[..<count]), scratch)
            }
        } catch {
            let failure = Self.failure(error)
            events.append(.failed(failure == .closed ? ended : failure))
        }
        return events
    }

    /// The end of the stream: in a handshake it means that the other side wants none.
    private var ended: LegFailure {
        session != nil && !isSecured ? .handshake("the server closed the connection") : .closed
    }

    private func serveDatagrams(_ handle: UDPHandle, _ scratch: TLSScratch) -> [Event] {
        var events: [Event] = []
        do throws(SystemError) {
            while let report = try handle.nextDeliveryError() {
                // To a peer's address anything may happen; only the server's silence counts.
                guard report.peer == server else { continue }
                return [.failed(Self.failure(SystemError(report.errno, call: "send")))]
            }
            while case .done(let (count, from)) = try handle.receive(into: scratch.wire) {
                guard server == nil || from == server else { continue }
                events += take(UnsafeRawBufferPointer(rebasing: scratch.wire[..<count]), scratch)
            }
        } catch {
            // An ICMP report without its entry in the queue.
            if server != nil { events.append(.failed(Self.failure(error))) }
        }
        return events
    }

    private func take(_ wire: UnsafeRawBufferPointer, _ scratch: TLSScratch) -> [Event] {
        guard let session else { return wire.isEmpty ? [] : [.received(Array(wire))] }
        let progress = session.receive(wire, into: scratch.plain, output: scratch.output)
        var events = flushOutput(scratch)
        let count: Int
        switch progress {
        case .failed(let reason):
            return events + [.failed(isSecured ? .closed : .handshake(reason))]
        case .open(let received), .closed(let received): count = received
        }
        if !isSecured, session.isEstablished {
            isSecured = true
            events.append(.secured(Self.handshake(session), Clock.monotonic()))
        }
        events += received(count, scratch)
        if case .closed = progress { events.append(.failed(.closed)) }
        return events
    }

    /// What was decrypted: a message for each record of DTLS, a piece of the stream of TLS.
    private func received(_ count: Int, _ scratch: TLSScratch) -> [Event] {
        guard count > 0 else { return [] }
        guard case .datagram = socket else { return [.received(Array(scratch.plain[..<count]))] }
        return (0..<scratch.output.plainRecordCount).map {
            .received(Array(scratch.plain[scratch.output.plainRecord($0)]))
        }
    }

    private static func handshake(_ session: TLSSession) -> ProbeHandshake {
        let certificate = session.peerCertificate.map {
            ProbeCertificate($0, distrust: session.distrust)
        }
        return ProbeHandshake(
            version: session.version, cipher: session.cipher ?? "unknown",
            chosenProtocol: session.chosenProtocol, certificate: certificate)
    }
}
