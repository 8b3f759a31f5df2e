import LinuxIO
import Primitives

/// Connections that do nothing: what making and keeping them costs.
struct IdleLoad {
    let options: Options
    let server: ServerProcess?

    /// Connections made before counting: the server's first tables and caches are not the price
    /// of one more.
    private static let warmup = 200
    /// Until the server has done what it does later.
    private static let settleMilliseconds: Int32 = 2_000

    func run() throws {
        let clients = try StreamClients(options, count: Self.warmup + options.flows)
        try clients.connect(Self.warmup)
        try clients.allocate(Self.warmup)
        try report("connect", options.flows) { try clients.connect(options.flows) }
        // Half of them: the usual limit on a process's descriptors leaves no room for more relays.
        let allocations = options.flows / 2
        try report("allocateIdle", allocations) { try clients.allocate(allocations) }
    }

    /// Runs `body`, which does something for `count` connections.
    private func report(
        _ name: String, _ count: Int, _ body: () throws -> Void
    ) throws {
        let resident = try settledBytes()
        let cpu = server?.cpuNanoseconds() ?? 0
        let start = Clock.monotonic().nanoseconds
        try body()
        let elapsed = Double(Clock.monotonic().nanoseconds - start)
        let used = Double((server?.cpuNanoseconds() ?? 0) - cpu)
        let grown = Double(try settledBytes() - resident)
        let divisor = Double(max(1, count))
        print(
            jsonObject([
                ("scenario", "\"\(name)\""), ("count", "\(count)"),
                ("perSecond", number(divisor * 1e9 / elapsed)),
                ("serverNs", number(used / divisor)), ("bytes", number(grown / divisor)),
            ]))
    }

    private func settledBytes() throws -> Int {
        _ = try Epoll(capacity: 1).wait(milliseconds: Self.settleMilliseconds)
        return server?.residentBytes() ?? 0
    }
}
