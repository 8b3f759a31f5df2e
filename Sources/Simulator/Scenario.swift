/// What kind of world a run plays in; drawn from its seed.
package struct Scenario: Sendable, CustomStringConvertible {
    package let seed: UInt64
    package var workers: Int
    package var clients: Int
    package var users: Int
    package var allocationsPerUser: Int
    package var allocationsTotal: Int
    package var ports: ClosedRange<UInt16>
    package var lossPercent: Int
    package var duplicationPercent: Int
    package var latencyMillisecondsMax: Int
    /// How often the system refuses to bind a relay port.
    package var bindFailurePercent: Int
    /// How often a worker is late for its deadline.
    package var latePercent: Int
    /// RFC 8656 says 600; a shorter one lets channels end under living permissions.
    package var channelSeconds: UInt32
    package var steps: Int
    package var fault = SimulatedFault.none

    package init(seed: UInt64, steps: Int = 3000) {
        var random = SeededRandom(seed &* 0x2545_f491_4f6c_dd1d)
        self.seed = seed
        self.steps = steps
        workers = random.pick(1...3)
        clients = random.pick(3...14)
        users = random.pick(1...4)
        allocationsPerUser = random.pick([0, 1, 2, 3, 6])
        allocationsTotal = random.pick([0, 0, 4, 10])
        let first = UInt16(50_000 + random.pick(0...9))
        ports = first...(first + UInt16(random.pick([3, 8, 20, 63, 200])))
        lossPercent = random.pick([0, 2, 10, 30])
        duplicationPercent = random.pick([0, 5, 20])
        latencyMillisecondsMax = random.pick([0, 50, 2000])
        bindFailurePercent = random.pick([0, 0, 10, 40])
        latePercent = random.pick([0, 3])
        channelSeconds = random.pick([600, 60])
    }

    package var description: String {
        "seed \(seed): \(workers) workers, \(clients) clients, \(users) users, "
            + "\(allocationsPerUser) per user, \(allocationsTotal) in total, ports \(ports), "
            + "loss \(lossPercent) %, duplication \(duplicationPercent) %, "
            + "latency \(latencyMillisecondsMax) ms"
    }
}

/// A mistake planted on purpose, to show that the invariant in question notices.
package enum SimulatedFault: String, Sendable, CaseIterable {
    case none
    /// The driver installs permissions a minute too long.
    case permissionsLiveTooLong
    /// One port is drawn and never released.
    case leakedPort
    /// One allocation is counted that nobody has.
    case leakedQuota
    /// Answers to repeated requests differ by a bit.
    case alteredAnswer
    /// The driver does not carry `removeAllocation` out.
    case keptFlows
    /// The driver forgets to close a relay socket.
    case leakedSocket
    /// The driver never calls `tick`.
    case missedDeadlines
}
