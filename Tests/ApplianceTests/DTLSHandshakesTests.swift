import Crypto
import LinuxIO
import Primitives
import Testing

@testable import Appliance

@Suite struct DTLSHandshakesTests {
    @Test func aSessionComesBackEstablished() throws {
        let world = try HandshakeWorld()
        let key = try world.begin()
        try world.run(key)
        #expect(world.client.isEstablished)
        let outcomes = world.takeOutcomes()
        guard case .established(let session, let unread) = outcomes.first else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(session.isEstablished && unread.isEmpty)
        #expect(outcomes.count == 1)
        #expect(world.handshakes.counters.handshakes == 1)
        #expect(world.handshakes.nextDeadline == .never)
    }

    @Test func whatComesTooLateGoesToTheWorker() throws {
        let world = try HandshakeWorld()
        let key = try world.begin()
        try world.run(key)
        _ = world.takeOutcomes()
        #expect(world.queue.append(.datagram(key, [23, 1, 2])))
        world.handshakes.serve(at: world.now)
        guard case .late(let bytes) = world.takeOutcomes().first else {
            Issue.record("nothing came back")
            return
        }
        #expect(bytes == [23, 1, 2])
    }

    @Test func whoFallsSilentIsGivenUp() throws {
        let world = try HandshakeWorld()
        _ = try world.begin()
        #expect(world.handshakes.nextDeadline < world.now + Seconds(2), "the flight is sent again")
        world.handshakes.tick(at: world.now + Seconds(11))
        guard case .failed = world.takeOutcomes().first else {
            Issue.record("goes on")
            return
        }
        #expect(world.handshakes.counters.failedHandshakes == ["timeout": 1])
        #expect(world.handshakes.nextDeadline == .never)
    }

    @Test func anAlertEndsIt() throws {
        let world = try HandshakeWorld()
        let key = try world.begin()
        // RFC 5246 §7.2: fatal, handshake_failure; in a record of DTLS 1.2 and epoch 0.
        let alert: [UInt8] = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40]
        #expect(world.queue.append(.datagram(key, alert)))
        world.handshakes.serve(at: world.now)
        guard case .failed = world.takeOutcomes().first else {
            Issue.record("goes on")
            return
        }
    }

    @Test("Before its socket closes a handshake is given up, also one that has not begun")
    func aListenerGoes() throws {
        let world = try HandshakeWorld()
        let key = try world.begin()
        let other = HandshakeKey(worker: 0, client: 8, handshake: 2)
        try world.enqueue(other)
        world.handshakes.forget([UDPHandle(raw: -1)])
        #expect(!world.queue.isEmpty && world.handshakes.nextDeadline != .never)
        world.handshakes.forget([world.socket])
        #expect(world.queue.isEmpty && world.handshakes.nextDeadline == .never)
        #expect(world.queue.append(.datagram(key, [23])))
        world.handshakes.serve(at: world.now)
        guard case .late = world.takeOutcomes().first else {
            Issue.record("it goes on")
            return
        }
    }

    @Test func whoBeginsAnewLeavesWhatWasBefore() throws {
        let world = try HandshakeWorld()
        let former = try world.begin()
        for handshake in 2...2_000 {
            let key = HandshakeKey(worker: 0, client: 7, handshake: UInt64(handshake))
            try world.restart(key)
        }
        #expect(world.takeOutcomes().isEmpty, "there is room for a client's newest handshake")
        #expect(world.queue.append(.datagram(former, [23])))
        world.handshakes.serve(at: world.now)
        guard case .late = world.takeOutcomes().first else {
            Issue.record("the one of before goes on")
            return
        }
    }

    @Test func theQueueIsBounded() {
        let queue = HandshakeQueue()
        let key = HandshakeKey(worker: 0, client: 0, handshake: 1)
        var taken = 0
        while taken < 10_000, queue.append(.datagram(key, [])) { taken += 1 }
        #expect(taken == 4_096)
        #expect(queue.take(64).count == 64)
        #expect(queue.append(.datagram(key, [])))
    }
}

