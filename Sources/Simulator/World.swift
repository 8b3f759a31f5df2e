import Crypto
import Forwarding
import Primitives
import STUN
import TURN

/// One run: everything in it follows from the scenario.
package final class World {
    package let scenario: Scenario
    /// What went against an invariant; the run ends with the first.
    package internal(set) var violations: [String] = []
    package internal(set) var statistics = Statistics()

    /// The monotonic clock at the beginning, in nanoseconds.
    static let start: UInt64 = 7_000_000_000

    /// Timers of the wheel may be this late, in nanoseconds: twice its resolution of 67 ms.
    static let granularity: UInt64 = 135_000_000

    var random: SeededRandom
    var agenda = Agenda()
    var now = Now(
        monotonic: MonotonicTime(nanoseconds: start), unixSeconds: 1_700_000_000)
    /// What jumps of the monotonic clock (a machine that slept) have added to the agenda's time.
    private var slept: UInt64 = 0
    /// The agenda's own time, which does not sleep.
    var agendaTime: UInt64 = 0
    var workers: [SimulatedWorker] = []
    let shared: SharedState
    var settings: ServerSettings
    var clients: [SimulatedClient] = []
    var model: ClientModel
    var requests: [TransactionID: SentRequest] = [:]
    /// Until then workers are too busy to look at their deadlines. What they forward meanwhile
    /// counts all the more.
    var lateUntil = MonotonicTime(nanoseconds: 0)
    var isLate: Bool { now.monotonic < lateUntil }

    /// How much happened, so that a test can see that a run was not idle.
    package struct Statistics: Sendable {
        package var answers = 0
        package var allocations = 0
        package var evicted = 0
        package var relayedUp = 0
        package var relayedDown = 0
        package var hairpinned = 0
        package var withheld = 0
        package var repeatedSuccesses = 0
        package var refused: [UInt16: Int] = [:]

        package init() {}

        package mutating func add(_ other: Self) {
            answers += other.answers
            allocations += other.allocations
            evicted += other.evicted
            relayedUp += other.relayedUp
            relayedDown += other.relayedDown
            hairpinned += other.hairpinned
            withheld += other.withheld
            repeatedSuccesses += other.repeatedSuccesses
            refused.merge(other.refused, uniquingKeysWith: +)
        }
    }

    package init(_ scenario: Scenario) {
        self.scenario = scenario
        random = SeededRandom(scenario.seed)
        settings = Places.settings(scenario, closedPeers: false)
        shared = SharedState(
            quotas: QuotaLedger(limits: settings.limits),
            ports: PortLedger(
                addresses: settings.relayAddresses.map(\.local), ports: scenario.ports,
                workers: scenario.workers),
            nonceKey: Array(repeating: UInt8(truncatingIfNeeded: scenario.seed), count: 32))
        let relays = RelayMap(
            addresses: settings.relayAddresses.map { ($0.local, $0.advertised) })
        model = ClientModel(
            advertised: Dictionary(
                uniqueKeysWithValues: settings.relayAddresses.map { ($0.local, $0.advertised) }),
            channelLifetime: settings.lifetimes.channel)
        workers = (0..<scenario.workers).map {
            SimulatedWorker($0, scenario, settings, shared, relays, at: now)
        }
        for number in 0..<scenario.clients { addClient(number) }
        agenda.plan(.strangerSends, at: 1_000_000_000)
        agenda.plan(.worldChanges, at: 30_000_000_000)
        plantFault()
    }

    /// Plays all steps, then lets everything come to its end.
    package func run() {
        for _ in 0..<scenario.steps {
            guard violations.isEmpty, let (entry, time) = agenda.next() else { break }
            advance(to: time)
            happen(entry)
            if !isLate { tickAll() }
            check()
        }
        guard violations.isEmpty else { return }
        now.monotonic = now.monotonic + Seconds(4000)
        model.expire(at: now.monotonic)
        lateUntil = now.monotonic
        tickAll()
        check()
        checkNothingIsLeft()
    }

    private func addClient(_ number: Int) {
        let user = number % scenario.users
        let (name, password) = Places.credentials(user, expires: now.unixSeconds + 2000)
        let ip = number % 4 == 3 ? Places.clientV6 : Places.clientV4
        clients.append(
            SimulatedClient(
                number, user: user, outside: TransportAddress(ip, UInt16(40_000 + number)),
                username: name, password: password))
        agenda.plan(.clientActs(number), at: UInt64(random.pick(0...2_000_000_000)))
    }

    private func plantFault() {
        switch scenario.fault {
        case .leakedPort:
            _ = shared.ports.draw(
                .any, on: Places.relayV4.local, for: WorkerID(index: 0), entropy: 1)
        case .leakedQuota: _ = shared.quotas.acquire(user: "nobody")
        default: break
        }
    }

    private func advance(to time: UInt64) {
        agendaTime = time
        let target = MonotonicTime(nanoseconds: Self.start + time + slept)
        let step = target.nanoseconds(since: now.monotonic) / 1_000_000_000
        now.monotonic = max(now.monotonic, target)
        now.unixSeconds += step
        model.expire(at: now.monotonic)
        if random.happens(scenario.latePercent) { beLate() }
        if !isLate { tickAll() }
        if hasHalves {
            now.monotonic.nanoseconds += Self.granularity
            model.expire(at: now.monotonic)
            tickAll()
        }
    }

    /// With one family of an allocation over, only the tick can tell the forwarder.
    private var hasHalves: Bool {
        workers.contains { worker in
            worker.snapshots(at: now).contains { snapshot in
                let known = model.allocations[snapshot.client.client]?.relays.count ?? 0
                return known > 0 && known < snapshot.relays.count
            }
        }
    }

    func tickAll() {
        for worker in workers { digest(worker.tick(at: now), of: worker, expected: []) }
    }

    /// A machine that wakes up has more to do than to look at deadlines at once.
    func sleep(seconds: Int) {
        slept += UInt64(seconds) * 1_000_000_000
        now.monotonic.nanoseconds += UInt64(seconds) * 1_000_000_000
        model.expire(at: now.monotonic)
        if scenario.latePercent > 0 { beLate() }
    }

    private func beLate() {
        lateUntil.nanoseconds =
            now.monotonic.nanoseconds + UInt64(random.pick(1...20_000)) * 1_000_000
    }

    /// The worker that the kernel's hash gives a 5-tuple to.
    func worker(of tuple: FiveTuple) -> SimulatedWorker {
        var hash = UInt64(tuple.client.port) &* 0x9e37_79b9_7f4a_7c15
        hash ^= tuple.client.ip.low &* 0x2545_f491_4f6c_dd1d
        return workers[Int(hash >> 40) % workers.count]
    }

    func violate(_ what: String) { violations.append("\(what) [\(scenario), at \(now)]") }
}
