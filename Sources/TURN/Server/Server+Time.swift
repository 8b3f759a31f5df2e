package import Primitives

extension Server {
    /// How many timers one `tick` serves: it bounds the actions that wait at once. What is left
    /// stays due, so `nextDeadline` asks for the next `tick` at once.
    private static var timersPerTick: Int { 256 }

    /// Ends what is over by now: permissions, channels, allocations, reservations.
    package mutating func tick(at now: Now) {
        self.now = now
        for _ in 0..<Self.timersPerTick {
            guard let index = timers.nextDue(at: now.monotonic) else { break }
            allocations[index].wakes = .never
            expire(index)
        }
        expireReservations()
        judgeAgain()
    }
}
