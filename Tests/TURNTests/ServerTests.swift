import Primitives
import STUN
import Testing

@testable import TURN

@Suite struct ServerTests {
    @Test(arguments: Scheme.allCases)
    func theWholeLifeOfAnAllocation(_ scheme: Scheme) {
        let fixture = Fixture()
        let client = TestClient(fixture, scheme: scheme)
        let created = client.allocate()
        #expect(created.messageClass == .success)
        #expect(created.isSigned(by: client.key))
        #expect(created.relayed?.ip == Fixture.relayV4)
        #expect(created.mapped == client.tuple.client)
        #expect(created.lifetime == 600)
        let peer = TransportAddress(IPAddress(9, 9, 9, 9), 5000)
        #expect(client.permit(peer.ip).messageClass == .success)
        #expect(client.bind(0x4000, peer).messageClass == .success)
        #expect(client.request(.refresh, [.lifetime(1200)]).lifetime == 1200)
        #expect(fixture.shared.ports.countInUse == 1)
        #expect(client.request(.refresh, [.lifetime(0)]).lifetime == 0)
        #expect(fixture.shared.ports.countInUse == 0)
        #expect(fixture.openRelays.isEmpty)
        #expect(fixture.shared.quotas.allocations == 0)
        #expect(client.request(.refresh, []).code == 437)
    }

    /// RFC 8656 §3.2: an allocation ends by itself, with everything in it.
    @Test func anAllocationThatIsNotRefreshedEnds() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate([.additional(2)])
        client.bind(0x4000, TransportAddress(IPAddress(9, 9, 9, 9), 1))
        fixture.advance(599.9)
        #expect(fixture.server.allocationCount == 1)
        fixture.advance(0.2)
        #expect(fixture.server.allocationCount == 0)
        #expect(fixture.endReasons == [.expired])
        #expect(fixture.openRelays.isEmpty)
        #expect(fixture.shared.ports.countInUse == 0)
        #expect(fixture.shared.quotas.usage(of: "alice") == .init())
        #expect(fixture.server.nextDeadline == .never)
    }

    /// A late `tick` changes nothing of what a client may do.
    @Test func anAllocationIsOverWhenItsTimeIsAlsoWithoutTick() {
        let fixture = Fixture()
        let client = TestClient(fixture)
        client.allocate()
        fixture.now.monotonic = fixture.now.monotonic + Seconds(601)
        client.nonce = []
        #expect(client.request(.refresh, []).code == 437)
        #expect(fixture.endReasons == [.expired])
    }

    @Test func manyTimersAreServedInSteps() {
        var settings = Fixture.settings()
        settings.limits.allocationsPerUser = 0
        let fixture = Fixture(settings, ports: 50_000...52_999)
        for port in UInt16(1)...700 { TestClient(fixture, port: port).allocate() }
        fixture.now.monotonic = fixture.now.monotonic + Seconds(700)
        fixture.server.tick(at: fixture.now)
        fixture.drain()
        #expect(fixture.server.allocationCount == 700 - 256)
        #expect(fixture.server.nextDeadline <= fixture.now.monotonic)
        fixture.advance(0)
        #expect(fixture.server.allocationCount == 0)
    }

    /// Whatever clients do, the books agree with what the driver was told.
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func theBooksAgreeUnderRandomUse(_ seed: UInt64) {
        var settings = Fixture.settings()
        settings.limits.allocationsPerUser = 6
        settings.limits.permissionsPerAllocation = 4
        settings.limits.channelsPerAllocation = 3
        settings.lifetimes.allocationAgeMax = Seconds(2000)
        let fixture = Fixture(settings, ports: 50_000...50_019, seed: seed)
        var model = DriverModel()
        var random = SeededEntropy(state: seed)
        fixture.refusePort = { $0 % 7 == 3 }
        let clients = (0..<16).map { (number: Int) -> TestClient in
            TestClient(
                fixture, port: UInt16(1000 + number), user: number % 3 == 0 ? "bob" : "alice",
                scheme: Scheme.allCases[number % 3])
        }
        for _ in 0..<1500 {
            let client = clients[Int(random.next() % 16)]
            let answer = act(client, &random)
            if answer?.code == 438 { client.nonce = [] }
            if random.next() % 4 == 0 { fixture.advance(Double(random.next() % 120)) }
            for action in fixture.actions { model.carryOut(action) }
            fixture.actions = []
            model.check(against: fixture, seed)
        }
        fixture.advance(4000)
        #expect(fixture.server.allocationCount == 0)
        #expect(fixture.shared.ports.countInUse == 0)
        #expect(fixture.shared.quotas.allocations == 0)
        #expect(fixture.server.permissions.count == 0)
        #expect(fixture.server.channels.count == 0)
    }

    private func act(_ client: TestClient, _ random: inout SeededEntropy) -> Answer? {
        let ip = IPAddress(9, 9, 9, UInt8(random.next() % 6))
        let peer = TransportAddress(ip, UInt16(random.next() % 3))
        switch random.next() % 10 {
        case 0, 1: return client.allocate()
        case 2: return client.allocate([.additional(2)])
        case 3: return client.allocate([.evenPort(reserve: true)])
        case 4: return client.permit(peer.ip, IPAddress(9, 9, 9, 1), peer.ip)
        case 5, 6:
            let number = UInt16(random.next() % 5)
            return client.bind(0x4000 + number, peer)
        case 7:
            let lifetime = UInt32(random.next() % 3) * 400
            return client.request(.refresh, [.lifetime(lifetime)])
        case 8: return client.request(.refresh, [.family(2), .lifetime(0)])
        default:
            client.learnNonce()
            return nil
        }
    }
}

