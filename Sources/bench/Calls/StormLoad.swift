import CBench
import LinuxIO

/// All sockets vanish at once, and all sessions are resumed. Every tenth client is the caller of an
/// active call with the next one, and has just said something that nobody has confirmed.
final class StormLoad {
    private let fleet: CallFleet
    private let options: Options
    private let script = CallScript()
    /// By client: what it is told of words of the other side, and which words were answered.
    private var heard: [Int]
    private var pending: [Int]
    private var resumed = 0
    private var resumedAt: UInt64 = 0
    private var brokenCalls = 0

    private static let spacing = 10

    init(_ options: Options) throws {
        self.options = options
        fleet = try CallFleet(options, count: options.flows)
        heard = [Int](repeating: 0, count: options.flows)
        pending = [Int](repeating: 0, count: options.flows)
    }

    private var callers: StrideTo<Int> {
        stride(from: 0, to: options.flows - 1, by: Self.spacing)
    }

    func run(_ server: ServerProcess?) throws {
        try fleet.connect(0..<options.flows) { _, _ in }
        for caller in callers { try call(caller) }
        try wait(for: "calls to be answered") { callers.allSatisfy { pending[$0 + 1] == 0 } }
        for caller in callers { try say(1, caller) }
        let cpu = server?.cpuNanoseconds() ?? 0
        let start = cb_now()
        for client in fleet.clients { client.drop() }
        let dropped = Double(cb_now() - start)
        try fleet.connect(0..<options.flows) { try receive($0, $1) }
        try wait(for: "words said before the storm") { callers.allSatisfy { isSettled($0, 1) } }
        let elapsed = Double(resumedAt - start)
        let used = Double((server?.cpuNanoseconds() ?? 0) - cpu)
        // Calls that go on: words pass in both directions.
        for caller in callers {
            try say(2, caller)
            try say(2, caller + 1)
        }
        try wait(for: "words said after the storm") {
            callers.allSatisfy { isSettled($0, 2) && isSettled($0 + 1, 2) }
        }
        report(elapsed, dropped, used)
    }

    private func report(_ elapsed: Double, _ dropped: Double, _ used: Double) {
        let calls = callers.reduce(0) { count, _ in count + 1 }
        let wrong = callers.count { heard[$0 + 1] != 2 || heard[$0] != 1 }
        print(
            jsonObject([
                ("scenario", "\"storm\""), ("count", "\(options.flows)"), ("calls", "\(calls)"),
                ("seconds", number(elapsed / 1e9)), ("dropSeconds", number(dropped / 1e9)),
                ("serverNs", number(used / Double(options.flows))),
                ("lost", "\(options.flows - resumed)"),
                ("bad", "\(fleet.clients.reduce(0) { $0 + $1.gaps + $1.foreign })"),
                ("brokenCalls", "\(brokenCalls)"), ("wrongWords", "\(wrong)"),
            ]))
    }

    private func call(_ index: Int) throws {
        let (caller, callee) = (fleet.clients[index], fleet.clients[index + 1])
        caller.call = Array("storm-\(index)".utf8)
        callee.call = caller.call
        pending[index + 1] = -1
        _ = script.initiate(caller, to: callee.name, fleet.output)
        try caller.flush(fleet)
    }

    private func say(_ number: Int, _ index: Int) throws {
        pending[index] = script.message(number, fleet.clients[index], fleet.output)
        try fleet.clients[index].flush(fleet)
    }

    /// Whether what the client said last is confirmed and has arrived.
    private func isSettled(_ index: Int, _ number: Int) -> Bool {
        let other = index % Self.spacing == 0 ? index + 1 : index - 1
        let expected = index % Self.spacing == 0 ? number : number - 1
        return pending[index] == 0 && heard[other] >= expected
    }

    private func wait(for what: String, _ condition: () -> Bool) throws {
        let end = cb_now() + 20_000_000_000
        while !condition() {
            for _ in 0..<64 { _ = try fleet.serve { try receive($0, $1) } }
            guard cb_now() < end else { throw BenchError("waited in vain for \(what)") }
        }
    }

    private func receive(_ client: CallClient, _ frame: ServerFrame) throws {
        let index = client.index
        switch frame.kind {
        case .offer: pending[index] = script.answer(client, fleet.output)
        case .ok where frame.id == pending[index]: pending[index] = 0
        case .appMessage: heard[index] += 1
        case .welcome: try resume(client, frame)
        case .error:
            throw BenchError(
                "\(client.name): \(String(decoding: frame.payload, as: UTF8.self))")
        default: break
        }
        try client.flush(fleet)
    }

    /// As clients do it: what is unanswered and not known to the server is said again.
    private func resume(_ client: CallClient, _ welcome: ServerFrame) throws {
        if client.isResumed { resumed += 1 }
        resumedAt = cb_now()
        guard !client.call.isEmpty else { return }
        let call = String(decoding: client.call, as: UTF8.self)
        if !welcome.contains("\"call_id\":\"\(call)\"") { brokenCalls += 1 }
        let id = pending[client.index]
        if id > 0, welcome.number("last_client_id") ?? 0 < id {
            _ = script.message(1, client, fleet.output, id: id)
        }
    }
}
