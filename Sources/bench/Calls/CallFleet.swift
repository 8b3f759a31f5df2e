import CBench
import Crypto
import LinuxIO
import Primitives

/// All callers, and the one loop that serves them.
final class CallFleet {
    let options: Options
    let room = StreamRoom()
    let output = FrameBuffer()
    private(set) var clients: [CallClient] = []
    private let context: TLSContext?
    private let epoll: Epoll
    /// Time in which there was something to do.
    private(set) var busyNanoseconds: UInt64 = 0

    /// `count` callers, none of whom is connected.
    init(_ options: Options, count: Int) throws {
        self.options = options
        context =
            options.transport == .tls
            ? try TLSContext(
                TLSSettings(trust: .anyone), transport: .stream, role: .client) : nil
        epoll = try Epoll()
        let tokens = ClientTokens(secret: options.secret)
        clients = (0..<count).map { index in
            let name = "user\(index)"
            return CallClient(index, name: name, token: tokens.token(user: name))
        }
    }

    /// What carries the frames.
    var wire: String { clients.first?.wire?.name ?? "" }

    /// Connects these, `options.window` at a time, until each has its session.
    func connect(_ indices: Range<Int>, _ body: (CallClient, ServerFrame) throws -> Void) throws {
        var next = indices.lowerBound
        var pending: [Int] = []
        var progress = cb_now()
        while next < indices.upperBound || !pending.isEmpty {
            while next < indices.upperBound, pending.count < options.window {
                try clients[next].connect(options, context)
                guard let raw = clients[next].wire?.raw else { continue }
                try epoll.add(raw, [.readable, .writable], token: UInt64(next))
                pending.append(next)
                next += 1
            }
            if try serve(body) > 0 { progress = cb_now() }
            pending.removeAll { clients[$0].stage == .ready }
            guard cb_now() < progress + 10_000_000_000 else {
                throw BenchError("\(pending.count) clients get no session")
            }
        }
    }

    /// Serves every socket once in which something waits; returns how many there were.
    func serve(_ body: (CallClient, ServerFrame) throws -> Void) throws -> Int {
        let start = cb_now()
        let count = epoll.wait(milliseconds: 0)
        for place in 0..<count {
            let client = clients[Int(epoll[place].token)]
            let wasConnecting = client.stage == .connecting
            try client.serve(self) { try body(client, $0) }
            if wasConnecting, client.stage != .connecting, let raw = client.wire?.raw {
                try epoll.modify(raw, .readable, token: UInt64(client.index))
            }
        }
        if count > 0 { busyNanoseconds += cb_now() - start }
        return count
    }

    /// Serves for so long.
    func idle(nanoseconds: UInt64) throws {
        let end = cb_now() + nanoseconds
        while cb_now() < end {
            _ = epoll.wait(milliseconds: 1)
            _ = try serve { _, _ in }
        }
    }
}