/// What a driver believes, from actions alone.
private struct DriverModel {
    var allocations: [AllocationID: Set<AddressFamily>] = [:]
    var permissions: [AllocationID: Set<IPAddress>] = [:]
    var channels: [AllocationID: [UInt16: TransportAddress]] = [:]

    mutating func carryOut(_ action: Action) {
        switch action {
        case .installAllocation(let new):
            #expect(allocations[new.id] == nil)
            var families: Set<AddressFamily> = []
            if new.relayV4 != nil { families.insert(.ipv4) }
            if new.relayV6 != nil { families.insert(.ipv6) }
            allocations[new.id] = families
        case .removeAllocation(let id):
            #expect(allocations.removeValue(forKey: id) != nil)
            permissions[id] = nil
            channels[id] = nil
        case .removeFamily(let id, let family): allocations[id]?.remove(family)
        case .installPermission(let id, let peer, _, _):
            #expect(allocations[id]?.contains(peer.family) == true)
            permissions[id, default: []].insert(peer)
        case .removePermission(let id, let peer):
            #expect(permissions[id]?.remove(peer) != nil)
        case .installChannel(let id, let number, let peer, _, _):
            #expect(permissions[id]?.contains(peer.ip) == true)
            channels[id, default: [:]][number] = peer
        case .removeChannel(let id, let number):
            #expect(channels[id]?.removeValue(forKey: number) != nil)
        default: break
        }
    }

    func check(against fixture: Fixture, _ seed: UInt64) {
        let server = fixture.server.snapshots(from: 0, limit: 1000, at: fixture.now.monotonic).page
        #expect(server.count == allocations.count, "seed \(seed)")
        for shot in server {
            #expect(Set(shot.permissions.map(\.peer)) == permissions[shot.handle.id] ?? [])
            let bound = Dictionary(uniqueKeysWithValues: shot.channels.map { ($0.number, $0.peer) })
            #expect(bound == channels[shot.handle.id] ?? [:], "seed \(seed)")
            #expect(Set(bound.values).count == bound.count, "one channel for each peer")
        }
        let relays = allocations.values.reduce(0) { $0 + $1.count }
        #expect(fixture.openRelays.count == relays, "seed \(seed)")
        let reserved = fixture.shared.reservations.count
        #expect(fixture.shared.ports.countInUse == relays + reserved, "seed \(seed)")
        #expect(fixture.shared.quotas.allocations == allocations.count, "seed \(seed)")
        for user in ["alice", "bob"] {
            let own = server.filter { $0.quotaKey == user }
            let usage = fixture.shared.quotas.usage(of: user)
            #expect(usage.allocations == own.count)
            #expect(usage.permissions == own.reduce(0) { $0 + $1.permissions.count })
        }
    }
}
