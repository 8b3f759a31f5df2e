import LinuxIO
import Primitives

/// What the service manager hears of the daemon (sd_notify(3)): that it is ready, reads its file
/// again, stops, and, where the unit has a watchdog, that it is alive.
///
/// Alive is the control thread together with every worker: a beat goes to all workers, and the
/// manager is told at the next one if all of them have answered. So a thread that hangs ends in a
/// restart, which `Restart=` of the unit makes.
struct ServiceReport {
    /// Nanoseconds between two beats; nil without a watchdog.
    private let interval: UInt64?
    private var beat: UInt64 = 0
    private var silentBefore: [Int] = []
    private var isStopping = false
    /// When `tick` has something to do.
    private(set) var nextDeadline = MonotonicTime.never
    private let tell: ([String]) -> Void

    /// `watchdog` is how long the manager waits for a sign of life, in microseconds. Four beats fit
    /// in, so that one that comes late does no harm.
    init(
        watchdog: UInt64? = ServiceManager.watchdogMicroseconds,
        tell: @escaping ([String]) -> Void = { ServiceManager.notify($0) }
    ) {
        interval = watchdog.map { $0 / 4 * 1_000 }
        self.tell = tell
    }

    /// Everything is open and the workers run.
    mutating func ready(at now: MonotonicTime) {
        tell(["READY=1", "STATUS=relaying"])
        // Behind a reload the beats go on as they came.
        if interval != nil, nextDeadline == .never { nextDeadline = now }
    }

    /// The file is read again; `ready` says when that is done.
    func reloading(at now: MonotonicTime) {
        tell([
            "RELOADING=1", "MONOTONIC_USEC=\(now.nanoseconds / 1_000)",
            "STATUS=reading the configuration",
        ])
    }

    /// However long the unit's TimeoutStopSec is.
    mutating func stopping(within microseconds: UInt64) {
        isStopping = true
        tell(["STOPPING=1", "EXTEND_TIMEOUT_USEC=\(microseconds)", "STATUS=callers are told"])
    }

    /// Beats when it is time to. Returns a line for the log when workers fell silent, or are back.
    mutating func tick(
        at now: MonotonicTime, crew: borrowing Crew, allocations: Int
    ) -> (LogLevel, String)? {
        guard let interval, nextDeadline <= now else { return nil }
        nextDeadline = MonotonicTime(nanoseconds: now.nanoseconds + interval)
        let silent = crew.silent(since: beat)
        beat += 1
        crew.beat(beat)
        return conclude(silent: silent, allocations: allocations)
    }

    /// Tells the manager unless a worker is silent.
    mutating func conclude(silent: [Int], allocations: Int) -> (LogLevel, String)? {
        defer { silentBefore = silent }
        if silent.isEmpty {
            let status = isStopping ? "callers are told" : "relaying"
            tell(["WATCHDOG=1", "STATUS=\(status), \(allocations) allocations"])
            return silentBefore.isEmpty ? nil : (.warning, "all workers answer again")
        }
        guard silent != silentBefore else { return nil }
        let names = silent.map(String.init).joined(separator: ", ")
        return (
            .error,
            "worker \(names) does not answer; unless it does, the service manager starts again"
        )
    }
}
