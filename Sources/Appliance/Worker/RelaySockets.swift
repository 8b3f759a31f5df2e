import CPacket
import Forwarding
import LinuxIO
import Primitives
import TURN

/// The relay sockets of one worker, by `RelayID`, with what the receive loop remembers of each.
struct RelaySockets: ~Copyable {
    private struct Slot: BitwiseCopyable {
        var raw: Int32 = -1
        /// Datagrams to take at the next readable event.
        var burst: UInt8 = 1
        /// Whether every read takes as many as it can.
        var feedsStream = false
        /// Whether the kernel merges what arrives together (UDP_GRO).
        var merges = false
        /// The loop turn in which the socket was last read.
        var turn: UInt32 = 0
    }

    /// A flow is hot when its socket was still readable in the very next turn; then it is read in
    /// runs of up to this many.
    private static let burstMax: UInt8 = 16
    /// From this burst on merging is asked for: video frames are bursts of equal packets.
    private static let mergeFrom: UInt8 = 4

    private var slots: [Slot] = []

    /// How many sockets are open.
    private(set) var count = 0

    mutating func insert(_ handle: UDPHandle, at id: RelayID) {
        let index = Int(id.index)
        while slots.count <= index { slots.append(Slot()) }
        precondition(slots[index].raw < 0, "relay opened twice")
        slots[index] = Slot(raw: handle.raw)
        count += 1
    }

    /// Nil when none is open under this id.
    subscript(id: RelayID) -> UDPHandle? {
        let index = Int(id.index)
        guard index < slots.count, slots[index].raw >= 0 else { return nil }
        return UDPHandle(raw: slots[index].raw)
    }

    mutating func close(_ id: RelayID) {
        guard let handle = self[id] else { return }
        handle.close()
        slots[Int(id.index)] = Slot()
        count -= 1
    }

    mutating func closeAll() {
        for index in slots.indices { close(RelayID(index: UInt32(index))) }
    }

    /// What the kernel dropped on both relays of an allocation, their receive buffers being full.
    func receiveDrops(of allocation: AllocationID) -> UInt64 {
        AddressFamily.allCases.reduce(0) { sum, family in
            let drops = self[allocation.relay(family)].flatMap { try? $0.receiveDrops() }
            return sum + UInt64(drops ?? 0)
        }
    }

    /// Says that what the relay receives goes to a stream: one write of eight frames costs little
    /// more than one of one, so reading one datagram to see whether there are more would be dear.
    mutating func feedStream(_ id: RelayID) {
        guard self[id] != nil else { return }
        slots[Int(id.index)].feedsStream = true
    }

    /// How to read a socket that epoll called readable in loop turn `turn`; nil when it is gone.
    mutating func ready(_ id: RelayID, turn: UInt32) -> ts_ready? {
        let index = Int(id.index)
        guard index < slots.count, slots[index].raw >= 0 else { return nil }
        if slots[index].turn &+ 1 == turn {
            heat(index)
        } else if slots[index].burst > 1 {
            slots[index].burst /= 2
        }
        slots[index].turn = turn
        let burst = slots[index].feedsStream ? Self.burstMax : slots[index].burst
        return ts_ready(
            socket: slots[index].raw, tag: Forwarder.tag(of: id.allocation.index),
            burst: UInt16(burst), received: 0,
            flags: slots[index].merges ? TS_READY_CONTROL : 0)
    }

    private mutating func heat(_ index: Int) {
        slots[index].burst = min(slots[index].burst * 2, Self.burstMax)
        guard slots[index].burst >= Self.mergeFrom, !slots[index].merges else { return }
        let handle = UDPHandle(raw: slots[index].raw)
        // A kernel without UDP_GRO only loses the saving.
        slots[index].merges = (try? handle.setMerge(true)) != nil
    }
}