/// The control thread's part with a client and a worker's mailbox around it.
private final class HandshakeWorld {
    let queue = HandshakeQueue()
    let handshakes: DTLSHandshakes
    let client: TLSSession
    let now = MonotonicTime(nanoseconds: 1_000_000_000_000)
    private let context: TLSContext
    private let listener: DTLSListener
    private let mailbox = Mailbox()
    private let serverSocket: UDPSocket
    private let clientSocket: UDPSocket
    private let address: TransportAddress
    private let output = TLSOutput()
    private let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 90_000, alignment: 16)

    init() throws {
        let pair = try SelfSigned.make(names: ["turn.example.org"], validDays: 1, at: 1_000_000)
        let source = CertificateSource(
            chain: pair.certificatePEM, chainName: "c", key: pair.keyPEM, keyName: "k")
        context = try TLSContext(
            TLSSettings(certificates: [source]), transport: .datagram, role: .server)
        listener = DTLSListener(context, cookies: DTLSCookies())
        client = try #require(
            TLSSession(TLSContext(TLSSettings(trust: .anyone), transport: .datagram, role: .client))
        )
        let loopback = IPAddress(127, 0, 0, 1)
        serverSocket = try UDPSocket(bind: TransportAddress(loopback, 0))
        clientSocket = try UDPSocket(bind: TransportAddress(loopback, 0))
        address = try clientSocket.handle.localAddress()
        let wakeup = try SharedWakeup()
        handshakes = DTLSHandshakes(
            queue, routes: [WorkerRoute(mailbox: mailbox, wakeup: wakeup)],
            patience: Seconds(10), wakeup: wakeup, at: now)
    }

    deinit { space.deallocate() }

    /// The exchange of the cookie; the handshake then has what it needs to begin.
    func begin() throws -> HandshakeKey {
        let hello = try #require(feed([]).first)
        _ = hello.withUnsafeBytes {
            listener.receive($0, from: address, at: now, output: output)
        }
        let again = try #require(feed(takeOutput().first ?? []).first)
        let accepted = again.withUnsafeBytes {
            listener.receive($0, from: address, at: now, output: output)
        }
        let session = try #require(accepted)
        let key = HandshakeKey(worker: 0, client: 7, handshake: 1)
        let start = HandshakeStart(
            session: session, socket: serverSocket.handle, client: address)
        #expect(queue.append(.begin(key, start)))
        handshakes.serve(at: now)
        return key
    }

    /// The same client again, with a session that has heard nothing.
    func restart(_ key: HandshakeKey) throws {
        try enqueue(key)
        handshakes.serve(at: now)
    }

    /// The same, and the control thread has not looked yet.
    func enqueue(_ key: HandshakeKey) throws {
        let session = try #require(TLSSession(context))
        let start = HandshakeStart(session: session, socket: socket, client: address)
        #expect(queue.append(.begin(key, start)))
    }

    /// The worker's.
    var socket: UDPHandle { serverSocket.handle }

    /// Carries datagrams until both are silent.
    func run(_ key: HandshakeKey) throws {
        while let datagram = try received() {
            for answer in feed(datagram) { #expect(queue.append(.datagram(key, answer))) }
            handshakes.serve(at: now)
        }
    }

    func takeOutcomes() -> [HandshakeOutcome] {
        mailbox.takeAll().compactMap { order in
            if case .secure(_, let outcome) = order { outcome } else { nil }
        }
    }

    private func received() throws -> [UInt8]? {
        guard case .done(let item) = try clientSocket.handle.receive(into: space) else {
            return nil
        }
        return Array(space[..<item.count])
    }

    private func feed(_ datagram: [UInt8]) -> [[UInt8]] {
        _ = datagram.withUnsafeBytes { client.receive($0, into: space, output: output) }
        return takeOutput()
    }

    private func takeOutput() -> [[UInt8]] {
        defer { output.removeAll() }
        return (0..<output.datagramCount).map { Array(output.datagram($0)) }
    }
}
