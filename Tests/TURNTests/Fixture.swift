import Crypto
import Primitives
import STUN

@testable import TURN

/// A seeded generator, so that every run draws the same.
struct SeededEntropy: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// A server with the driver that it expects, a clock that the test turns, and clients.
final class Fixture {
    static let password = "secret"
    static let relayV4 = IPAddress(198, 51, 100, 1)
    static let relayV6 = IPAddress(v6High: 0x2001_0db8_0000_0001, low: 1)
    let shared: SharedState
    var server: Server
    var now = Now(
        monotonic: MonotonicTime(nanoseconds: 5_000_000_000), unixSeconds: 1_800_000_000)
    /// Everything the server asked for since the last `take`.
    var actions: [Action] = []
    /// Ports that the system refuses to bind, and whether another may be tried.
    var refusePort: (UInt16) -> Bool = { _ in false }
    var refuseFamily: AddressFamily?
    var mayRetry = true
    var lastTraffic: [AllocationID: MonotonicTime] = [:]
    /// Sockets that are open now.
    var openRelays: [RelayID: TransportAddress] = [:]
    /// Connections of TCP relays as a driver holds them.
    var connections: [ConnectionID: Peering] = [:]

    /// What a driver knows of a connection between a relay and a peer.
    struct Peering: Equatable {
        var peer: TransportAddress
        var relay: RelayID
        var stream: FiveTuple?
    }

    static func settings() -> ServerSettings {
        var credentials = CredentialSettings(realm: "example.org")
        credentials.users = ["alice", "bob"].compactMap { StaticUser(line: "\($0):\(password)") }
        credentials.secrets = [Secret("new secret"), Secret("old secret")]
        return settings(credentials)
    }

    static func settings(_ credentials: CredentialSettings) -> ServerSettings {
        ServerSettings(
            credentials: Credentials(credentials, hash: OpenSSLHash()),
            listeners: [ServerSettings.Transport.udp, .tcp, .tls, .dtls].map {
                .init(address: TransportAddress(IPAddress(192, 0, 2, 1), 3478), transport: $0)
            },
            relayAddresses: [
                .init(local: relayV4, advertised: relayV4),
                .init(local: relayV6, advertised: relayV6),
            ])
    }

    init(
        _ settings: ServerSettings = Fixture.settings(),
        ports: ClosedRange<UInt16> = 50_000...50_199, seed: UInt64 = 1, usersMax: Int = 65_536
    ) {
        shared = SharedState(
            quotas: QuotaLedger(limits: settings.limits, usersMax: usersMax),
            ports: PortLedger(
                addresses: settings.relayAddresses.map(\.local), ports: ports, workers: 2),
            nonceKey: Array(repeating: 7, count: 32))
        server = Server(
            settings: settings, hash: OpenSSLHash(), shared: shared, worker: WorkerID(index: 0),
            entropy: SeededEntropy(state: seed), at: now)
    }

    /// Another worker of the same process.
    init(sharing other: Fixture, worker: WorkerID) {
        shared = other.shared
        server = Server(
            settings: other.server.settings, hash: OpenSSLHash(), shared: shared, worker: worker,
            entropy: SeededEntropy(state: 99), at: other.now)
        now = other.now
    }

    func advance(_ seconds: Double) {
        let end = now.monotonic.nanoseconds + UInt64(seconds * 1e9)
        now.unixSeconds += UInt64(seconds)
        while server.nextDeadline.nanoseconds <= end {
            now.monotonic = max(now.monotonic, server.nextDeadline)
            server.tick(at: now)
            drain()
        }
        now.monotonic.nanoseconds = end
    }

    /// Hands bytes to the server and returns the replies, parsed.
    @discardableResult
    func send(_ bytes: [UInt8], from tuple: FiveTuple) -> [Answer] {
        let before = actions.count
        server.receive(bytes.span, from: tuple, at: now)
        return drain(since: before)
    }

    /// Hands bytes to the server and forgets the answers, without a heap call of its own.
    func exchange(_ bytes: [UInt8], from tuple: FiveTuple) {
        server.receive(bytes.span, from: tuple, at: now)
        while server.nextAction() != nil {}
    }

    @discardableResult
    func drain(since: Int? = nil) -> [Answer] {
        var answers: [Answer] = []
        while let action = server.nextAction() {
            actions.append(action)
            switch action {
            case .send(let to, let range):
                answers.append(Answer(bytes: Array(server.outgoing[range]), to: to))
            case .openRelay(let relay, let local, let port, _):
                if refusePort(port) || local.family == refuseFamily {
                    server.relayFailed(relay, retry: mayRetry)
                } else {
                    precondition(openRelays[relay] == nil)
                    openRelays[relay] = TransportAddress(local, port)
                    server.relayOpened(relay)
                }
            case .closeRelay(let relay): openRelays[relay] = nil
            case .queryTraffic(let id): server.answerTraffic(id, last: lastTraffic[id])
            case .connectPeer(let id, let relay, let peer):
                precondition(connections[id] == nil && openRelays[relay] != nil)
                connections[id] = Peering(peer: peer, relay: relay)
            case .bindConnection(let id, let client): connections[id]!.stream = client
            case .closeConnection(let id):
                precondition(connections.removeValue(forKey: id) != nil, "closed twice")
            default: break
            }
        }
        return answers
    }

