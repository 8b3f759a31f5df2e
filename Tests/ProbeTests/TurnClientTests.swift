import Crypto
import Primitives
import STUN
import Testing

@testable import Probe

@Suite struct TurnClientTests {
    private let now = MonotonicTime(nanoseconds: 1_000_000_000)

    private func client(
        _ transport: ProbeTransport = .udp, password: String = "wonder-land"
    ) -> TurnClient {
        let hash = OpenSSLHash()
        return TurnClient(
            transport: transport,
            credential: UserCredential(
                .user(name: "alice", password: password), unixSeconds: 0, hash: hash),
            patience: 5_000_000_000, seed: (3, 4), hash: hash)
    }

    /// Hands what the client sent to the server, and the answers back.
    private func exchange(_ client: inout TurnClient, _ server: FakeServer) -> [TurnEvent] {
        var events: [TurnEvent] = []
        var output = client.takeOutput()
        while !output.isEmpty {
            for bytes in output {
                for delivery in server.receive(bytes, from: .main) {
                    if let event = client.receive(delivery.bytes.span, at: now) {
                        events.append(event)
                    }
                }
            }
            output = client.takeOutput()
        }
        return events
    }

    private func outcome(_ events: [TurnEvent]) -> TurnOutcome? {
        guard events.count == 1, case .answer(let answer) = events[0] else { return nil }
        return answer.outcome
    }

    @Test func challengeThenAllocation() throws {
        let server = FakeServer()
        var client = client()
        client.start(.allocate(family: nil), at: now)
        let refusal = try #require(outcome(exchange(&client, server))?.refusal)
        #expect(refusal.code == 401)
        #expect(refusal.realm == server.realm)
        #expect(refusal.reason == "No")
        #expect(client.realm == server.realm)
        client.start(.allocate(family: nil), at: now)
        guard case .success(let success) = outcome(exchange(&client, server)) else {
            Issue.record("no allocation")
            return
        }
        #expect(success.relayed == server.relayed(.main))
        #expect(success.mapped == server.mapped)
        #expect(success.lifetimeSeconds == 600)
        #expect(success.software == "fake")
        #expect(success.isProven == true)
        #expect(!client.isWaiting)
    }

    @Test func aStaleNonceIsReplacedByItself() throws {
        let server = FakeServer()
        var client = client()
        client.start(.allocate(family: nil), at: now)
        _ = exchange(&client, server)
        server.staleNonces = 3
        client.start(.allocate(family: nil), at: now)
        let events = exchange(&client, server)
        guard case .success = outcome(events) else {
            Issue.record("\(events)")
            return
        }
        server.staleNonces = .max
        client.start(.permission(server.mapped), at: now)
        let refusal = try #require(outcome(exchange(&client, server))?.refusal)
        #expect(refusal.code == 438, "a server that calls every nonce stale is given up")
    }

    @Test func aWrongPasswordIsRefusedOnce() throws {
        let server = FakeServer()
        var client = client(password: "no")
        for _ in 0..<2 {
            client.start(.allocate(family: nil), at: now)
            #expect(outcome(exchange(&client, server))?.refusal?.code == 401)
        }
        #expect(server.requests == [.allocate, .allocate])
    }

    @Test func anAnswerThatIsNotSignedIsKnown() {
        let server = FakeServer()
        var client = client()
        client.start(.allocate(family: nil), at: now)
        _ = exchange(&client, server)
        client.start(.allocate(family: nil), at: now)
        server.needsNoCredentials = true
        guard case .success(let success) = outcome(exchange(&client, server)) else {
            Issue.record("no allocation")
            return
        }
        #expect(success.isProven == false)
    }

    @Test func foreignMessagesAreNothing() throws {
        let server = FakeServer()
        var client = client()
        client.start(.binding, at: now)
        let request = try #require(client.takeOutput().first)
        let answer = try #require(server.receive(request, from: .main).first?.bytes)
        var foreign = answer
        foreign[19] ^= 1
        let nothing = [foreign, request, []] + (0..<answer.count).map { Array(answer[..<$0]) }
        for bytes in nothing {
            let event = client.receive(bytes.span, at: now)
            #expect(event == nil)
        }
        #expect(client.isWaiting)
    }

    @Test func silenceIsAnAnswerInTheEnd() {
        var client = client()
        client.start(.binding, at: now)
        var sends = client.takeOutput().count
        var answer: TurnAnswer?
        while answer == nil {
            answer = client.tick(at: client.nextDeadline)
            sends += client.takeOutput().count
        }
        #expect(answer?.outcome == .silence)
        #expect(answer?.retransmissions == 3)
        #expect(sends == 4)
        #expect(client.nextDeadline == .never)
    }

    @Test func channelDataIsPaddedOnStreamsOnly() {
        for (transport, length) in [(ProbeTransport.udp, 9), (.tcp, 12), (.dtls, 9)] {
            var client = client(transport)
            client.sendChannelData([1, 2, 3, 4, 5], on: 0x4001)
            #expect(
                client.takeOutput() == [
                    [0x40, 1, 0, 5, 1, 2, 3, 4, 5] + [UInt8](repeating: 0, count: length - 9)
                ])
        }
    }

    @Test func dataOfPeersComesThrough() {
        let server = FakeServer()
        var client = client()
        let bytes = server.receiveOutside([7, 8], to: server.relayed(.main))[0].bytes
        let first = client.receive(bytes.span, at: now)
        #expect(first == .data([7, 8], from: server.mapped, channel: nil))
        let frame: [UInt8] = [0x40, 0, 0, 1, 9, 0, 0]
        let event = client.receive(frame.span, at: now)
        #expect(event == .data([9], from: nil, channel: 0x4000))
    }
}
