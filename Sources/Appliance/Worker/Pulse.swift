import Synchronization

/// The last beat that a worker answered; the control thread reads it and never waits.
final class Pulse: Sendable {
    private let answered = Atomic<UInt64>(0)

    var last: UInt64 { answered.load(ordering: .relaxed) }

    func answer(_ beat: UInt64) { answered.store(beat, ordering: .relaxed) }
}
