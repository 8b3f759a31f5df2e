import CBench
import LinuxIO
import Primitives

/// Calls from the ring to the hang-up, each between two users of their own.
///
/// The caller offers and trickles its candidates; the callee says that it rings, answers and
/// trickles its own; once both have everything they report that they are connected, and then the
/// caller hangs up. What follows a request waits for its answer, so a call has about ten round
/// trips.
final class SetupLoad {
    private let fleet: CallFleet
    private let server: ServerProcess?
    private let script = CallScript()
    /// Names of calls differ from those of earlier runs, which the server remembers.
    private let run = cb_now() / 1_000_000_000
    private var sides: [Side]
    private var pairs: [Pair]
    /// Pairs that have no call, the one that waits longest first.
    private var free: [Int] = []
    private var freeStart = 0
    private var running = 0
    private var started = 0
    private var done = 0
    private var refused = 0
    private var starved = 0
    private var histogram = Histogram()

    private struct Pair {
        var number = 0
        var startedAt: UInt64 = 0
        /// Of both sides: connected, and through.
        var connected = 0
        var ended = 0
    }

    private struct Side {
        enum Step {
            case idle
            case calling
            case ringing
            case answering
            case trickling
            case waiting
            case connecting
            case connected
            case ending
        }

        var step = Step.idle
        var awaited = 0
        var sent = 0
        var received = 0
        var hasAnswer = false
    }

    init(_ fleet: CallFleet, _ server: ServerProcess?) {
        self.fleet = fleet
        self.server = server
        sides = [Side](repeating: Side(), count: fleet.clients.count)
        pairs = [Pair](repeating: Pair(), count: fleet.clients.count / 2)
        free = Array(pairs.indices)
    }

    /// `rate` set-ups in a second; nil: `options.window` calls at a time, as fast as they go.
    func run(rate: Int?) throws -> String {
        try phase(fleet.options.warmup, rate)
        (started, done, refused, starved) = (0, 0, 0, 0)
        histogram = Histogram()
        let busy = fleet.busyNanoseconds
        let cpu = server?.cpuNanoseconds() ?? 0
        let start = cb_now()
        try phase(fleet.options.seconds, rate)
        let elapsed = Double(cb_now() - start)
        let used = Double((server?.cpuNanoseconds() ?? 0) - cpu)
        let (count, begun) = (done, started)
        let busyShare = Double(fleet.busyNanoseconds - busy) / elapsed
        try settle()
        return jsonObject([
            ("scenario", "\"\(rate.map { "setup@\($0)" } ?? "setup")\""),
            ("perSecond", number(Double(count) * 1e9 / elapsed)),
            ("startedPerSecond", number(Double(begun) * 1e9 / elapsed)),
            ("serverNs", number(used / Double(max(1, count)))),
            ("serverBusy", number(used / elapsed)), ("generatorBusy", number(busyShare)),
            ("p50us", number(Double(histogram.quantile(0.5)) / 1000)),
            ("p99us", number(Double(histogram.quantile(0.99)) / 1000)),
            ("refused", "\(refused)"), ("starved", "\(starved)"), ("lost", "\(running)"),
            ("bad", "\(fleet.clients.reduce(0) { $0 + $1.gaps + $1.foreign })"),
        ])
    }

    private func phase(_ seconds: Double, _ rate: Int?) throws {
        var now = cb_now()
        let end = now + UInt64(seconds * 1e9)
        var due = now
        while now < end {
            if let rate {
                while due <= now {
                    try startNext()
                    due += 1_000_000_000 / UInt64(rate)
                }
            } else {
                while running < fleet.options.window { try startNext() }
            }
            _ = try fleet.serve { try receive($0, $1) }
            now = cb_now()
        }
    }

    /// Lets calls come to their end.
    func settle() throws {
        let end = cb_now() + 5_000_000_000
        while running > 0, cb_now() < end { _ = try fleet.serve { try receive($0, $1) } }
    }

    private func startNext() throws {
        guard freeStart < free.count else {
            starved += 1
            if fleet.options.rates.isEmpty || running == 0 { throw BenchError("no pair is free") }
            return
        }
        let index = free[freeStart]
        freeStart += 1
        if freeStart > 4096 {
            free.removeFirst(freeStart)
            freeStart = 0
        }
        try begin(index)
    }

    private func begin(_ index: Int) throws {
        let (caller, callee) = (fleet.clients[2 * index], fleet.clients[2 * index + 1])
        pairs[index].number += 1
        pairs[index].connected = 0
        pairs[index].ended = 0
        caller.call = Array("\(run)-\(index)-\(pairs[index].number)".utf8)
        callee.call = caller.call
        sides[2 * index] = Side(step: .calling)
        sides[2 * index + 1] = Side(step: .idle)
        (running, started) = (running + 1, started + 1)
        pairs[index].startedAt = cb_now()
        sides[2 * index].awaited = script.initiate(caller, to: callee.name, fleet.output)
        try caller.flush(fleet)
    }

    // MARK: What the server says

    private func receive(_ client: CallClient, _ frame: ServerFrame) throws {
        let index = client.index
        switch frame.kind {
        case .ok where frame.id == sides[index].awaited: try goOn(client)
        case .error:
            refused += 1
            if refused == 1 {
                StandardStream.error.write(
                    "bench: \(client.name): \(String(decoding: frame.payload, as: UTF8.self))\n")
            }
        case .offer:
            sides[index].step = .ringing
            sides[index].awaited = script.short("call:ringing", client, fleet.output)
        case .answer:
            histogram.add(cb_now() - pairs[index / 2].startedAt)
            sides[index].hasAnswer = true
            connectIfComplete(client)
        case .candidate:
            sides[index].received += 1
            connectIfComplete(client)
        case .end: finish(index)
        default: break
        }
        try client.flush(fleet)
    }

    /// The request that was waited for has its answer.
    private func goOn(_ client: CallClient) throws {
        let index = client.index
        switch sides[index].step {
        case .calling, .answering: trickle(client)
        case .trickling:
            sides[index].sent += CallScript.burst
            if sides[index].sent < CallScript.candidates {
                trickle(client)
            } else {
                sides[index].step = .waiting
                connectIfComplete(client)
            }
        case .ringing:
            sides[index].step = .answering
            sides[index].awaited = script.answer(client, fleet.output)
        case .connecting:
            sides[index].step = .connected
            pairs[index / 2].connected += 1
            if pairs[index / 2].connected == 2 {
                try client.flush(fleet)
                try hangUp(fleet.clients[index & ~1])
            }
        case .ending: finish(index)
        case .idle, .waiting, .connected: break
        }
    }

    private func trickle(_ client: CallClient) {
        sides[client.index].step = .trickling
        sides[client.index].awaited = script.candidates(
            client, behind: sides[client.index].sent, fleet.output)
    }

    private func connectIfComplete(_ client: CallClient) {
        let index = client.index
        guard sides[index].step == .waiting, sides[index].received == CallScript.candidates,
            index & 1 == 1 || sides[index].hasAnswer
        else { return }
        sides[index].step = .connecting
        sides[index].awaited = script.short("call:connected", client, fleet.output)
    }

    private func hangUp(_ caller: CallClient) throws {
        sides[caller.index].step = .ending
        sides[caller.index].awaited = script.short("call:end", caller, fleet.output)
        try caller.flush(fleet)
    }

    private func finish(_ index: Int) {
        guard sides[index].step != .idle else { return }
        sides[index].step = .idle
        pairs[index / 2].ended += 1
        guard pairs[index / 2].ended == 2 else { return }
        (running, done) = (running - 1, done + 1)
        free.append(index / 2)
    }
}
