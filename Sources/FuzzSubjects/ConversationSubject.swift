import Crypto
import Primitives
import STUN
import TURN

/// Whole conversations with the TURN server: an input is a list of requests of four clients, most
/// of them signed as they should be, so that what stands behind the signature is reached.
final class ConversationSubject: FuzzSubject {
    private let hash = OpenSSLHash()
    private let settings: ServerSettings
    private let clients: [ScriptedClient]

    init() {
        var credentials = CredentialSettings(realm: "example.org")
        credentials.users = ["alice:a", "bob:b"].compactMap { StaticUser(line: $0) }
        var settings = ServerSettings(
            credentials: Credentials(credentials, hash: hash),
            listeners: [
                .init(address: TransportAddress(IPAddress(192, 0, 2, 1), 3478), transport: .udp)
            ],
            relayAddresses: Driver.relays.map { .init(local: $0, advertised: $0) })
        // Small, so that inputs of some hundred bytes get to every bound.
        settings.limits.allocations = 4
        settings.limits.allocationsPerUser = 2
        settings.limits.allocationsPerWorker = 3
        settings.limits.permissionsPerAllocation = 3
        settings.limits.permissionsPerUser = 5
        settings.limits.channelsPerAllocation = 3
        self.settings = settings
        let v6 = IPAddress(v6High: 0x2600_1f18 << 32, low: 7)
        clients = [
            ScriptedClient(TransportAddress(IPAddress(8, 8, 4, 7), 40_000), "alice", "a", hash),
            ScriptedClient(TransportAddress(IPAddress(8, 8, 4, 7), 40_001), "bob", "b", hash),
            ScriptedClient(TransportAddress(v6, 40_000), "alice", "a", hash),
            ScriptedClient(TransportAddress(IPAddress(9, 9, 9, 9), 1024), "mallory", "m", hash),
        ]
    }

    func run(_ input: Span<UInt8>) {
        let driver = Driver(settings, hash)
        for client in clients { client.nonce = [] }
        var offset = 0
        var step = 0
        // The bound keeps one input as cheap as another; the fuzzer prefers short ones anyway.
        while offset + 3 <= input.count, step < 32 {
            let control = input[offset]
            let length = min(Int(input[offset + 2]) & ~3, (input.count - offset - 3) & ~3)
            let attributes = input.extracting(offset + 3..<offset + 3 + length)
            let client = clients[Int(control & 3)]
            driver.isRefusing = control & 4 != 0
            driver.advance([0, 0, 1, 299, 301, 0, 599, 0][Int(control >> 5)])
            let message = client.request(
                method: input[offset + 1], attributes, isSigned: control & 8 == 0, step: step)
            driver.exchange(message, with: client)
            // A client that heard nothing sends the same once more.
            if control & 16 != 0 { driver.exchange(message, with: client) }
            offset += 3 + length
            step += 1
        }
        precondition(driver.notices.isEmpty, "an answer that nobody asked for")
        driver.finish()
    }
}
