import LinuxIO
import Primitives
import Testing

@Suite struct ClockTests {
    @Test func clocksRun() {
        let first = Clock.now()
        let second = Clock.now()
        #expect(second.monotonic >= first.monotonic)
        // 2025-01-01: a clock that stands before this program was written is not set.
        #expect(first.unixSeconds > 1_735_689_600)
        #expect(Clock.threadCPU() > 0)
    }
}
