import CBench
import LinuxIO
import Primitives

/// What the generator writes at the start of every payload.
enum Stamp {
    static let magic: UInt32 = 0x7475_726e
    /// Magic 4, flow 4, number 8, time 8.
    static let size = 24
}

/// Sends packets through the relay, checks what comes out, and measures.
final class PacketLoad {
    private let options: Options
    private let port: PacketPort
    private var flows: Flows
    private let server: ServerProcess?
    private let frames = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)
    private let incoming = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)
    /// A frame per place of a batch; payloads beyond the stamp never change.
    private let room: UnsafeMutableRawPointer
    private static let frameSize = 49_152
    private static let pattern: UInt8 = 0xa5

    private var scenario = Scenario.none
    private var nextFlow = 0
    private var inFlight = 0
    private var result = LoadResult()
    private var histogram = Histogram()

    init(options: Options, port: PacketPort, flows: Flows, server: ServerProcess?) {
        self.options = options
        self.port = port
        self.flows = flows
        self.server = server
        let size = Self.frameSize * PacketPort.batch
        room = .allocate(byteCount: size, alignment: 4096)
        room.initializeMemory(as: UInt8.self, repeating: Self.pattern, count: size)
    }

    deinit {
        frames.deallocate()
        incoming.deallocate()
        room.deallocate()
    }

    func run(_ scenario: Scenario) throws -> LoadResult {
        self.scenario = scenario
        nextFlow = 0
        inFlight = 0
        drain()
        // Channel headers of the last scenario stand in the pattern.
        room.initializeMemory(
            as: UInt8.self, repeating: Self.pattern, count: Self.frameSize * PacketPort.batch)
        try phase(options.warmup)
        histogram = Histogram()
        result = LoadResult()
        let processBefore = server?.cpuNanoseconds() ?? 0
        let before = cb_now()
        try phase(options.seconds)
        let elapsed = cb_now() - before
        result.serverNanoseconds = (server?.cpuNanoseconds() ?? 0) - processBefore
        result.elapsedNanoseconds = elapsed
        result.scenario = scenario.text
        result.p50 = histogram.quantile(0.5)
        result.p99 = histogram.quantile(0.99)
        settle()
        return result
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
        // Few flows get a smaller window: the default socket buffer of one relay holds that many.
        let window = min(options.window, 32 * scenario.flows)
        var now = cb_now()
        let end = now + UInt64(seconds * 1e9)
        var progress = now
        while now < end {
            let got = receiveBatch()
            let free = window - inFlight
            let sent = free >= scenario.burst ? min(free / scenario.burst, PacketPort.batch) : 0
            if sent > 0 { try sendBatch(sent, now) }
            let after = cb_now()
            if got > 0 || sent > 0 {
                result.busyNanoseconds += after - now
                progress = after
            } else if after - progress > 100_000_000 {
                // Nothing has come for a tenth of a second: the window is lost.
                result.lost += UInt64(inFlight)
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
            let got = receiveBatch()
            var sent = 0
            if now >= due {
                try sendBatch(1, now)
                sent = 1
                due += interval
                // After a hole in our own schedule the debt is not paid in one go.
                if due + 1_000_000 < now { due = now }
            }
            let after = cb_now()
            if got > 0 || sent > 0 { result.busyNanoseconds += after - now }
            now = after
        }
    }

    /// Waits for what is still on its way, so that it does not count in the next scenario.
    private func settle() {
        let end = cb_now() + 50_000_000
        while inFlight > 0, cb_now() < end {
            _ = receiveBatch()
        }
        if scenario.rate != nil { result.lost += UInt64(max(0, inFlight)) }
    }

    private func drain() {
        while true {
            let count = port.receive(incoming)
            if count == 0 { return }
            port.release(count)
        }
    }

    // MARK: Sending

    private func sendBatch(_ count: Int, _ now: UInt64) throws {
        for place in 0..<count {
            build(place, flow: nextFlow, now)
            nextFlow += 1
            if nextFlow == scenario.flows { nextFlow = 0 }
        }
        try port.send(frames, count)
        inFlight += count * scenario.burst
        result.sent += UInt64(count * scenario.burst)
    }

    private func build(_ place: Int, flow index: Int, _ now: UInt64) {
        let frame = room + place * Self.frameSize
        let isUp = scenario.direction == .up
        let channelHeader = isUp ? 4 : 0
        let segment = channelHeader + scenario.size
        let payload = segment * scenario.burst
        let flow = flows.list[index]
        if isUp {
            Header.write(frame, from: flow.client, to: flows.server, payload: payload)
        } else {
            Header.write(frame, from: flow.peer, to: flow.relay, payload: payload)
        }
        var number = isUp ? flow.sent.up : flow.sent.down
        var at = Header.size
        for _ in 0..<scenario.burst {
            if isUp {
                store16(frame, at, flow.channel)
                store16(frame, at + 2, UInt16(scenario.size))
                at += 4
            }
            number += 1
            store32(frame, at, Stamp.magic)
            store32(frame, at + 4, UInt32(index))
            frame.storeBytes(of: number, toByteOffset: at + 8, as: UInt64.self)
            frame.storeBytes(of: now, toByteOffset: at + 16, as: UInt64.self)
            at += scenario.size
        }
        if isUp { flows.list[index].sent.up = number } else { flows.list[index].sent.down = number }
        frames[place] = cb_frame(
            bytes: frame.assumingMemoryBound(to: UInt8.self),
            length: UInt32(Header.size + payload),
            segment: scenario.burst > 1 ? UInt16(segment) : 0, arrival: 0)
    }

    // MARK: Receiving

    private func receiveBatch() -> Int {
        let count = port.receive(incoming)
        guard count > 0 else { return 0 }
        var packets = 0
        for place in 0..<count { packets += receive(incoming[place]) }
        port.release(count)
        inFlight = max(0, inFlight - packets)
        return count
    }

    /// Checks one frame; returns how many packets of ours it held.
    private func receive(_ frame: cb_frame) -> Int {
        let now = frame.arrival
        guard let start = frame.bytes else { return 0 }
        let bytes = UnsafeRawPointer(start)
        let length = Int(load16(bytes, 38)) - 8
        guard flows.isBounced else {
            return check(bytes, at: Header.size, length: length, relayed: true, now) ? 1 : 0
        }
        // What bounced is a whole burst, as it was sent.
        let segment = scenario.size + (scenario.direction == .up ? 4 : 0)
        guard length % segment == 0 else { return bad() }
        var packets = 0
        for part in 0..<length / segment {
            let at = Header.size + part * segment
            if check(bytes, at: at, length: segment, relayed: false, now) { packets += 1 }
        }
        return packets
    }

    private func bad() -> Int {
        result.bad += 1
        return 0
    }

    /// Checks one packet: where it came from and goes to, channel, length, content, order.
    private func check(
        _ bytes: UnsafeRawPointer, at start: Int, length: Int, relayed: Bool, _ now: UInt64
    ) -> Bool {
        let isUp = scenario.direction == .up
        // A relay turns ChannelData into plain data and back; a bounce leaves it.
        let hasChannel = isUp != relayed
        let at = start + (hasChannel ? 4 : 0)
        guard length == scenario.size + (hasChannel ? 4 : 0), load32(bytes, at) == Stamp.magic
        else {
            _ = bad()
            return false
        }
        let index = Int(load32(bytes, at + 4))
        guard index < flows.list.count else {
            _ = bad()
            return false
        }
        let flow = flows.list[index]
        if hasChannel {
            guard load16(bytes, start) == flow.channel,
                Int(load16(bytes, start + 2)) == scenario.size
            else {
                _ = bad()
                return false
            }
        }
        if relayed {
            let (from, to) = isUp ? (flow.relay, flow.peer) : (flows.server, flow.client)
            guard load32(bytes, Header.sourceIP) == from.ip.v4,
                load32(bytes, Header.destinationIP) == to.ip.v4,
                load16(bytes, Header.sourcePort) == from.port,
                load16(bytes, Header.destinationPort) == to.port
            else {
                _ = bad()
                return false
            }
        }
        let number = bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self)
        let sentAt = bytes.loadUnaligned(fromByteOffset: at + 16, as: UInt64.self)
        note(number, flow: index, isUp)
        // Comparing every byte of every packet would cost as much as sending it.
        if result.received & 15 == 0 { checkContent(bytes + at) }
        result.received += 1
        result.receivedBytes += UInt64(scenario.size)
        histogram.add(now > sentAt ? now - sentAt : 0)
        return true
    }

    private func note(_ number: UInt64, flow index: Int, _ isUp: Bool) {
        let newest = isUp ? flows.list[index].seen.up : flows.list[index].seen.down
        if number <= newest { result.outOfOrder += 1 }
        if isUp { flows.list[index].seen.up = number } else { flows.list[index].seen.down = number }
    }

    private func checkContent(_ payload: UnsafeRawPointer) {
        for offset in Stamp.size..<scenario.size
        where payload.load(fromByteOffset: offset, as: UInt8.self) != Self.pattern {
            _ = bad()
            return
        }
    }
}
