import HeapCount
import Simulator
import Testing

/// Clients behind streams whose relays pass connections (RFC 6062).
@Suite(
    .disabled(
        if: under_thread_sanitizer(), "one thread plays a world: no race to find, in many minutes"))
struct StreamWorldTests {
    /// How many worlds an ordinary run plays: about ten seconds in debug.
    private static let worlds: UInt64 = 16

    /// Worlds that are worth to be played for ever, each with what it is known for.
    private static let pinned: [UInt64] = [
        34,  // two late workers, three connections per user: answers to streams that are gone
        46,  // three late workers that connect to each other's relays
        59,  // late at the very end
        79,  // four ports for ten clients on three late workers
    ]

    @Test(arguments: Array(1...worlds) + pinned)
    func invariantsHold(seed: UInt64) {
        let world = StreamWorld(StreamScenario(seed: seed))
        world.run()
        #expect(world.violations.isEmpty, "\(world.violations.first ?? "")")
    }

    /// An invariant that cannot fail proves nothing.
    @Test(
        arguments: [
            (StreamFault.keptConnections, "has connections"),
            (.keptStreams, "the rules say"),
            (.keptEnds, "has connections"),
            (.missedDeadlines, "deadline in the past"),
            (.openDoor, "the rules say false"),
        ])
    func plantedMistakesAreNoticed(fault: StreamFault, words: String) {
        var found: [String] = []
        for seed: UInt64 in 1...12 {
            var scenario = StreamScenario(seed: seed)
            scenario.fault = fault
            let world = StreamWorld(scenario)
            world.run()
            found += world.violations.prefix(1)
            if found.contains(where: { $0.contains(words) }) { break }
        }
        #expect(found.contains { $0.contains(words) }, "\(fault): \(found)")
    }

    /// The worlds are busy: everything that an invariant is about happens in them.
    @Test func worldsAreBusy() {
        var sum = StreamWorld.Statistics()
        for seed: UInt64 in 1...8 {
            let world = StreamWorld(StreamScenario(seed: seed))
            world.run()
            sum.add(world.statistics)
        }
        #expect(sum.allocations > 100)
        #expect(sum.made > 100 && sum.accepted > 100 && sum.sentAway > 100)
        #expect(sum.bound > 50)
        #expect(sum.betweenRelays > 5)
        #expect(sum.streamsClosed > 50)
        for code: UInt16 in [400, 403, 437, 441, 443, 446, 447, 486, 508] {
            #expect(sum.refused[code, default: 0] > 0, "\(code) never answered")
        }
    }
}
