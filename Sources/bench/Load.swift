import CBench
import LinuxIO
import Primitives

/// How packets go into the server and come out of it.
protocol LoadPath: AnyObject {
    var ledger: Ledger { get }
    /// How many packets of one flow may be under way in that direction.
    func windowPerFlow(_ direction: Scenario.Direction) -> Int
    /// Gets ready for `ledger.scenario`; what is left of the last one is thrown away.
    func prepare() throws
    /// Sends a burst of each of the flows whose turn comes next.
    func send(turns: Int, _ now: UInt64) throws
    /// Checks what has arrived; `events` is 0 when nothing has.
    func receive() throws -> (events: Int, packets: Int)
}

/// Sends packets through the relay, checks what comes out, and measures.
final class Load<Path: LoadPath> {
    private let options: Options
    private let path: Path
    private let ledger: Ledger
    private let server: ServerProcess?

    private var scenario = Scenario.none
    private var inFlight = 0

    init(options: Options, path: Path, server: ServerProcess?) {
        self.options = options
        self.path = path
        self.server = server
        ledger = path.ledger
    }

    func run(_ scenario: Scenario) throws -> LoadResult {
        self.scenario = scenario
        let perFlow = path.windowPerFlow(scenario.direction)
        ledger.begin(scenario, window: min(options.window, perFlow * scenario.flows))
        inFlight = 0
        try path.prepare()
        try phase(options.warmup)
        ledger.clear()
        let processBefore = server?.cpuNanoseconds() ?? 0
        let before = cb_now()
        try phase(options.seconds)
        let elapsed = cb_now() - before
        ledger.finish(
            elapsed: elapsed, server: (server?.cpuNanoseconds() ?? 0) - processBefore)
        try settle()
        return ledger.result
    }

    private func phase(_ seconds: Double) throws {
        if let rate = scenario.rate {
            try pace(seconds, rate: rate)
        } else {
            try saturate(seconds)
        }
    }

    /// Keeps a window of packets in flight; the slower side sets the pace and nothing is lost.
    private func saturate(_ seconds: Double) throws {
        let window = ledger.window
        var now = cb_now()
        let end = now + UInt64(seconds * 1e9)
        var progress = now
        while now < end {
            let got = try receive()
            let free = window - inFlight
            let sent = free >= scenario.burst ? min(free / scenario.burst, PacketPort.batch) : 0
            if sent > 0 { try send(sent, now) }
            let after = cb_now()
            if got > 0 || sent > 0 {
                ledger.result.busyNanoseconds += after - now
                progress = after
            } else if after - progress > 100_000_000 {
                // Nothing has come for a tenth of a second: the window is lost.
                ledger.result.lost += UInt64(inFlight)
                inFlight = 0
            }
            now = after
        }
    }

    /// Sends at a fixed rate, whatever comes back.
    private func pace(_ seconds: Double, rate: Int) throws {
        let interval = UInt64(1_000_000_000 * scenario.burst / rate)
        var now = cb_now()
        let end = now + UInt64(seconds * 1e9)
        var due = now
        while now < end {
            let got = try receive()
            var sent = 0
            if now >= due {
                try send(1, now)
                sent = 1
                due += interval
                // After a hole in our own schedule the debt is not paid in one go.
                if due + 1_000_000 < now { due = now }
            }
            let after = cb_now()
            if got > 0 || sent > 0 { ledger.result.busyNanoseconds += after - now }
            now = after
        }
    }

    /// Waits for what is still on its way, so that it does not count in the next scenario.
    private func settle() throws {
        let end = cb_now() + 50_000_000
        while inFlight > 0, cb_now() < end {
            _ = try receive()
        }
        if scenario.rate != nil { ledger.result.lost += UInt64(max(0, inFlight)) }
    }

    private func send(_ turns: Int, _ now: UInt64) throws {
        try path.send(turns: turns, now)
        inFlight += turns * scenario.burst
        ledger.result.sent += UInt64(turns * scenario.burst)
    }

    private func receive() throws -> Int {
        let got = try path.receive()
        inFlight = max(0, inFlight - got.packets)
        return got.events
    }
}
