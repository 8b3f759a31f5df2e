import CBench
import LinuxIO
import Primitives
import STUN

/// The control plane of all clients: requests out, answers in, retransmission. What it prepares
/// in advance and sends in batches keeps it well below the cost of any server.
final class Clients {
    private let options: Options
    private let port: PacketPort
    private let requests: Requests
    private(set) var relays: [TransportAddress]
    private var states: [Transaction?]
    private var pending = 0
    /// Time in which there was something to do.
    private(set) var busyNanoseconds: UInt64 = 0
    private var lastRetransmission: UInt64 = 0
    private let room = UnsafeMutableRawPointer.allocate(
        byteCount: Clients.frameSize * PacketPort.batch, alignment: 64)
    private let frames = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)
    private var queued = 0
    private let incoming = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)

    private struct Transaction {
        var method: MessageMethod
        var sentAt: UInt64
        var tries = 1
    }

    private static let frameSize = Header.size + Requests.sizeMax
    private static let triesMax = 8

    /// Clients 0 to `count`, none of which has an allocation yet.
    init(_ options: Options, _ port: PacketPort, count: Int) {
        self.options = options
        self.port = port
        requests = Requests(options, count: count)
        relays = [TransportAddress](
            repeating: TransportAddress(IPAddress(0, 0, 0, 0), 0), count: count)
        states = [Transaction?](repeating: nil, count: count)
    }

    deinit {
        room.deallocate()
        frames.deallocate()
        incoming.deallocate()
    }

    /// Makes an allocation for each of the clients; two round trips each.
    func allocate(_ indices: Range<Int>) throws { try transact(indices, .allocate) }

    /// Gives the allocations back.
    func release(_ indices: Range<Int>) throws { try transact(indices, .refresh) }

    func bindChannels(_ indices: Range<Int>) throws { try transact(indices, .channelBind) }

    /// Keeps a window of clients busy until every one of them has its answer.
    private func transact(_ indices: Range<Int>, _ method: MessageMethod) throws {
        var next = indices.lowerBound
        while next < indices.upperBound || pending > 0 {
            let start = Clock.monotonic().nanoseconds
            let count = port.receive(incoming)
            for position in 0..<count { try receive(incoming[position]) }
            port.release(count)
            while next < indices.upperBound, pending < options.window {
                states[next] = Transaction(method: method, sentAt: Clock.monotonic().nanoseconds)
                pending += 1
                try send(next, method)
                next += 1
            }
            if count == 0 { try retransmit(indices) }
            let isBusy = count > 0 || queued > 0
            try flush()
            if isBusy { busyNanoseconds += Clock.monotonic().nanoseconds - start }
        }
    }

    private func retransmit(_ indices: Range<Int>) throws {
        let now = Clock.monotonic().nanoseconds
        guard now > lastRetransmission + 100_000_000 else { return }
        lastRetransmission = now
        for index in indices {
            guard let state = states[index], now > state.sentAt + 500_000_000 else { continue }
            guard state.tries < Self.triesMax else {
                throw BenchError("no answer to \(state.method) of client \(index)")
            }
            states[index]?.tries += 1
            states[index]?.sentAt = now
            try send(index, state.method)
        }
    }

    // MARK: Sending

    private func send(_ index: Int, _ method: MessageMethod) throws {
        try queue(requests.request(index, method), from: Addresses.client(index))
    }

    private func queue(_ message: [UInt8], from client: TransportAddress) throws {
        if queued == PacketPort.batch { try flush() }
        let frame = room + queued * Self.frameSize
        UnsafeMutableRawBufferPointer(start: frame + Header.size, count: message.count)
            .copyBytes(from: message)
        Header.write(frame, from: client, to: options.server, payload: message.count)
        frames[queued] = cb_frame(
            bytes: frame.assumingMemoryBound(to: UInt8.self),
            length: UInt32(Header.size + message.count),
            segment: 0, arrival: 0)
        queued += 1
    }

    private func flush() throws {
        if queued > 0 { try port.send(frames, queued) }
        queued = 0
    }

    // MARK: Receiving

    private func receive(_ frame: cb_frame) throws {
        guard frame.length > Header.size, let bytes = frame.bytes,
            let index = Addresses.index(ofClient: load32(bytes, Header.destinationIP)),
            states.indices.contains(index), let state = states[index]
        else { return }
        let payload = UnsafeBufferPointer(
            start: bytes + Header.size, count: Int(load16(bytes, 38)) - 8)
        guard let message = try? StunMessage(Span(_unsafeElements: payload)),
            message.method == state.method
        else { return }
        switch message.messageClass {
        case .success:
            if state.method == .allocate {
                guard let relay = try message.xorAddress(.xorRelayedAddress) else {
                    throw BenchError("an allocation without an address")
                }
                relays[index] = relay
            }
            states[index] = nil
            pending -= 1
        case .error: try receiveError(message, index, state)
        default: break
        }
    }

    private func receiveError(
        _ message: borrowing StunMessage, _ index: Int, _ state: Transaction
    ) throws {
        try requests.retry(message, index, state.method)
        // Over and over means a wrong credential.
        guard state.tries < Self.triesMax else {
            throw BenchError("\(state.method) of client \(index) is refused again and again")
        }
        states[index]?.tries += 1
        try send(index, state.method)
    }
}
