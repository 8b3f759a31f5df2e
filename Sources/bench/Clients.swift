import CBench
import Crypto
import LinuxIO
import Primitives
import STUN

/// The control plane of all clients: requests out, answers in, retransmission. What it prepares
/// in advance and sends in batches keeps it well below the cost of any server.
final class Clients {
    private let options: Options
    private let port: PacketPort
    private let hash = OpenSSLHash()
    private let realm: [UInt8]
    private let usernames: [[UInt8]]
    private let keys: [HMACKey]
    private var nonces: [[UInt8]]
    private(set) var relays: [TransportAddress]
    private var states: [Transaction?]
    private var pending = 0
    /// Time in which there was something to do.
    private(set) var busyNanoseconds: UInt64 = 0
    private var lastRetransmission: UInt64 = 0
    private var message = [UInt8](repeating: 0, count: Clients.frameSize)
    private let room = UnsafeMutableRawPointer.allocate(
        byteCount: Clients.frameSize * PacketPort.batch, alignment: 64)
    private let frames = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)
    private var queued = 0
    private let incoming = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)

    private struct Transaction {
        var method: MessageMethod
        var sentAt: UInt64
        var tries = 1
    }

    /// Longer than any request.
    private static let frameSize = 1024
    private static let triesMax = 8

    /// Clients 0 to `count`, none of which has an allocation yet.
    init(_ options: Options, _ port: PacketPort, count: Int) {
        self.options = options
        self.port = port
        // A day: no run takes that long.
        let expiry = Clock.now().unixSeconds + 86_400
        let names = (0..<count).map { index in
            Array((options.password == nil ? "\(expiry):client\(index)" : "bench").utf8)
        }
        let hash = hash
        realm = Array(options.realm.utf8)
        usernames = names
        keys = names.map { Self.key(of: $0, options, hash) }
        nonces = [[UInt8]](repeating: [], count: count)
        relays = [TransportAddress](
            repeating: TransportAddress(IPAddress(0, 0, 0, 0), 0), count: count)
        states = [Transaction?](repeating: nil, count: count)
    }

    deinit {
        room.deallocate()
        frames.deallocate()
        incoming.deallocate()
    }

    /// Makes an allocation for each of the clients; two round trips each.
    func allocate(_ indices: Range<Int>) throws { try transact(indices, .allocate) }

    /// Gives the allocations back.
    func release(_ indices: Range<Int>) throws { try transact(indices, .refresh) }

    func bindChannels(_ indices: Range<Int>) throws { try transact(indices, .channelBind) }

    /// Keeps a window of clients busy until every one of them has its answer.
    private func transact(_ indices: Range<Int>, _ method: MessageMethod) throws {
        var next = indices.lowerBound
        while next < indices.upperBound || pending > 0 {
            let start = Clock.monotonic().nanoseconds
            let count = port.receive(incoming)
            for position in 0..<count { try receive(incoming[position]) }
            port.release(count)
            while next < indices.upperBound, pending < options.window {
                states[next] = Transaction(method: method, sentAt: Clock.monotonic().nanoseconds)
                pending += 1
                try send(next, method)
                next += 1
            }
            if count == 0 { try retransmit(indices) }
            let isBusy = count > 0 || queued > 0
            try flush()
            if isBusy { busyNanoseconds += Clock.monotonic().nanoseconds - start }
        }
    }

    private func retransmit(_ indices: Range<Int>) throws {
        let now = Clock.monotonic().nanoseconds
        guard now > lastRetransmission + 100_000_000 else { return }
        lastRetransmission = now
        for index in indices {
            guard let state = states[index], now > state.sentAt + 500_000_000 else { continue }
            guard state.tries < Self.triesMax else {
                throw BenchError("no answer to \(state.method) of client \(index)")
            }
            states[index]?.tries += 1
            states[index]?.sentAt = now
            try send(index, state.method)
        }
    }

    // MARK: Sending

    private func send(_ index: Int, _ method: MessageMethod) throws {
        // The number of the client is its transaction id.
        let id = TransactionID(random: UInt128(index) << 16 | UInt128(method.rawValue))
        var writer = MessageWriter(MessageType(method, .request), id, into: message.mutableSpan)
        switch method {
        case .allocate: writer.append(.requestedTransport, UInt32(17) << 24)
        case .refresh: writer.append(.lifetime, UInt32(0))
        case .channelBind:
            writer.append(.channelNumber, UInt32(Addresses.channel) << 16)
            writer.append(.xorPeerAddress, xor: Addresses.peer(index))
        default: break
        }
        let nonce = nonces[index]
        let realm = realm
        let username = usernames[index]
        if !nonce.isEmpty {
            writer.append(.username, username.span)
            writer.append(.realm, realm.span)
            writer.append(.nonce, nonce.span)
            writer.appendIntegrity(keys[index], hash: hash)
        }
        guard let count = writer.finish() else { throw BenchError("a request grew too long") }
        try queue(count, from: Addresses.client(index))
    }

    private func queue(_ count: Int, from client: TransportAddress) throws {
        if queued == PacketPort.batch { try flush() }
        let frame = room + queued * Self.frameSize
        guard Header.size + count <= Self.frameSize else { throw BenchError("a request too long") }
        message.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: frame + Header.size, count: count)
                .copyBytes(from: bytes.prefix(count))
        }
        Header.write(frame, from: client, to: options.server, payload: count)
        frames[queued] = cb_frame(
            bytes: frame.assumingMemoryBound(to: UInt8.self), length: UInt32(Header.size + count),
            segment: 0, arrival: 0)
        queued += 1
    }

    private func flush() throws {
        if queued > 0 { try port.send(frames, queued) }
        queued = 0
    }

    // MARK: Receiving

    private func receive(_ frame: cb_frame) throws {
        guard frame.length > Header.size, let bytes = frame.bytes,
            let index = Addresses.index(ofClient: load32(bytes, Header.destinationIP)),
            states.indices.contains(index), let state = states[index]
        else { return }
        let payload = UnsafeBufferPointer(
            start: bytes + Header.size, count: Int(load16(bytes, 38)) - 8)
        guard let message = try? StunMessage(Span(_unsafeElements: payload)),
            message.method == state.method
        else { return }
        switch message.messageClass {
        case .success:
            if state.method == .allocate {
                guard let relay = try message.xorAddress(.xorRelayedAddress) else {
                    throw BenchError("an allocation without an address")
                }
                relays[index] = relay
            }
            states[index] = nil
            pending -= 1
        case .error: try receiveError(message, index, state)
        default: break
        }
    }

    private func receiveError(
        _ message: borrowing StunMessage, _ index: Int, _ state: Transaction
    ) throws {
        let code = try message.errorCode() ?? 0
        // 401 comes first, 438 when a nonce has aged; over and over means a wrong credential.
        guard let nonce = message.value(of: .nonce), code == 401 || code == 438,
            state.tries < Self.triesMax
        else { throw BenchError("\(state.method) of client \(index) was refused: \(code)") }
        nonces[index] = (0..<nonce.count).map { nonce[$0] }
        states[index]?.tries += 1
        try send(index, state.method)
    }

    /// The key of a user. The password of a time-limited one is the HMAC-SHA1 of its name.
    private static func key(
        of name: [UInt8], _ options: Options, _ hash: OpenSSLHash
    ) -> HMACKey {
        var digest = [UInt8](repeating: 0, count: 20)
        var space = digest.mutableSpan
        hash.hmacSHA1(key: Array(options.secret.utf8).span, name.span, into: &space)
        let password = options.password.map { Array($0.utf8) } ?? Base64.encode(digest.span)
        let key = LongTermKey.derive(
            .md5, username: name.span, realm: Array(options.realm.utf8).span,
            password: password.span, hash: hash)
        return hash.hmacKey(.sha1, key.span)
    }
}
