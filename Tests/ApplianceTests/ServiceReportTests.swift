import Primitives
import Synchronization
import Testing

@testable import Appliance

@Suite struct ServiceReportTests {
    private final class Heard: Sendable {
        private let messages = Mutex<[[String]]>([])
        func add(_ lines: [String]) { messages.withLock { $0.append(lines) } }
        func take() -> [[String]] {
            messages.withLock { messages in
                defer { messages = [] }
                return messages
            }
        }
    }

    private let heard = Heard()
    private let second = UInt64(1_000_000_000)

    private func report(watchdog: UInt64?) -> ServiceReport {
        ServiceReport(watchdog: watchdog) { [heard] in heard.add($0) }
    }

    @Test func beatsFourTimesWithinTheWatchdog() throws {
        var report = report(watchdog: 8_000_000)
        #expect(report.nextDeadline == .never)
        report.ready(at: MonotonicTime(nanoseconds: second))
        #expect(report.nextDeadline == MonotonicTime(nanoseconds: second))
        let crew = try Crew([])
        #expect(
            report.tick(at: MonotonicTime(nanoseconds: second), crew: crew, allocations: 0) == nil)
        #expect(report.nextDeadline == MonotonicTime(nanoseconds: 3 * second))
        #expect(heard.take().last?.first == "WATCHDOG=1")
        // Too early, also behind a reload.
        report.ready(at: MonotonicTime(nanoseconds: 2 * second))
        _ = heard.take()
        _ = report.tick(at: MonotonicTime(nanoseconds: 2 * second), crew: crew, allocations: 0)
        #expect(heard.take().isEmpty)
        crew.stop()
    }

    @Test func withoutAWatchdogThereAreNoBeats() {
        var report = report(watchdog: nil)
        report.ready(at: MonotonicTime(nanoseconds: 1))
        #expect(report.nextDeadline == .never)
        #expect(heard.take() == [["READY=1", "STATUS=relaying"]])
    }

    @Test func aSilentWorkerIsToldOnceAndStopsTheBeats() throws {
        var report = report(watchdog: 8_000_000)
        let told = report.conclude(silent: [1], allocations: 3)
        let (level, line) = try #require(told)
        #expect(level == .error && line.contains("worker 1 does not answer"))
        let again = report.conclude(silent: [1], allocations: 3)
        #expect(again == nil)
        #expect(heard.take().isEmpty)
        let back = report.conclude(silent: [], allocations: 3)
        #expect(back?.0 == .warning)
        #expect(heard.take() == [["WATCHDOG=1", "STATUS=relaying, 3 allocations"]])
    }

    @Test func aReloadSaysWhenItBegan() {
        report(watchdog: nil).reloading(at: MonotonicTime(nanoseconds: 5_000_900))
        #expect(heard.take()[0].prefix(2) == ["RELOADING=1", "MONOTONIC_USEC=5000"])
    }

    @Test func aStopAsksForTime() {
        var report = report(watchdog: 8_000_000)
        report.stopping(within: 40_000_000)
        _ = report.conclude(silent: [], allocations: 0)
        let messages = heard.take()
        #expect(messages[0].prefix(2) == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=40000000"])
        #expect(messages[1] == ["WATCHDOG=1", "STATUS=callers are told, 0 allocations"])
    }
}
