/// What the generator writes at the start of every payload.
enum Stamp {
    static let magic: UInt32 = 0x7475_726e
    /// Magic 4, flow 4, number 8, time 8.
    static let size = 24
    /// Every byte behind the stamp.
    static let pattern: UInt8 = 0xa5
}

/// Who has sent what, and what has come of it.
final class Ledger {
    var flows: Flows
    var result = LoadResult()
    private(set) var scenario = Scenario.none
    /// Packets that may be under way at once, where no rate is given.
    private(set) var window = 0
    private var histogram = Histogram()
    private var nextFlow = 0

    init(_ flows: Flows) { self.flows = flows }

    var isUp: Bool { scenario.direction == .up }

    func begin(_ scenario: Scenario, window: Int) {
        self.scenario = scenario
        self.window = window
        nextFlow = 0
    }

    /// Forgets what was counted; flows go on with their numbers.
    func clear() {
        histogram = Histogram()
        result = LoadResult()
    }

    /// Puts in what only the end of a scenario tells.
    func finish(elapsed: UInt64, server: UInt64) {
        result.elapsedNanoseconds = elapsed
        result.serverNanoseconds = server
        result.scenario = scenario.text
        result.p50 = histogram.quantile(0.5)
        result.p99 = histogram.quantile(0.99)
    }

    /// The flow whose turn it is.
    func takeTurn() -> Int {
        let flow = nextFlow
        nextFlow += 1
        if nextFlow == scenario.flows { nextFlow = 0 }
        return flow
    }

    /// Writes `scenario.burst` packets of `scenario.size` bytes, those from a client behind a
    /// channel header; returns how many bytes that were. What lies behind stamps is left alone.
    func stamp(_ out: UnsafeMutableRawPointer, flow index: Int, _ now: UInt64) -> Int {
        let isUp = isUp
        let flow = flows.list[index]
        var number = isUp ? flow.sent.up : flow.sent.down
        var at = 0
        for _ in 0..<scenario.burst {
            if isUp {
                store16(out, at, flow.channel)
                store16(out, at + 2, UInt16(scenario.size))
                at += 4
            }
            number += 1
            store32(out, at, Stamp.magic)
            store32(out, at + 4, UInt32(index))
            out.storeBytes(of: number, toByteOffset: at + 8, as: UInt64.self)
            out.storeBytes(of: now, toByteOffset: at + 16, as: UInt64.self)
            at += scenario.size
        }
        if isUp { flows.list[index].sent.up = number } else { flows.list[index].sent.down = number }
        return at
    }

    /// The flow of a packet by its stamp; nil, and counted, when it is none of ours or not whole.
    func identify(_ payload: UnsafeRawPointer, length: Int) -> Int? {
        if length == scenario.size, load32(payload, 0) == Stamp.magic {
            let index = Int(load32(payload, 4))
            if index < flows.list.count { return index }
        }
        bad()
        return nil
    }

    /// Counts a packet that did not come back as it should.
    func bad() { result.bad += 1 }

    /// Whether a channel header is the one of the flow's packets.
    func isHeader(_ header: UnsafeRawPointer, of flow: Flow) -> Bool {
        load16(header, 0) == flow.channel && Int(load16(header, 2)) == scenario.size
    }

    /// Counts a packet that came back right as far as its addresses go.
    func accept(_ payload: UnsafeRawPointer, flow index: Int, _ now: UInt64) {
        let number = payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let sentAt = payload.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        note(number, flow: index)
        // Comparing every byte of every packet would cost as much as sending it.
        if result.received & 15 == 0 { checkContent(payload) }
        result.received += 1
        result.receivedBytes += UInt64(scenario.size)
        histogram.add(now > sentAt ? now - sentAt : 0)
    }

    private func note(_ number: UInt64, flow index: Int) {
        let newest = isUp ? flows.list[index].seen.up : flows.list[index].seen.down
        if number <= newest { result.outOfOrder += 1 }
        if isUp { flows.list[index].seen.up = number } else { flows.list[index].seen.down = number }
    }

    private func checkContent(_ payload: UnsafeRawPointer) {
        let word = UInt64(Stamp.pattern) &* 0x0101_0101_0101_0101
        var offset = Stamp.size
        while offset + 8 <= scenario.size {
            guard payload.loadUnaligned(fromByteOffset: offset, as: UInt64.self) == word else {
                return bad()
            }
            offset += 8
        }
        for rest in offset..<scenario.size
        where payload.load(fromByteOffset: rest, as: UInt8.self) != Stamp.pattern {
            return bad()
        }
    }
}
