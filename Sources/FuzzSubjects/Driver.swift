import Crypto
import Primitives
import STUN
import TURN

/// Carries out what a server asks for, without sockets, and checks that it may ask for it.
final class Driver {
    static let relays = [
        IPAddress(198, 51, 100, 1), IPAddress(v6High: 0x2001_0db8_0000_0001 as UInt64, low: 1),
    ]
    private static let ports: ClosedRange<UInt16> = 50_000...50_063

    /// Whether the system has no socket left.
    var isRefusing = false
    var server: Server
    /// What the server said unasked, or later than asked: in the order it came.
    var notices: [(to: FiveTuple, bytes: [UInt8])] = []
    /// Connections between relays and peers; true once they are up.
    var connections: [ConnectionID: (relay: RelayID, isUp: Bool, stream: FiveTuple?)] = [:]
    private let ledger: PortLedger
    private(set) var now = Now(monotonic: MonotonicTime(nanoseconds: 1), unixSeconds: 1_800_000_000)
    private(set) var openRelays: [RelayID: RelayTransport] = [:]
    private var installed: Set<AllocationID> = []

    init(_ settings: ServerSettings, _ hash: OpenSSLHash) {
        ledger = PortLedger(addresses: Self.relays, ports: Self.ports, workers: 1)
        let shared = SharedState(
            quotas: QuotaLedger(limits: settings.limits, usersMax: 16), ports: ledger,
            nonceKey: Array(repeating: 7, count: 32))
        server = Server(
            settings: settings, hash: hash, shared: shared, worker: WorkerID(index: 0),
            entropy: Counter(), at: now)
    }

    func advance(_ seconds: UInt64) {
        now.monotonic = now.monotonic + Seconds(UInt32(seconds))
        now.unixSeconds += seconds
        tick()
    }

    /// Hands one message to the server; the client keeps the nonce of the answer.
    func exchange(_ message: [UInt8], with client: ScriptedClient) {
        server.receive(message.span, from: client.tuple, at: now)
        var answers = 0
        while let action = server.nextAction() {
            guard case .send(let receiver, let range) = action, isAnswer(range, to: message) else {
                carryOut(action)
                continue
            }
            answers += 1
            precondition(answers == 1, "two answers to one message")
            precondition(receiver == client.tuple, "an answer to somebody else")
            let answer = server.outgoing
            check(answer.span.extracting(range), to: message, client)
        }
    }

    /// Lets everything run out: then nothing may be left over.
    func finish() {
        advance(7200)
        precondition(openRelays.isEmpty, "a relay socket outlives its allocation")
        precondition(connections.isEmpty, "a connection outlives its allocation")
        precondition(installed.isEmpty, "an allocation outlives its lifetime")
        precondition(ledger.countInUse == 0, "a port is in use without an allocation")
    }

    /// Whether the bytes have the transaction of the message, as every answer must.
    private func isAnswer(_ range: Range<Int>, to message: [UInt8]) -> Bool {
        guard message.count >= 20, range.count >= 20 else { return true }
        return message[4..<20] == server.outgoing[range.lowerBound + 4..<range.lowerBound + 20]
    }

    func drain() {
        while let action = server.nextAction() { carryOut(action) }
    }

    /// As a driver that slept: one late tick, and more while the server wants some.
    private func tick() {
        var rounds = 0
        repeat {
            server.tick(at: now)
            drain()
            rounds += 1
            precondition(rounds < 100, "the server never comes to rest")
        } while server.nextDeadline <= now.monotonic
    }

    private func check(_ bytes: Span<UInt8>, to message: [UInt8], _ client: ScriptedClient) {
        guard let answer = try? StunMessage(bytes), let request = try? StunMessage(message.span)
        else { preconditionFailure("an unreadable answer, or one to nothing") }
        precondition(answer.transactionID == request.transactionID, "another transaction")
        precondition(answer.method == request.method, "another method")
        precondition(request.messageClass == .request, "an answer to no request")
        let isSuccess = answer.messageClass == .success
        precondition(isSuccess || answer.messageClass == .error, "neither success nor error")
        precondition(answer.hasValidFingerprint, "a wrong FINGERPRINT")
        precondition(
            !isSuccess || request.method == .binding || request.has(.messageIntegrity)
                || request.has(.messageIntegritySHA256), "success without a signature")
        client.learn(from: answer)
    }

    private func carryOut(_ action: Action) {
        switch action {
        case .openRelay(let relay, let local, let port, let transport):
            open(relay, local, port, transport)
        case .closeRelay(let relay):
            precondition(openRelays.removeValue(forKey: relay) != nil, "a relay is closed twice")
            precondition(
                !connections.values.contains { $0.relay == relay }, "a connection without relay")
        case .installAllocation(let allocation):
            precondition(installed.insert(allocation.id).inserted, "installed twice")
            precondition(allocation.expires > now.monotonic, "installed after its end")
        case .removeAllocation(let id):
            precondition(installed.remove(id) != nil, "removed twice")
        case .installPermission(let id, let peer, _, _): check(peer, of: id)
        case .installChannel(let id, let channel, let peer, _, _):
            precondition(ChannelDataHeader.isChannel(channel), "no channel number")
            check(peer.ip, of: id)
        case .queryTraffic(let id): server.answerTraffic(id, last: nil)
        case .send(let receiver, let range):
            notices.append((receiver, Array(server.outgoing[range])))
        case .removeFamily, .setExpiry, .removePermission, .removeChannel, .event: break
        case .connectPeer, .bindConnection, .closeConnection, .closeStream:
            carryOut(connecting: action)
        }
    }

    private func open(
        _ relay: RelayID, _ local: IPAddress, _ port: UInt16, _ transport: RelayTransport
    ) {
        precondition(Self.ports.contains(port) && Self.relays.contains(local), "a foreign port")
        if isRefusing {
            server.relayFailed(relay, retry: true)
        } else {
            precondition(openRelays[relay] == nil, "a relay is opened twice")
            openRelays[relay] = transport
            server.relayOpened(relay)
        }
    }

    /// The most dangerous peers, told apart by other means than the policy's.
    func check(_ peer: IPAddress, of id: AllocationID) {
        precondition(installed.contains(id), "a peer of no allocation")
        if peer.family == .ipv4 {
            let (first, second) = (peer.v4 >> 24, peer.v4 >> 16 & 0xFF)
            precondition(first != 0 && first != 10 && first != 127 && first < 224, "a hidden peer")
            precondition(first != 169 || second != 254, "a link-local peer")
            precondition(first != 192 || second != 168, "a private peer")
        } else {
            // Global unicast is 2000::/3; what else may be reached embeds an IPv4 address.
            precondition(peer.high >> 48 >= 0x64 && peer.high >> 48 < 0xFC00, "a hidden peer")
        }
    }
}

/// Entropy for tests: a sequence that looks random and is the same every time.
private struct Counter: RandomNumberGenerator, Sendable {
    private var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
