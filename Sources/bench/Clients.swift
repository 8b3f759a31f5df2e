import CBench
import Crypto
import LinuxIO
import Primitives
import STUN

/// The control plane of all clients: requests out, answers in, retransmission.
final class Clients {
    private let options: Options
    private let port: PacketPort
    private let hash = OpenSSLHash()
    private let username: (Int) -> [UInt8]
    private var states: [Int: Transaction] = [:]
    private var keys: [HMACKey?] = []
    private var nonces: [[UInt8]] = []
    private var realm: [UInt8] = []
    private(set) var relays: [TransportAddress] = []
    private let frame = UnsafeMutableRawPointer.allocate(byteCount: 2048, alignment: 64)
    private let incoming = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)

    private struct Transaction {
        var method: MessageMethod
        var sentAt: UInt64
        var tries = 1
        var isRefresh = false
    }

    /// Requests in flight at once.
    static let window = 64

    init(_ options: Options, _ port: PacketPort) {
        self.options = options
        self.port = port
        let expiry = Clock.now().unixSeconds + 86_400
        username = { Array("\(expiry):client\($0)".utf8) }
    }

    deinit {
        frame.deallocate()
        incoming.deallocate()
    }

    /// Makes an allocation for each of the clients; two round trips each.
    func allocate(_ indices: Range<Int>) throws {
        let missing = indices.upperBound - keys.count
        if missing > 0 {
            keys += [HMACKey?](repeating: nil, count: missing)
            nonces += [[UInt8]](repeating: [], count: missing)
            relays += [TransportAddress](
                repeating: TransportAddress(IPAddress(0, 0, 0, 0), 0), count: missing)
        }
        try transact(indices, .allocate)
    }

    /// Gives the allocations back.
    func release(_ indices: Range<Int>) throws { try transact(indices, .refresh) }

    func bindChannels(_ indices: Range<Int>) throws { try transact(indices, .channelBind) }

    /// Keeps a window of clients busy until every one of them has its answer.
    private func transact(_ indices: Range<Int>, _ method: MessageMethod) throws {
        var next = indices.lowerBound
        while next < indices.upperBound || !states.isEmpty {
            while next < indices.upperBound, states.count < Self.window {
                try begin(next, method)
                next += 1
            }
            let count = port.receive(incoming)
            for position in 0..<count { try receive(incoming[position]) }
            port.release(count)
            if count == 0 { try retransmit() }
        }
    }

    private func begin(_ index: Int, _ method: MessageMethod) throws {
        states[index] = Transaction(method: method, sentAt: Clock.monotonic().nanoseconds)
        try send(index, method)
    }

    private func retransmit() throws {
        let now = Clock.monotonic().nanoseconds
        for (index, state) in states where now > state.sentAt + 500_000_000 {
            guard state.tries < 8 else {
                throw BenchError("no answer to \(state.method) of client \(index)")
            }
            states[index]?.tries += 1
            states[index]?.sentAt = now
            try send(index, state.method)
        }
    }

    private func send(_ index: Int, _ method: MessageMethod) throws {
        // The number of the client is its transaction id: an answer tells whose it is.
        let id = TransactionID(random: UInt128(index) << 16 | UInt128(method.rawValue))
        var buffer = [UInt8](repeating: 0, count: 1024)
        var writer = MessageWriter(MessageType(method, .request), id, into: buffer.mutableSpan)
        switch method {
        case .allocate: writer.append(.requestedTransport, UInt32(17) << 24)
        case .refresh: writer.append(.lifetime, UInt32(0))
        case .channelBind:
            writer.append(.channelNumber, UInt32(Addresses.channel) << 16)
            writer.append(.xorPeerAddress, xor: Addresses.peer(index))
        default: break
        }
        if let key = keys[index] {
            let nonce = nonces[index]
            writer.append(.username, username(index).span)
            writer.append(.realm, realm.span)
            writer.append(.nonce, nonce.span)
            writer.appendIntegrity(key, hash: hash)
        }
        guard let count = writer.finish() else { throw BenchError("a request grew too long") }
        buffer.withUnsafeBytes {
            frame.advanced(by: Header.size).copyMemory(
                from: $0.baseAddress ?? UnsafeRawPointer(frame), byteCount: count)
        }
        Header.write(
            frame, from: Addresses.client(index), to: options.server, payload: count)
        var one = cb_frame(
            bytes: frame.assumingMemoryBound(to: UInt8.self), length: UInt32(Header.size + count),
            segment: 0)
        try port.send(&one, 1)
    }

    private func receive(_ frame: cb_frame) throws {
        guard frame.length > Header.size, let bytes = frame.bytes,
            let index = Addresses.index(ofClient: load32(bytes, Header.destinationIP)),
            let state = states[index]
        else { return }
        let payload = UnsafeBufferPointer(
            start: bytes + Header.size, count: Int(frame.length) - Header.size)
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
        case .error: try receiveError(message, index, state)
        default: break
        }
    }

    private func receiveError(
        _ message: borrowing StunMessage, _ index: Int, _ state: Transaction
    ) throws {
        let code = try message.errorCode() ?? 0
        guard let nonce = message.value(of: .nonce), code == 401 || code == 438 else {
            throw BenchError("\(state.method) of client \(index) was refused: \(code)")
        }
        nonces[index] = copy(nonce)
        if code == 401 {
            // A second 401 means that the credential is wrong; a late duplicate of the first is
            // told by the key being there already.
            guard state.tries < 8, let realm = message.value(of: .realm) else {
                throw BenchError("the credential was refused")
            }
            self.realm = copy(realm)
            keys[index] = key(index)
        }
        states[index]?.tries += 1
        try send(index, state.method)
    }

    /// The key of a time-limited credential: the password is the HMAC-SHA1 of the user's name.
    private func key(_ index: Int) -> HMACKey {
        let name = username(index)
        var digest = [UInt8](repeating: 0, count: 20)
        var space = digest.mutableSpan
        hash.hmacSHA1(key: Array(options.secret.utf8).span, name.span, into: &space)
        let password = Base64.encode(digest.span)
        let key = LongTermKey.derive(
            .md5, username: name.span, realm: realm.span, password: password.span, hash: hash)
        return hash.hmacKey(.sha1, key.span)
    }

    private func copy(_ span: Span<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for position in 0..<span.count { result.append(span[position]) }
        return result
    }
}
