import Crypto
import Primitives
import STUN
import TURN

/// One run of clients behind TCP and TLS whose relays pass connections (RFC 6062): everything in
/// it follows from the scenario. Streams lose nothing and keep their order, so what is random is
/// what clients, peers and operators do, and when.
package final class StreamWorld {
    package let scenario: StreamScenario
    /// What went against an invariant; the run ends with the first.
    package internal(set) var violations: [String] = []
    package internal(set) var statistics = Statistics()

    var random: SeededRandom
    var now = Now(
        monotonic: MonotonicTime(nanoseconds: World.start), unixSeconds: 1_700_000_000)
    var workers: [StreamWorker] = []
    let shared: SharedState
    var settings: ServerSettings
    var peersAreClosed = false
    var clients: [StreamClient] = []
    var model = StreamModel()
    /// Who carries which stream, by the worker's number.
    var streams: [FiveTuple: Int] = [:]
    /// Connect requests without answer yet.
    var awaited: [TransactionID: FiveTuple] = [:]
    /// The two ends of connections between two relays, by serial number.
    var twins: [Int: Int] = [:]
    var plans: [Plan] = []
    var portCount: UInt16 = 0
    /// Requests in flight may be refused because of what is being done just now.
    var isEnding = false
    /// Until then workers do not look at their deadlines.
    var lateUntil = MonotonicTime(nanoseconds: 0)
    var isLate: Bool { now.monotonic < lateUntil }
    /// The answer to the request that is being asked.
    var answer: ReadAnswer?
    var asked: TransactionID?
    var lastRequest: TransactionID?

    /// What will happen unless its connection ends before.
    struct Plan {
        enum Event { case connects, fails, ends }

        let time: MonotonicTime
        let event: Event
        let worker: Int
        let peering: StreamWorker.Peering
    }

    /// How much happened, so that a test can see that a run was not idle.
    package struct Statistics: Sendable {
        package var allocations = 0
        package var made = 0
        package var accepted = 0
        package var sentAway = 0
        package var bound = 0
        package var betweenRelays = 0
        package var streamsClosed = 0
        package var refused: [UInt16: Int] = [:]

        package init() {}

        package mutating func add(_ other: Self) {
            allocations += other.allocations
            made += other.made
            accepted += other.accepted
            sentAway += other.sentAway
            bound += other.bound
            betweenRelays += other.betweenRelays
            streamsClosed += other.streamsClosed
            refused.merge(other.refused, uniquingKeysWith: +)
        }
    }

    package init(_ scenario: StreamScenario) {
        self.scenario = scenario
        random = SeededRandom(scenario.seed &+ 77)
        settings = Places.streamSettings(scenario, closedPeers: false)
        shared = SharedState(
            quotas: QuotaLedger(limits: settings.limits),
            ports: PortLedger(
                addresses: settings.relayAddresses.map(\.local), ports: scenario.base.ports,
                workers: scenario.base.workers),
            nonceKey: Array(repeating: UInt8(truncatingIfNeeded: scenario.seed), count: 32))
        workers = (0..<scenario.base.workers).map {
            StreamWorker($0, scenario, settings, shared, at: now)
        }
        for number in 0..<scenario.base.clients {
            let user = number % scenario.base.users
            let (name, password) = Places.credentials(user, expires: now.unixSeconds << 1)
            clients.append(
                StreamClient(
                    number, user: user, ip: number % 4 == 3 ? Places.clientV6 : Places.clientV4,
                    username: name, password: password))
        }
    }

    /// Plays all steps, then lets everything come to its end.
    package func run() {
        for _ in 0..<scenario.base.steps {
            guard violations.isEmpty else { return }
            advance(milliseconds: random.happens(5) ? 20_000 : random.pick(0...1500))
            act()
            if !isLate { tickAll() }
            check()
        }
        guard violations.isEmpty else { return }
        lateUntil = now.monotonic
        advance(milliseconds: 4_000_000)
        lateUntil = now.monotonic
        tickAll()
        check()
        checkNothingIsLeft()
    }

    /// Lets time pass; what was planned happens at its time.
    func advance(milliseconds: Int) {
        let end = MonotonicTime(
            nanoseconds: now.monotonic.nanoseconds + UInt64(milliseconds) * 1_000_000)
        while violations.isEmpty,
            let next = plans.indices.min(by: { plans[$0].time < plans[$1].time }),
            plans[next].time <= end
        {
            let plan = plans.remove(at: next)
            pass(to: plan.time)
            happen(plan)
        }
        pass(to: end)
    }

    private func pass(to time: MonotonicTime) {
        now.unixSeconds += time.nanoseconds(since: now.monotonic) / 1_000_000_000
        now.monotonic = max(now.monotonic, time)
        model.expire(at: now.monotonic)
        if random.happens(scenario.base.latePercent) { beLate() }
        if !isLate { tickAll() }
    }

    func tickAll() {
        for worker in workers { digest(worker.tick(at: now), of: worker) }
    }

    func beLate() {
        lateUntil.nanoseconds =
            now.monotonic.nanoseconds + UInt64(random.pick(1...40_000)) * 1_000_000
    }

    func plan(_ event: Plan.Event, afterSeconds seconds: Int, _ peering: StreamWorker.Peering) {
        let time = now.monotonic.nanoseconds + UInt64(seconds) * 1_000_000_000
        plans.append(
            Plan(
                time: MonotonicTime(nanoseconds: time), event: event,
                worker: peering.serial & 15, peering: peering))
    }

    /// What a relay is known by outside.
    func advertised(_ local: TransportAddress) -> TransportAddress {
        let row = settings.relayAddresses.first { $0.local == local.ip }
        return TransportAddress(row?.advertised ?? local.ip, local.port)
    }

    /// What the socket of a relay is bound to, by either of its addresses.
    func local(_ relay: TransportAddress) -> TransportAddress {
        let row = settings.relayAddresses.first { $0.advertised == relay.ip }
        return TransportAddress(row?.local ?? relay.ip, relay.port)
    }

    func violate(_ what: String) { violations.append("\(what) [\(scenario), at \(now)]") }
}
