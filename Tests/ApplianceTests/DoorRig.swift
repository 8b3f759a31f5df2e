import Configuration
import Crypto
import HTTP
import LinuxIO
import Primitives
import Reception
import TURN
import Testing

@testable import Appliance

/// A door on loopback with mailboxes in the place of workers, driven by hand; its clock stands
/// still until a test moves it.
final class DoorRig {
    let door: Door
    let tools: DoorTools
    let contexts = TLSContexts()
    let address: TransportAddress
    let routes: [WorkerRoute]
    var now = Clock.now()

    init(
        workers: Int = 1, tls: Bool = false, proxied: Bool = false,
        service: any WebService = Pages(),
        _ change: (inout ServerConfiguration.Streams) -> Void = { _ in }
    ) throws {
        let listener = try TCPListener.open(TransportAddress(IPAddress(127, 0, 0, 1), 0))
        address = try listener.localAddress()
        var configuration = ServerConfiguration()
        change(&configuration.streams)
        var served = ServedTransports(configuration)
        served.tls = true
        if tls { try contexts.replace(stream: Self.context(name: "one.example"), datagram: nil) }
        let streams = StreamListeners(
            sockets: [listener],
            endpoints: [StreamEndpoint(address: address, expectsProxyHeader: proxied)],
            served: served, settings: configuration.streams)
        tools = DoorTools(
            streams, contexts: contexts,
            ledger: ConnectionLedger(streams.settings.limits.ledger), service: service)
        routes = try (0..<workers).map { _ in
            WorkerRoute(mailbox: Mailbox(), wakeup: try SharedWakeup())
        }
        door = try Door(streams, tools, routes: routes, at: now.monotonic)
    }

    private var isStopped = false

    deinit { stop() }

    func stop() {
        guard !isStopped else { return }
        isStopped = true
        door.stop(at: now)
    }

    static func context(name: String) throws -> TLSContext {
        let pair = try SelfSigned.make(names: [name], validDays: 30, at: Clock.now().unixSeconds)
        let source = CertificateSource(
            chain: pair.certificatePEM, chainName: "cert", key: pair.keyPEM, keyName: "key")
        return try TLSContext(
            TLSSettings(certificates: [source]), transport: .stream, role: .server)
    }

    /// Turns the door until `isDone`, for as long as a loaded machine may need.
    @discardableResult
    func turn(until isDone: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<5_000 {
            door.serve(at: now)
            door.tick(at: now)
            if try isDone() { return true }
            Self.pause()
        }
        return false
    }

    /// A few turns for what must not happen.
    func settle() {
        var left = 20
        turn {
            left -= 1
            return left == 0
        }
    }

    /// What a worker was given; it owns the sockets.
    func parcels(of worker: Int = 0) -> [StreamParcel] {
        routes[worker].mailbox.takeAll().compactMap { order in
            if case .adopt(let parcel) = order { parcel } else { nil }
        }
    }

    /// The one parcel that comes to a worker; the client writes `bytes` before.
    func parcel(of worker: Int = 0) throws -> StreamParcel {
        var found: [StreamParcel] = []
        turn {
            found += parcels(of: worker)
            return !found.isEmpty
        }
        try #require(found.count == 1)
        return found[0]
    }

    func client() throws -> DoorClient { try DoorClient(self) }

    func move(_ seconds: UInt32) {
        now.monotonic = now.monotonic + Seconds(seconds)
    }

    private static func pause() {
        guard let epoll = try? Epoll(capacity: 1) else { return }
        _ = epoll.wait(milliseconds: 1)
    }
}

/// A client of the door: a socket, with TLS or without.
final class DoorClient {
    let socket: TCPHandle
    private let rig: DoorRig
    private var session: TLSSession?
    private let output = TLSOutput()
    private(set) var received: [UInt8] = []
    private(set) var hasEnded = false
    private(set) var hasFailed = false

    init(_ rig: DoorRig) throws {
        self.rig = rig
        socket = try TCPHandle.connect(
            from: TransportAddress(IPAddress(127, 0, 0, 1), 0), to: rig.address)
        try socket.setNoDelay(true)
        rig.turn { (try? socket.connectResult()) ?? true }
    }

    deinit { socket.close() }

    var text: String { String(decoding: received, as: UTF8.self) }

    /// Writes as it is, or through TLS once `shake` was called.
    func write(_ bytes: [UInt8]) {
        guard let session else { return writeWire(bytes) }
        output.removeAll()
        bytes.withUnsafeBytes { _ = session.write($0, output: output) }
        flush()
    }

    func write(_ text: String) { write(Array(text.utf8)) }

    func writeWire(_ bytes: [UInt8]) {
        _ = try? bytes.withUnsafeBytes { bytes throws(SystemError) in try socket.write(bytes) }
    }

    func finish() { try? socket.shutdownWriting() }

    /// Shakes hands; false when the server did not want to.
    func shake(protocols: [String] = []) throws -> Bool {
        let context = try TLSContext(
            TLSSettings(protocols: protocols, trust: .anyone), transport: .stream, role: .client)
        session = TLSSession(context, serverName: "one.example")
        receive([])
        return rig.turn {
            read()
            return session?.isEstablished == true || hasFailed || hasEnded
        } && session?.isEstablished == true
    }

    var serverNames: [String] { session?.peerCertificate?.names ?? [] }

    /// Reads until `count` bytes are there, or the connection ended.
    @discardableResult
    func read(_ count: Int) -> Bool {
        rig.turn {
            read()
            return received.count >= count || hasEnded || hasFailed
        }
        return received.count >= count
    }

    /// Reads until a text is there.
    func read(until text: String) -> Bool {
        rig.turn {
            read()
            return self.text.contains(text) || hasEnded || hasFailed
        }
        return self.text.contains(text)
    }

    /// Waits until the server closes.
    func waitForEnd() -> Bool {
        rig.turn {
            read()
            return hasEnded || hasFailed
        }
    }

    func forget() { received = [] }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        guard
            let result = try? buffer.withUnsafeMutableBytes({ bytes throws(SystemError) in
                try socket.read(into: bytes)
            })
        else {
            hasEnded = true
            return
        }
        guard case .done(let count) = result else { return }
        if count == 0 { hasEnded = true }
        receive(Array(buffer.prefix(count)))
    }

    private func receive(_ bytes: [UInt8]) {
        guard let session else {
            received += bytes
            return
        }
        var plain = [UInt8](repeating: 0, count: bytes.count + TLSSession.plainMargin)
        output.removeAll()
        let progress = bytes.withUnsafeBytes { bytes in
            plain.withUnsafeMutableBytes { session.receive(bytes, into: $0, output: output) }
        }
        switch progress {
        case .open(let count): received += plain.prefix(count)
        case .closed(let count):
            received += plain.prefix(count)
            hasEnded = true
        case .failed: hasFailed = true
        }
        flush()
    }

    private func flush() {
        writeWire(Array(output.bytes))
        output.removeAll()
    }
}

/// Messages for a door.
enum Sample {
    /// A Binding request.
    static let binding = message(0x0001)

    static func message(_ type: UInt16, _ attributes: [UInt8] = []) -> [UInt8] {
        [UInt8(type >> 8), UInt8(type & 0xFF), 0, UInt8(attributes.count)]
            + [0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12) + attributes
    }

    /// A ConnectionBind for a connection of that worker.
    static func connectionBind(worker: UInt8) -> [UInt8] {
        message(0x000B, [0x00, 0x2A, 0x00, 0x04, worker, 0, 0, 9])
    }

    static let get = "GET / HTTP/1.1\r\nhost: one.example\r\n\r\n"
}
