import Admin
import LinuxIO
import Primitives
import WebAPI

/// The process as the system sees it.
struct ProcessNumbers {
    /// Unix time at which it began to serve.
    var started: UInt64
    var residentBytes: Int
    /// Seconds of CPU time of all threads.
    var cpuSeconds: Double
    var openFiles: Int
    /// Nil where the system does not tell.
    var openFilesMax: Int?

    init(at now: Now, uptime: UInt64) {
        started = now.unixSeconds - min(uptime, now.unixSeconds)
        residentBytes = Process.residentBytes()
        cpuSeconds = Double(Clock.processCPU()) / 1_000_000_000
        openFiles = Process.openFiles()
        openFilesMax = Process.openFilesMax()
    }
}

extension MetricsText {
    /// Under the names that Prometheus' own libraries give them.
    mutating func add(_ process: ProcessNumbers) {
        add(
            "build_info", .gauge, "What runs here; always 1.",
            [Sample([("version", TurnstoneVersion.current)], UInt64(1))])
        add(
            foreign: "process_start_time_seconds", .gauge, "When it began to serve, unix time.",
            [Sample([], process.started)])
        add(
            foreign: "process_cpu_seconds_total", .counter, "CPU time of all threads.",
            [Sample([], process.cpuSeconds)])
        add(
            foreign: "process_resident_memory_bytes", .gauge, "Memory held now.",
            [Sample([], UInt64(process.residentBytes))])
        add(
            foreign: "process_open_fds", .gauge, "Open descriptors.",
            [Sample([], UInt64(process.openFiles))])
        if let max = process.openFilesMax {
            add(
                foreign: "process_max_fds", .gauge, "Descriptors that the system allows.",
                [Sample([], UInt64(max))])
        }
    }
}
