import Crypto
import Primitives
import STUN
import Testing

@testable import Probe

@Suite struct PathProbeTests {
    @Test(arguments: ProbeTransport.allCases)
    func allWell(_ transport: ProbeTransport) {
        var rehearsal = Rehearsal()
        rehearsal.transport = transport
        let result = rehearsal.run()
        #expect(result.steps.allSatisfy { $0.outcome == .ok || $0.name == .challenge })
        let wanted: Set<StepName> = [
            .binding, .challenge, .allocate, .allocateSecond, .permitRelay, .permitOwn, .channel,
        ]
        #expect(wanted.isSubset(of: result.steps.map(\.name)))
        #expect(result.outcome(.connect) == (transport.isStream ? .ok : nil))
        #expect(result.outcome(.handshake) == (transport.isSecure ? .ok : nil))
        #expect(result.relayed == rehearsal.server.relayed(.main))
        #expect(result.mapped == rehearsal.server.mapped)
        #expect(result.realm == rehearsal.server.realm)
        #expect(result.echoes.map(\.mode) == [.ownSocket, .indications, .channels])
        for echo in result.echoes {
            #expect(echo.received == EchoRun.count)
            #expect(echo.median == 4 * rehearsal.delay)
        }
        #expect(rehearsal.server.released == 2, "both allocations are given back")
        #expect(rehearsal.opened == [.main, .other, .own])
        #expect(rehearsal.seconds < 2)
    }

    @Test func withoutCredentialsItStopsAtTheChallenge() {
        var rehearsal = Rehearsal(.none)
        let result = rehearsal.run()
        #expect(result.steps.map(\.name) == [.binding, .challenge])
        #expect(rehearsal.server.requests == [.binding, .allocate])
        #expect(result.isAnswered)
    }

    @Test func silenceEndsInHalfTheTime() {
        var rehearsal = Rehearsal()
        rehearsal.server.isDeaf = true
        let result = rehearsal.run()
        #expect(result.steps.map(\.outcome) == [.silence])
        #expect(result.steps[0].retransmissions == 3)
        #expect(rehearsal.seconds == 5)
        #expect(!result.isAnswered)
    }

    @Test(arguments: [LegFailure.refused, .unreachable("no"), .handshake("no"), .local("no")])
    func whatFailsAtOnceIsKnownAtOnce(_ failure: LegFailure) {
        for transport in ProbeTransport.allCases {
            var rehearsal = Rehearsal()
            rehearsal.transport = transport
            let result = rehearsal.run(failing: failure)
            #expect(result.steps.map(\.outcome) == [.failed(failure)])
            #expect(rehearsal.seconds == 0)
        }
    }

    @Test func aWrongPassword() {
        var rehearsal = Rehearsal(.user(name: "alice", password: "no"))
        let result = rehearsal.run()
        #expect(result.steps.last?.name == .allocate)
        guard case .refused(let refusal) = result.outcome(.allocate) else {
            Issue.record("\(result.steps)")
            return
        }
        #expect(refusal.code == 401)
        #expect(result.echoes.isEmpty)
    }

    @Test func aSecretIssuesANameThatTheServerKnows() {
        var rehearsal = Rehearsal(.secret("hush", user: "bob"))
        let credential = UserCredential(
            rehearsal.settings.credentials, unixSeconds: rehearsal.settings.unixSeconds,
            hash: OpenSSLHash())
        #expect(credential?.name == "1800003600:bob")
        rehearsal.server.user = credential?.name ?? ""
        rehearsal.server.password = String(
            decoding: credential?.password ?? [], as: UTF8.self)
        #expect(rehearsal.run().outcome(.allocate) == .ok)
    }

    @Test func theRelayRangeIsClosed() {
        var rehearsal = Rehearsal()
        rehearsal.server.losesOwn = true
        let result = rehearsal.run()
        #expect(result.echo(.ownSocket)?.received == 0)
        #expect(result.echo(.indications)?.received == EchoRun.count)
        #expect(result.echo(.channels)?.received == EchoRun.count)
        #expect(rehearsal.seconds < 4)
    }

    @Test func nothingIsRelayed() {
        var rehearsal = Rehearsal()
        rehearsal.server.losesOwn = true
        rehearsal.server.losesRelayed = true
        let result = rehearsal.run()
        #expect(result.echoes.map(\.received) == [0, 0, 0])
        #expect(rehearsal.seconds < 10)
        #expect(rehearsal.server.released == 2)
    }

    @Test func aServerThatIsSlowMeetsTheBoundOfTheWhole() {
        var rehearsal = Rehearsal()
        rehearsal.settings.timeout = Seconds(2)
        rehearsal.delay = 240_000_000
        _ = rehearsal.run()
        #expect(rehearsal.seconds <= 2.6)
    }

    @Test func deniedPeersAreSkipped() {
        var rehearsal = Rehearsal()
        rehearsal.server.refusals[.createPermission] = 403
        let result = rehearsal.run()
        #expect(result.echoes.isEmpty)
        for name in [StepName.permitRelay, .permitOwn] {
            guard case .refused(let refusal) = result.outcome(name) else {
                Issue.record("\(name) was not refused")
                continue
            }
            #expect(refusal.code == 403)
        }
        #expect(rehearsal.server.released == 2)
    }

    @Test func anOpenRelayIsTestedAllTheSame() {
        var rehearsal = Rehearsal(.none)
        rehearsal.server.needsNoCredentials = true
        let result = rehearsal.run()
        #expect(result.isOpenRelay)
        #expect(result.echoes.count == 3)
    }

    @Test func aServerWithoutTURN() {
        var rehearsal = Rehearsal()
        rehearsal.server.refusals[.allocate] = 400
        let result = rehearsal.run()
        #expect(result.outcome(.binding) == .ok)
        #expect(result.steps.last?.name == .challenge)
    }

    @Test func aServerThatWantsCredentialsForBinding() {
        var rehearsal = Rehearsal()
        rehearsal.server.guardsBinding = true
        let result = rehearsal.run()
        guard case .refused(let refusal) = result.outcome(.binding) else {
            Issue.record("\(result.steps)")
            return
        }
        #expect(refusal.code == 401)
        #expect(!result.isOpenRelay)
        #expect(result.echoes.map(\.received) == [20, 20, 20])
    }

    @Test("Whatever a server sends, a path ends in time and traps nowhere")
    func noise() {
        var random = ProbeRandom(seed: (7, 8))
        for round in 0..<200 {
            var rehearsal = Rehearsal()
            rehearsal.transport = ProbeTransport.allCases[round % 4]
            rehearsal.noise = random
            _ = random.next()
            _ = rehearsal.run()
            #expect(rehearsal.seconds <= 10.1)
        }
    }
}
