import CBench
import LinuxIO
import Primitives

/// Clients that speak TCP or TLS, with peers that speak UDP.
final class StreamPath: LoadPath {
    let ledger: Ledger
    private let clients: [StreamClient]
    private let peers: PacketPath
    private let epoll: Epoll
    private let room = StreamRoom()
    /// When streams were looked at last.
    private var lookedAt: UInt64 = 0
    /// A burst; bytes behind stamps never change.
    private let burst = UnsafeMutableRawPointer.allocate(byteCount: 65_536, alignment: 4096)

    init(_ port: PacketPort, _ flows: Flows, _ clients: [StreamClient]) throws {
        self.clients = clients
        peers = PacketPath(port, flows)
        ledger = peers.ledger
        epoll = try Epoll()
        for client in clients {
            try epoll.add(client.raw, .readable, token: UInt64(client.index))
        }
    }

    deinit { burst.deallocate() }

    /// Nanoseconds between two looks at streams, for each packet that may be under way: by then
    /// no server has relayed all of them. A generator that reads every segment by itself would be
    /// slower than the servers.
    private static let lookInterval: UInt64 = 400

    /// What a stream holds is not lost; peers have the usual buffers.
    func windowPerFlow(_ direction: Scenario.Direction) -> Int {
        direction == .up ? 128 : peers.windowPerFlow(direction)
    }

    func prepare() throws {
        peers.prepare()
        while try receiveStreams({ _, _, _, _ in }) > 0 {}
        burst.initializeMemory(as: UInt8.self, repeating: Stamp.pattern, count: 65_536)
    }

    func send(turns: Int, _ now: UInt64) throws {
        guard ledger.isUp else { return try peers.send(turns: turns, now) }
        for _ in 0..<turns {
            let index = ledger.takeTurn()
            let count = ledger.stamp(burst, flow: index, now)
            try clients[index].send(UnsafeRawBufferPointer(start: burst, count: count), room)
        }
    }

    func receive() throws -> (events: Int, packets: Int) {
        if ledger.isUp { return peers.receive() }
        let now = cb_now()
        guard
            ledger.scenario.rate != nil
                || now > lookedAt + Self.lookInterval * UInt64(ledger.window)
        else {
            return (0, 0)
        }
        lookedAt = now
        let before = ledger.result.received
        let events = try receiveStreams { index, frame, length, now in
            check(frame, length, of: index, now)
        }
        return (events, Int(ledger.result.received - before))
    }

    /// Reads every stream once in which something waits; returns how many there were.
    private func receiveStreams(
        _ body: (Int, UnsafeRawPointer, Int, UInt64) throws -> Void
    ) throws -> Int {
        let count = epoll.wait(milliseconds: 0)
        for place in 0..<count {
            let client = clients[Int(epoll[place].token)]
            _ = try client.receive(room) { try body(client.index, $0, $1, $2) }
        }
        return count
    }

    private func check(_ frame: UnsafeRawPointer, _ length: Int, of client: Int, _ now: UInt64) {
        let payload = frame + 4
        guard let index = ledger.identify(payload, length: length - 4) else { return }
        guard index == client, ledger.isHeader(frame, of: ledger.flows.list[index]) else {
            return ledger.bad()
        }
        ledger.accept(payload, flow: index, now)
    }
}
