import CBench
import Primitives

/// Clients and peers that both speak UDP.
final class PacketPath: LoadPath {
    let ledger: Ledger
    private let port: PacketPort
    private let incoming = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)
    private let frames = UnsafeMutablePointer<cb_frame>.allocate(capacity: PacketPort.batch)
    /// A frame per place of a batch; payloads beyond the stamp never change.
    private let room: UnsafeMutableRawPointer
    private static let frameSize = 49_152

    /// The default socket buffer of one relay holds that many.
    func windowPerFlow(_ direction: Scenario.Direction) -> Int { 32 }

    init(_ port: PacketPort, _ flows: Flows) {
        self.port = port
        ledger = Ledger(flows)
        room = .allocate(byteCount: Self.frameSize * PacketPort.batch, alignment: 4096)
    }

    deinit {
        incoming.deallocate()
        frames.deallocate()
        room.deallocate()
    }

    func prepare() {
        while case let count = port.receive(incoming), count > 0 { port.release(count) }
        // Channel headers of the last scenario stand in the pattern.
        room.initializeMemory(
            as: UInt8.self, repeating: Stamp.pattern, count: Self.frameSize * PacketPort.batch)
    }

    // MARK: Sending

    func send(turns: Int, _ now: UInt64) throws {
        for place in 0..<turns { build(place, flow: ledger.takeTurn(), now) }
        try port.send(frames, turns)
    }

    private func build(_ place: Int, flow index: Int, _ now: UInt64) {
        let frame = room + place * Self.frameSize
        let payload = ledger.stamp(frame + Header.size, flow: index, now)
        let flow = ledger.flows.list[index]
        if ledger.isUp {
            Header.write(frame, from: flow.client, to: ledger.flows.server, payload: payload)
        } else {
            Header.write(frame, from: flow.peer, to: flow.relay, payload: payload)
        }
        let burst = ledger.scenario.burst
        frames[place] = cb_frame(
            bytes: frame.assumingMemoryBound(to: UInt8.self),
            length: UInt32(Header.size + payload),
            segment: burst > 1 ? UInt16(payload / burst) : 0, arrival: 0)
    }

    // MARK: Receiving

    func receive() -> (events: Int, packets: Int) {
        let count = port.receive(incoming)
        guard count > 0 else { return (0, 0) }
        var packets = 0
        for place in 0..<count { packets += receive(incoming[place]) }
        port.release(count)
        return (count, packets)
    }

    /// Checks one frame; returns how many packets of ours it held.
    private func receive(_ frame: cb_frame) -> Int {
        let now = frame.arrival
        guard let start = frame.bytes else { return 0 }
        let bytes = UnsafeRawPointer(start)
        let length = Int(load16(bytes, 38)) - 8
        guard ledger.flows.isBounced else {
            return check(bytes, at: Header.size, length: length, relayed: true, now) ? 1 : 0
        }
        // What bounced is a whole burst, as it was sent.
        let segment = ledger.scenario.size + (ledger.isUp ? 4 : 0)
        guard length % segment == 0 else {
            ledger.bad()
            return 0
        }
        var packets = 0
        for part in 0..<length / segment {
            let at = Header.size + part * segment
            if check(bytes, at: at, length: segment, relayed: false, now) { packets += 1 }
        }
        return packets
    }

    /// Checks one packet: where it came from and goes to, channel, length, content, order.
    private func check(
        _ bytes: UnsafeRawPointer, at start: Int, length: Int, relayed: Bool, _ now: UInt64
    ) -> Bool {
        // A relay turns ChannelData into plain data and back; a bounce leaves it.
        let header = ledger.isUp != relayed ? 4 : 0
        let payload = bytes + start + header
        guard let index = ledger.identify(payload, length: length - header) else { return false }
        let flow = ledger.flows.list[index]
        guard header == 0 || ledger.isHeader(bytes + start, of: flow),
            !relayed || isRelayed(bytes, flow)
        else {
            ledger.bad()
            return false
        }
        ledger.accept(payload, flow: index, now)
        return true
    }

    private func isRelayed(_ bytes: UnsafeRawPointer, _ flow: Flow) -> Bool {
        ledger.isUp
            ? Header.leads(bytes, from: flow.relay, to: flow.peer)
            : Header.leads(bytes, from: ledger.flows.server, to: flow.client)
    }
}
