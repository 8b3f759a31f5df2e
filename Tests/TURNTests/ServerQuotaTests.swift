import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerQuotaTests {
    private func fixture(_ change: (inout ServerSettings.Limits) -> Void) -> Fixture {
        var settings = Fixture.settings()
        change(&settings.limits)
        return Fixture(settings)
    }

    /// RFC 8656 §7.2 item 10; the quota counts per user.
    @Test func aFullUserIs486AndOthersStayWelcome() {
        let fixture = fixture { $0.allocationsPerUser = 2 }
        for port in UInt16(1)...2 { TestClient(fixture, port: port).allocate() }
        let third = TestClient(fixture, port: 3)
        let answer = third.allocate()
        #expect(answer.code == 486)
        #expect(answer.isSigned(by: third.key))
        #expect(fixture.causes == [.userOverQuota(used: 2, limit: 2)])
        #expect(TestClient(fixture, port: 4, user: "bob").allocate().messageClass == .success)
        TestClient(fixture, port: 1).request(.refresh, [.lifetime(0)])
        #expect(third.allocate().messageClass == .success)
    }

    @Test func aFullServerIs508() {
        let fixture = fixture { $0.allocations = 1 }
        TestClient(fixture, port: 1).allocate()
        #expect(TestClient(fixture, port: 2, user: "bob").allocate().code == 508)
        #expect(fixture.causes == [.serverFull(used: 1, limit: 1)])
    }

    @Test func aFullWorkerIs508AndGivesTheQuotaBack() {
        let fixture = fixture { $0.allocationsPerWorker = 1 }
        TestClient(fixture, port: 1).allocate()
        #expect(TestClient(fixture, port: 2).allocate().code == 508)
        #expect(fixture.shared.quotas.allocations == 1)
        #expect(fixture.shared.ports.countInUse == 1)
    }

    /// The quota is keyed by the name without its expiry.
    @Test func timeLimitedNamesOfOneIdShareAQuota() {
        let fixture = fixture { $0.allocationsPerUser = 1 }
        let answers = (1...2).map { number in
            let name = "\(fixture.now.unixSeconds + UInt64(number) * 100):carol"
            let password = ServerAuthenticationTests.password(name, "new secret")
            return TestClient(
                fixture, port: UInt16(number), user: name, password: password
            ).allocate()
        }
        #expect(answers[0].messageClass == .success)
        #expect(answers[1].code == 486)
    }

    // Eviction: allocations without permission or traffic for 30 s go first.

    @Test func theBareOneIsEvictedAfterItsGrace() {
        let fixture = fixture { $0.allocationsPerUser = 1 }
        let old = TestClient(fixture, port: 1)
        old.allocate()
        fixture.advance(29)
        #expect(TestClient(fixture, port: 2).allocate().code == 486)
        fixture.advance(2)
        #expect(TestClient(fixture, port: 2).allocate().messageClass == .success)
        #expect(fixture.endReasons == [.evicted])
        #expect(old.request(.refresh, []).code == 437)
        #expect(fixture.shared.quotas.allocations == 1)
    }

    @Test func withPermissionsTheLastTrafficDecides() {
        let fixture = fixture { $0.allocationsPerUser = 2 }
        for port in UInt16(1)...2 {
            let client = TestClient(fixture, port: port)
            client.allocate()
            client.permit(IPAddress(9, 9, 9, 9))
        }
        fixture.advance(100)
        for index in UInt32(0)...1 {
            fixture.lastTraffic[AllocationID(index: index)] = fixture.now.monotonic
        }
        #expect(TestClient(fixture, port: 3).allocate().code == 486)
        fixture.advance(20)
        fixture.lastTraffic[AllocationID(index: 1)] = fixture.now.monotonic
        fixture.advance(20)
        #expect(TestClient(fixture, port: 3).allocate().messageClass == .success)
        #expect(TestClient(fixture, port: 2).request(.refresh, []).messageClass == .success)
        #expect(TestClient(fixture, port: 1).request(.refresh, []).code == 437)
    }

    @Test func othersAreNeverEvicted() {
        let fixture = fixture { $0.allocationsPerUser = 1 }
        TestClient(fixture, port: 1, user: "bob").allocate()
        fixture.advance(100)
        TestClient(fixture, port: 2).allocate()
        #expect(TestClient(fixture, port: 3).allocate().code == 486)
        #expect(fixture.server.allocationCount == 2)
    }

    /// A bound that was lowered takes nothing away, and one eviction serves one request.
    @Test func beyondALoweredBoundNothingIsEvicted() {
        let fixture = fixture { $0.allocationsPerUser = 3 }
        for port in UInt16(1)...3 { TestClient(fixture, port: port).allocate() }
        var limits = fixture.server.settings.limits
        limits.allocationsPerUser = 2
        fixture.shared.quotas.apply(limits)
        fixture.advance(60)
        #expect(TestClient(fixture, port: 4).allocate().code == 486)
        #expect(fixture.server.allocationCount == 3)
    }
}
