import HeapCount
import Simulator
import Testing

@Suite(
    .disabled(
        if: under_thread_sanitizer(), "one thread plays a world: no race to find, in many minutes"))
struct SimulationTests {
    /// How many worlds an ordinary run plays: about ten seconds in debug. The seed of a failure
    /// is in its message; it goes into `pinned`.
    private static let worlds: UInt64 = 24

    /// Worlds that are worth to be played for ever, each with what it is known for.
    private static let pinned: [UInt64] = [
        11,  // four ports for seven clients, time-limited names, no loss
        13,  // every allocation over at once after a long sleep
        29,  // channels that end between two turns of the timer wheel
        46,  // a channel ends under a living permission while the worker is late
    ]

    @Test(arguments: 1...worlds)
    func invariantsHold(seed: UInt64) {
        let world = World(Scenario(seed: seed))
        world.run()
        #expect(world.violations.isEmpty, "\(world.violations.first ?? "")")
    }

    @Test(arguments: pinned)
    func invariantsHoldInPinnedWorlds(seed: UInt64) {
        let world = World(Scenario(seed: seed))
        world.run()
        #expect(world.violations.isEmpty, "\(world.violations.first ?? "")")
    }

    /// An invariant that cannot fail proves nothing: each planted mistake is noticed in some
    /// of these worlds, by the invariant it belongs to.
    @Test(
        arguments: [
            (SimulatedFault.permissionsLiveTooLong, "the rules say"),
            (.keptFlows, "the rules say"),
            (.leakedPort, "ports in use"),
            (.leakedQuota, "ledger"),
            (.alteredAnswer, "answer differs"),
            (.leakedSocket, "has sockets"),
            (.missedDeadlines, "deadline in the past"),
        ])
    func plantedMistakesAreNoticed(fault: SimulatedFault, words: String) {
        var found: [String] = []
        for seed: UInt64 in 1...12 {
            var scenario = Scenario(seed: seed, steps: 2000)
            scenario.fault = fault
            let world = World(scenario)
            world.run()
            found += world.violations.prefix(1)
            if found.contains(where: { $0.contains(words) }) { break }
        }
        #expect(found.contains { $0.contains(words) }, "\(fault): \(found)")
    }

    /// The worlds are busy: everything that an invariant is about happens in them.
    @Test func worldsAreBusy() {
        var sum = World.Statistics()
        for seed: UInt64 in 1...8 {
            let world = World(Scenario(seed: seed))
            world.run()
            sum.add(world.statistics)
        }
        #expect(sum.allocations > 100)
        #expect(sum.relayedUp > 300 && sum.relayedDown > 300)
        #expect(sum.hairpinned > 10)
        #expect(sum.withheld > 1000)
        #expect(sum.repeatedSuccesses > 50)
        #expect(sum.evicted > 5)
        for code: UInt16 in [400, 401, 403, 437, 438, 441, 443, 486, 508] {
            #expect(sum.refused[code, default: 0] > 0, "\(code) never answered")
        }
    }
}
