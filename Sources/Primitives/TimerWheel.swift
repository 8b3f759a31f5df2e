/// A hierarchical timer wheel: one timer for each small integer id, constant cost to schedule and
/// cancel, and no scan over all timers ever.
///
/// Four levels of 64 slots; a slot of level n spans 64ⁿ ticks of 67 ms. A timer never fires early,
/// and late by at most one tick. Deadlines beyond the last level are carried along in it.
package struct TimerWheel: Sendable {
    /// 2²⁶ ns are 67 ms: fine enough for protocol lifetimes, which count seconds.
    private static let tickShift: UInt64 = 26
    private static let levels = 4
    private static let slotBits: UInt64 = 6
    private static let none = UInt32.max
    private static let idle = UInt16.max

    private struct Entry {
        var tick: UInt64 = 0
        var next = TimerWheel.none
        var previous = TimerWheel.none
        var slot = TimerWheel.idle
    }

    private var entries: [Entry] = []
    private var heads: [UInt32]
    /// One bit for each slot that holds a timer, one word for each level.
    private var occupied: [UInt64]
    /// All slots before this tick are empty.
    private var elapsed: UInt64

    /// A wheel without timers whose time starts at `now`.
    package init(at now: MonotonicTime) {
        heads = Array(repeating: Self.none, count: Self.levels << Self.slotBits)
        occupied = Array(repeating: 0, count: Self.levels)
        elapsed = now.nanoseconds >> Self.tickShift
    }

    /// Sets or moves the timer of `id`. Memory grows to the largest id ever scheduled.
    package mutating func schedule(_ id: UInt32, at deadline: MonotonicTime) {
        cancel(id)
        while entries.count <= Int(id) { entries.append(Entry()) }
        // Rounded up, so that a timer never fires before its deadline.
        let (whole, part) = deadline.nanoseconds.quotientAndRemainder(
            dividingBy: 1 << Self.tickShift)
        entries[Int(id)].tick = whole + (part == 0 ? 0 : 1)
        insert(id)
    }

    /// Removes the timer of `id`, if it has one.
    package mutating func cancel(_ id: UInt32) {
        guard Int(id) < entries.count, entries[Int(id)].slot != Self.idle else { return }
        unlink(id)
    }

    /// Takes out one timer that is due at `now`; call again until nil.
    package mutating func nextDue(at now: MonotonicTime) -> UInt32? {
        let nowTick = now.nanoseconds >> Self.tickShift
        while let (level, start) = firstOccupied(), start <= nowTick {
            elapsed = max(elapsed, start)
            let id = heads[level << Int(Self.slotBits) | slotIndex(start, level)]
            unlink(id)
            if entries[Int(id)].tick <= elapsed { return id }
            // Cascade: with the wheel turned this far, the timer belongs to a finer level.
            insert(id)
        }
        elapsed = max(elapsed, nowTick)
        return nil
    }

    /// When `nextDue` must be called next: at the first timer, or earlier to turn the wheel.
    package var nextDeadline: MonotonicTime {
        guard let (_, start) = firstOccupied() else { return .never }
        return MonotonicTime(nanoseconds: start << Self.tickShift)
    }

    private func slotIndex(_ tick: UInt64, _ level: Int) -> Int {
        Int(tick >> (Self.slotBits * UInt64(level)) & 63)
    }

    /// The first slot in time that holds a timer, and the tick it starts at. Of two that start
    /// together the coarser one: its timers may be due before those of the finer.
    private func firstOccupied() -> (level: Int, start: UInt64)? {
        var first: (level: Int, start: UInt64)?
        for level in 0..<Self.levels where occupied[level] != 0 {
            let shift = Self.slotBits * UInt64(level)
            let position = elapsed >> shift
            let turned = position & 63
            let word = occupied[level]
            let bits = word >> turned | (turned == 0 ? 0 : word << (64 - turned))
            let start = (position + UInt64(bits.trailingZeroBitCount)) << shift
            if let found = first, found.start < start { continue }
            first = (level, start)
        }
        return first
    }

    private mutating func insert(_ id: UInt32) {
        var tick = max(entries[Int(id)].tick, elapsed)
        var level = 0
        while level < Self.levels - 1 {
            let shift = Self.slotBits * UInt64(level + 1)
            if tick >> shift == elapsed >> shift { break }
            level += 1
        }
        if level == Self.levels - 1 {
            // Farther than one turn of the last level: wait in its farthest slot.
            let shift = Self.slotBits * UInt64(level)
            tick = min(tick >> shift, (elapsed >> shift) + 63) << shift
        }
        let index = slotIndex(tick, level)
        let slot = level << Int(Self.slotBits) | index
        let head = heads[slot]
        entries[Int(id)].slot = UInt16(slot)
        entries[Int(id)].next = head
        entries[Int(id)].previous = Self.none
        if head != Self.none { entries[Int(head)].previous = id }
        heads[slot] = id
        occupied[level] |= 1 << UInt64(index)
    }

    private mutating func unlink(_ id: UInt32) {
        let entry = entries[Int(id)]
        let slot = Int(entry.slot)
        if entry.next != Self.none { entries[Int(entry.next)].previous = entry.previous }
        if entry.previous != Self.none {
            entries[Int(entry.previous)].next = entry.next
        } else {
            heads[slot] = entry.next
            if entry.next == Self.none {
                occupied[slot >> Int(Self.slotBits)] &= ~(1 << UInt64(slot & 63))
            }
        }
        entries[Int(id)].slot = Self.idle
    }
}
