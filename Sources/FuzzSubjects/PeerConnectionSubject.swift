import Crypto
import Primitives
import STUN
import TURN

/// Clients behind streams whose relays pass connections (RFC 6062): an input is a list of
/// requests, of peers that accept, refuse, connect and leave, and of streams that come and go.
final class PeerConnectionSubject: FuzzSubject {
    private let hash = OpenSSLHash()
    private let settings: ServerSettings
    private let clients: [ScriptedClient]
    private static let address = IPAddress(8, 8, 4, 7)
    /// REQUESTED-TRANSPORT for TCP.
    private static let tcp: [UInt8] = [0x00, 0x19, 0x00, 0x04, 6, 0, 0, 0]
    /// Peers that connect: two that may have a permission, own ones, and one nobody may reach.
    private static let peers = [
        IPAddress(8, 8, 8, 8), IPAddress(9, 9, 9, 9), Driver.relays[0], IPAddress(10, 0, 0, 1),
    ]

    init() {
        var credentials = CredentialSettings(realm: "example.org")
        credentials.users = ["alice:a", "bob:b"].compactMap { StaticUser(line: $0) }
        var settings = ServerSettings(
            credentials: Credentials(credentials, hash: hash),
            listeners: [ServerSettings.Transport.tcp, .tls, .udp].map {
                .init(address: TransportAddress(IPAddress(192, 0, 2, 1), 3478), transport: $0)
            },
            relayAddresses: Driver.relays.map { .init(local: $0, advertised: $0) })
        var peers = PeerPolicySettings()
        peers.ownAddresses = Driver.relays
        peers.relayPorts = 50_000...50_063
        settings.peerPolicy = PeerPolicy(peers)
        // Small, so that inputs of some hundred bytes get to every bound.
        settings.limits.allocationsPerWorker = 3
        settings.limits.connectionsPerAllocation = 3
        settings.limits.connectionsPerUser = 4
        settings.limits.connectionsPerWorker = 5
        settings.limits.permissionsPerAllocation = 3
        self.settings = settings
        clients = [("alice", "a", 0), ("alice", "a", 1), ("bob", "b", 0), ("alice", "a", 2)]
            .enumerated().map { [hash] number, client in
                ScriptedClient(
                    TransportAddress(Self.address, 40_000 + UInt16(number)), client.0, client.1,
                    hash, listener: UInt16(client.2))
            }
    }

    func run(_ input: Span<UInt8>) {
        let driver = Driver(settings, hash)
        for client in clients { client.nonce = [] }
        var numbers: [UInt32] = []
        var offset = 0
        var step = 0
        while offset + 3 <= input.count, step < 32 {
            let control = input[offset]
            let length = min(Int(input[offset + 2]), input.count - offset - 3)
            let rest = input.extracting(offset + 3..<offset + 3 + length)
            driver.isRefusing = control & 4 != 0
            driver.advance([0, 0, 1, 29, 31, 299, 301, 599][Int(control >> 5)])
            act(driver, Int(input[offset + 1]), control, rest, step, numbers)
            numbers = (numbers + takeNumbers(driver)).suffix(8)
            offset += 3 + length
            step += 1
        }
        driver.finish()
    }

    private func act(
        _ driver: Driver, _ event: Int, _ control: UInt8, _ rest: Span<UInt8>, _ step: Int,
        _ numbers: [UInt32]
    ) {
        let client = clients[Int(control & 3)]
        let methods: [MessageMethod] = [
            .allocate, .refresh, .createPermission, .connect, .channelBind, .connectionBind,
        ]
        switch event % 11 {
        case let place where place < methods.count:
            var attributes = place == 0 && control & 16 == 0 ? Self.tcp : []
            for position in 0..<rest.count & ~3 { attributes.append(rest[position]) }
            let message = client.message(
                MessageType(methods[place], .request), attributes.span,
                isSigned: control & 8 == 0, step: step)
            driver.exchange(message, with: client)
        case 6: bind(driver, client, rest, step, numbers)
        case 7:
            guard let id = pick(driver, rest) else { return }
            driver.answer(id, succeeds: control & 16 == 0)
        case 8:
            let relays = driver.openRelays.keys.sorted { $0.index < $1.index }
            guard rest.count >= 2, !relays.isEmpty else { return }
            driver.accept(
                relays[Int(rest[0]) % relays.count],
                from: TransportAddress(
                    Self.peers[Int(rest[1]) % Self.peers.count], 1024 + UInt16(step)))
        case 9:
            guard let id = pick(driver, rest) else { return }
            driver.end(id)
        default: driver.close(client.tuple)
        }
    }

    /// A fresh stream comes for a connection that its client was told of, or for another one.
    private func bind(
        _ driver: Driver, _ client: ScriptedClient, _ rest: Span<UInt8>, _ step: Int,
        _ numbers: [UInt32]
    ) {
        guard rest.count >= 2, !numbers.isEmpty else { return }
        let number = numbers[Int(rest[0]) % numbers.count] ^ UInt32(rest[1] >> 6)
        let (name, password) = rest[1] & 1 == 0 ? ("alice", "a") : ("bob", "b")
        let stream = ScriptedClient(
            TransportAddress(Self.address, 41_000 + UInt16(step)), name, password, hash,
            listener: client.tuple.listener.index)
        stream.nonce = rest[1] & 2 == 0 ? client.nonce : []
        var attributes: [UInt8] = [0x00, 0x2A, 0x00, 0x04]
        for shift in [24, 16, 8, 0] as [UInt32] {
            attributes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
        for attempt in 0..<2 {
            let message = stream.message(
                MessageType(.connectionBind, .request), attributes.span,
                isSigned: attempt > 0
                    || rest[1] & 2 == 0, step: 100 + 2 * step + attempt)
            driver.exchange(message, with: stream)
        }
    }

    private func pick(_ driver: Driver, _ rest: Span<UInt8>) -> ConnectionID? {
        let ids = driver.connections.keys.sorted { $0.index < $1.index }
        guard rest.count > 0, !ids.isEmpty else { return nil }
        return ids[Int(rest[0]) % ids.count]
    }

    /// The numbers that clients were told; whatever comes unasked is a late answer to Connect or
    /// the attempt of a peer, and goes to a client that controls an allocation.
    private func takeNumbers(_ driver: Driver) -> [UInt32] {
        var numbers: [UInt32] = []
        for notice in driver.notices {
            let bytes = notice.bytes
            guard let message = try? StunMessage(bytes.span) else {
                preconditionFailure("unreadable")
            }
            precondition(clients.contains { $0.tuple == notice.to }, "said to a data connection")
            let number = (try? message.connectionID()) ?? nil
            switch (message.method, message.messageClass) {
            case (.connect, .error): break
            case (.connect, .success), (.connectionAttempt, .indication):
                guard let number else { preconditionFailure("a connection without number") }
                precondition(
                    Server.worker(ofConnection: number).index == 0, "another worker's number")
                numbers.append(number)
            default: preconditionFailure("an answer that nobody asked for")
            }
        }
        driver.notices = []
        return numbers
    }
}