    // What a driver of TCP relays reports.

    /// The only connection that is being made or waits.
    var onlyConnection: ConnectionID {
        precondition(connections.count == 1)
        return connections.keys.first!
    }

    @discardableResult
    func connected(_ id: ConnectionID) -> [Answer] {
        server.peerConnected(id, at: now)
        return drain()
    }

    @discardableResult
    func failed(_ id: ConnectionID) -> [Answer] {
        connections[id] = nil
        server.peerFailed(id, at: now)
        return drain()
    }

    @discardableResult
    func closed(_ id: ConnectionID) -> [Answer] {
        connections[id] = nil
        server.connectionClosed(id, at: now)
        return drain()
    }

    @discardableResult
    func streamClosed(_ tuple: FiveTuple) -> [Answer] {
        server.streamClosed(tuple, at: now)
        return drain()
    }

    func accept(
        _ relay: RelayID, from peer: TransportAddress
    ) -> (id: ConnectionID?, answers: [Answer]) {
        let id = server.peerAccepted(relay, from: peer, at: now)
        if let id {
            precondition(connections[id] == nil, "an index is used twice")
            connections[id] = Peering(peer: peer, relay: relay)
        }
        return (id, drain())
    }

    var closedStreams: [FiveTuple] {
        gather { if case .closeStream(let tuple) = $0 { tuple } else { nil } }
    }

    func kill(_ handle: AllocationHandle, banning: Seconds?) -> Bool {
        server.kill(handle, banning: banning, at: now)
    }

    private func gather<T>(_ pick: (Action) -> T?) -> [T] { actions.compactMap(pick) }

    /// How many allocations were removed.
    var removed: Int { gather { if case .removeAllocation = $0 { () } else { nil } }.count }

    var permitted: [IPAddress] {
        gather { if case .installPermission(_, let peer, _, _) = $0 { peer } else { nil } }
    }

    var permissionsRemoved: [IPAddress] {
        gather { if case .removePermission(_, let peer) = $0 { peer } else { nil } }
    }

    var channelsRemoved: [UInt16] {
        gather { if case .removeChannel(_, let channel) = $0 { channel } else { nil } }
    }

    var endReasons: [EndReason] {
        gather { if case .event(.ended(_, _, let reason, _)) = $0 { reason } else { nil } }
    }

    var causes: [RefusalCause] {
        actions.compactMap {
            if case .event(.refused(_, _, _, let cause, _, _)) = $0 { cause } else { nil }
        }
    }
}

/// A datagram from the server.
struct Answer {
    let bytes: [UInt8]
    let to: FiveTuple

    private func read<T>(_ body: (borrowing StunMessage) throws -> T) -> T {
        do { return try body(try StunMessage(bytes.span)) } catch {
            fatalError("unreadable answer: \(error)")
        }
    }

    var messageClass: MessageClass { read { $0.messageClass } }
    var method: MessageMethod { read { $0.method } }
    var transaction: TransactionID { read { $0.transactionID } }
    var code: UInt16? { read { try $0.errorCode() } }
    var lifetime: UInt32? { read { try $0.lifetime()?.count } }
    var mapped: TransportAddress? { read { try $0.xorAddress(.xorMappedAddress) } }
    var relayed: TransportAddress? { read { try $0.xorAddress(.xorRelayedAddress) } }
    var peer: TransportAddress? { read { try $0.xorAddress(.xorPeerAddress) } }
    var token: UInt64? { read { try $0.reservationToken() } }
    var addressError: (family: UInt8, code: UInt16)? { read { try $0.addressErrorCode() } }
    var connection: UInt32? { read { try $0.connectionID() } }
    var icmp: ICMPReport? { read { try $0.icmp() } }
    func has(_ type: AttributeType) -> Bool { read { $0.has(type) } }
    func value(_ type: AttributeType) -> [UInt8]? {
        read { message in message.valueRange(of: type).map { Array(bytes[$0]) } }
    }
    func isSigned(by key: HMACKey) -> Bool {
        read { $0.isAuthentic(under: key, hash: OpenSSLHash()) }
    }
    /// The numbers that UNKNOWN-ATTRIBUTES lists.
    var unknown: [UInt16] {
        guard let value = value(.unknownAttributes) else { return [] }
        return stride(from: 0, to: value.count, by: 2).map {
            UInt16(value[$0]) << 8 | UInt16(value[$0 + 1])
        }
    }
    /// All XOR-RELAYED-ADDRESS attributes.
    var relayedAll: [TransportAddress] {
        var found: [TransportAddress] = []
        var offset = 20
        while offset < bytes.count {
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            if bytes[offset] == 0, bytes[offset + 1] == 0x16 {
                // Put it alone behind the header, so that the codec reads it.
                let single =
                    [0x01, 0x03, 0, UInt8(4 + length)] + bytes[4..<20]
                    + bytes[offset..<offset + 4 + length]
                if let address = Answer(bytes: Array(single), to: to).relayed {
                    found.append(address)
                }
            }
            offset += 4 + (length + 3) & ~3
        }
        return found
    }
}
