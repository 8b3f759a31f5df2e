import LinuxIO
import Primitives

/// Sessions that do nothing: what making and keeping them costs.
struct SessionLoad {
    let options: Options
    let server: ServerProcess?

    /// Sessions made before counting: the server's first tables and caches are not the price of
    /// one more.
    private static let warmup = 200
    /// Until the server has done what it does later.
    private static let settleNanoseconds: UInt64 = 3_000_000_000

    func run() throws {
        let fleet = try CallFleet(options, count: Self.warmup + options.flows)
        try fleet.connect(0..<Self.warmup) { _, _ in }
        try fleet.idle(nanoseconds: Self.settleNanoseconds)
        let resident = server?.residentBytes() ?? 0
        let cpu = server?.cpuNanoseconds() ?? 0
        let start = Clock.monotonic().nanoseconds
        try fleet.connect(Self.warmup..<Self.warmup + options.flows) { _, _ in }
        let elapsed = Double(Clock.monotonic().nanoseconds - start)
        let used = Double((server?.cpuNanoseconds() ?? 0) - cpu)
        try fleet.idle(nanoseconds: Self.settleNanoseconds)
        let grown = Double((server?.residentBytes() ?? 0) - resident)
        let count = Double(options.flows)
        print(
            jsonObject([
                ("scenario", "\"sessions\""), ("count", "\(options.flows)"),
                ("wire", "\"\(fleet.wire)\""), ("bytes", number(grown / count)),
                ("perSecond", number(count * 1e9 / elapsed)), ("serverNs", number(used / count)),
            ]))
    }
}
