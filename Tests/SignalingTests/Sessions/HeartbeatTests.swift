import Primitives
import Testing

@testable import Signaling

@Suite struct HeartbeatTests {
    private func now(_ seconds: UInt64) -> Now {
        Now(monotonic: MonotonicTime(nanoseconds: seconds * 1_000_000_000), unixSeconds: seconds)
    }

    @Test("S3-1: a ping every 25 s, 10 % spread, and the end after 45 s of silence")
    func pingAndTimeout() {
        for phase in stride(from: UInt64(0), through: 20_000, by: 77) {
            let beat = Heartbeat(at: now(100), phase: phase)
            let delay = beat.pingDue.nanoseconds / 1_000_000 - 100_000
            #expect((22_500...27_500).contains(delay))
            #expect(beat.givesUpAt == now(145).monotonic)
        }
    }

    @Test("S3-1: any frame counts as a sign of life")
    func anyFrameCounts() {
        var beat = Heartbeat(at: now(0), phase: 0)
        beat.heard(at: now(30))
        #expect(beat.givesUpAt == now(75).monotonic)
        #expect(beat.nextDeadline == beat.pingDue)
    }
}
