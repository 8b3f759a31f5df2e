import Forwarding
import Synchronization

/// Datagrams on their way from one worker to another (hairpin across workers): one writer, one
/// reader, no lock.
///
/// The reader sends straight out of the ring's memory and only then gives the space back, so a
/// payload is copied once on the whole way. At the bound the writer drops and counts.
final class HandoverRing: @unchecked Sendable {
    // Safe to share: `written` is stored only by the writer, `read` and `cursor` only by the
    // reader, and each side touches only the bytes that the positions give it.

    /// 1 MiB holds about 800 video packets: 5 ms of a saturated core. Untouched pages cost
    /// nothing.
    static let capacity = 1 << 20

    let memory: UnsafeMutableRawPointer
    private let written = Atomic<Int>(0)
    private let read = Atomic<Int>(0)
    /// How far the reader looked ahead of `read`.
    private var cursor = 0

    /// What stands before each payload.
    private struct Record: BitwiseCopyable {
        /// Bytes of the payload; `wrap` marks the unused end of the memory.
        var length: UInt32
        var source: PacketAddress
        var destination: PacketAddress
    }

    private static let wrap = UInt32.max
    private static let recordSize = aligned(MemoryLayout<Record>.size)

    init() {
        memory = .allocate(byteCount: Self.capacity, alignment: 64)
    }

    deinit { memory.deallocate() }

    private static func aligned(_ size: Int) -> Int { (size + 15) & ~15 }

    /// Copies a datagram in; false when there is no room. `arena` is what its offset counts from.
    func push(_ handover: Handover, arena: UnsafeRawPointer) -> Bool {
        let size = Self.recordSize + Self.aligned(Int(handover.length))
        var position = written.load(ordering: .relaxed)
        let free = Self.capacity - (position - read.load(ordering: .acquiring))
        let untilEnd = Self.capacity - position % Self.capacity
        guard (size <= untilEnd ? size : untilEnd + size) <= free else { return false }
        if size > untilEnd {
            (memory + position % Self.capacity).storeBytes(of: Self.wrap, as: UInt32.self)
            position += untilEnd
        }
        let slot = memory + position % Self.capacity
        slot.storeBytes(
            of: Record(
                length: handover.length, source: handover.source,
                destination: handover.destination), as: Record.self)
        (slot + Self.recordSize).copyMemory(
            from: arena + Int(handover.payloadOffset), byteCount: Int(handover.length))
        written.store(position + size, ordering: .releasing)
        return true
    }

    /// A datagram in the ring; `offset` counts from `memory`.
    struct Item {
        var offset: UInt32
        var length: UInt32
        var source: PacketAddress
        var destination: PacketAddress
    }

    /// Reader only: the next datagram that was not looked at yet; its bytes stay until `release`.
    func next() -> Item? {
        let end = written.load(ordering: .acquiring)
        while cursor < end {
            let offset = cursor % Self.capacity
            if (memory + offset).load(as: UInt32.self) == Self.wrap {
                cursor += Self.capacity - offset
                continue
            }
            let record = (memory + offset).load(as: Record.self)
            cursor += Self.recordSize + Self.aligned(Int(record.length))
            return Item(
                offset: UInt32(offset + Self.recordSize), length: record.length,
                source: record.source, destination: record.destination)
        }
        return nil
    }

    /// Reader only: gives back the space of everything that `next` returned.
    func release() { read.store(cursor, ordering: .releasing) }
}
