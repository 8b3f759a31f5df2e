/// What kind of world of streams a run plays in; drawn from its seed.
package struct StreamScenario: Sendable, CustomStringConvertible {
    /// Workers, users, ports and quotas are as in the world of datagrams of this seed.
    package var base: Scenario
    package var connectionsPerAllocation: Int
    package var connectionsPerUser: Int
    /// How long peers take to answer, at most; up to twice what the server waits.
    package var answerSecondsMax: Int
    package var fault = StreamFault.none

    package var seed: UInt64 { base.seed }

    package init(seed: UInt64, steps: Int = 1000) {
        base = Scenario(seed: seed, steps: steps)
        var random = SeededRandom(seed &* 0x9e37_79b9_7f4a_7c15)
        connectionsPerAllocation = random.pick([1, 2, 4, 8])
        connectionsPerUser = random.pick([0, 3, 10])
        answerSecondsMax = random.pick([0, 5, 60])
    }

    package var description: String {
        "\(base), \(connectionsPerAllocation) connections per allocation, "
            + "\(connectionsPerUser) per user, answers within \(answerSecondsMax) s"
    }
}

/// A mistake of the driver planted on purpose, to show that the invariant in question notices.
package enum StreamFault: String, Sendable, CaseIterable {
    case none
    /// `closeConnection` is not carried out.
    case keptConnections
    /// A client's stream that closed is not reported.
    case keptStreams
    /// The end of a connection is not reported.
    case keptEnds
    /// `tick` is never called.
    case missedDeadlines
    /// Peers are let in whatever the server says.
    case openDoor
}
