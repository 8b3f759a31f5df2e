import CBench
import LinuxIO
import Primitives
import STUN

/// Allocations and Binding requests: rates, CPU time, memory.
struct ControlLoad {
    let options: Options
    let port: PacketPort
    let server: ServerProcess?

    /// Allocations made before counting: the server's first tables and caches are not the price
    /// of one more.
    private static let warmup = 200

    func run() throws {
        let clients = Clients(options, port, count: Self.warmup + options.flows)
        try clients.allocate(0..<Self.warmup)
        let resident = server?.residentBytes() ?? 0
        let all = Self.warmup..<Self.warmup + options.flows
        try report("allocate", clients) {
            try clients.allocate(all)
            return all.count
        }
        let grown = (server?.residentBytes() ?? 0) - resident
        print(
            jsonObject([
                ("scenario", "\"memory\""), ("count", "\(options.flows)"),
                ("bytesPerAllocation", number(Double(grown) / Double(options.flows))),
            ]))
        try report("channelBind", clients) {
            try clients.bindChannels(all)
            return all.count
        }
        try report("release", clients) {
            try clients.release(all)
            return all.count
        }
        try clients.release(0..<Self.warmup)
        let binding = BindingLoad(options: options, port: port)
        _ = try binding.run(seconds: options.warmup)
        try report("binding") { try binding.run(seconds: options.seconds) }
    }

    /// Runs `body`, which returns how often it did what `name` says.
    private func report(
        _ name: String, _ clients: Clients? = nil, _ body: () throws -> Int
    ) throws {
        let busy = clients?.busyNanoseconds ?? 0
        let cpu = server?.cpuNanoseconds() ?? 0
        let start = Clock.monotonic().nanoseconds
        let count = Double(try body())
        let elapsed = Double(Clock.monotonic().nanoseconds - start)
        let used = Double((server?.cpuNanoseconds() ?? 0) - cpu)
        let busyShare = Double((clients?.busyNanoseconds ?? 0) - busy) / elapsed
        print(
            jsonObject([
                ("scenario", "\"\(name)\""), ("count", number(count)),
                ("perSecond", number(count * 1e9 / elapsed)), ("serverNs", number(used / count)),
                ("generatorBusy", number(busyShare)),
            ]))
    }
}

/// Binding requests of many clients, a window of them in flight.
final class BindingLoad {
    private let options: Options
    private let port: PacketPort
    private let frames = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)
    private let incoming = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)
    private let room: UnsafeMutableRawPointer
    private var nextClient = 0

    init(options: Options, port: PacketPort) {
        self.options = options
        self.port = port
        room = .allocate(byteCount: 128 * PacketPort.batch, alignment: 64)
    }

    deinit {
        frames.deallocate()
        incoming.deallocate()
        room.deallocate()
    }

    /// Returns how many were answered rightly.
    func run(seconds: Double) throws -> Int {
        var (now, answered, inFlight) = (Clock.monotonic().nanoseconds, 0, 0)
        var progress = now
        let end = now + UInt64(seconds * 1e9)
        while now < end {
            let count = port.receive(incoming)
            var right = 0
            for place in 0..<count where check(incoming[place]) { right += 1 }
            port.release(count)
            answered += right
            inFlight = max(0, inFlight - right)
            let free = min(options.window - inFlight, PacketPort.batch)
            if free > 0 {
                for place in 0..<free { build(place) }
                try port.send(frames, free)
                inFlight += free
            }
            now = Clock.monotonic().nanoseconds
            if count > 0 { progress = now }
            if now - progress > 100_000_000 { (inFlight, progress) = (0, now) }
        }
        return answered
    }

    private func build(_ place: Int) {
        let frame = room + place * 128
        let client = nextClient
        nextClient = (nextClient + 1) % options.flows
        Header.write(
            frame, from: Addresses.client(client), to: options.server,
            payload: StunFormat.headerLength)
        store16(frame, Header.size, MessageType(.binding, .request).rawValue)
        store16(frame, Header.size + 2, 0)
        store32(frame, Header.size + 4, StunFormat.magicCookie)
        store32(frame, Header.size + 8, 0)
        store32(frame, Header.size + 12, 0)
        store32(frame, Header.size + 16, UInt32(client))
        frames[place] = cb_frame(
            bytes: frame.assumingMemoryBound(to: UInt8.self),
            length: UInt32(Header.size + StunFormat.headerLength), segment: 0,
            arrival: 0)
    }

    /// Whether the answer tells the client its own address.
    private func check(_ frame: cb_frame) -> Bool {
        guard frame.length > Header.size, let bytes = frame.bytes,
            let index = Addresses.index(ofClient: load32(bytes, Header.destinationIP))
        else { return false }
        let payload = UnsafeBufferPointer(
            start: bytes + Header.size, count: Int(load16(bytes, 38)) - 8)
        guard let message = try? StunMessage(Span(_unsafeElements: payload)),
            message.method == .binding, message.messageClass == .success,
            let address = try? message.xorAddress(.xorMappedAddress)
        else { return false }
        return address == Addresses.client(index)
    }
}
