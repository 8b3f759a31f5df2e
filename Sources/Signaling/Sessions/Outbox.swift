/// The reliable messages of one session: numbered, kept until acknowledged, bounded.
///
/// At the bound the oldest unacknowledged message is given up. Nothing happens to a client that is
/// connected; one that comes back for it is told that there is a gap (calls.md 2.2).
package struct Outbox: Hashable, Sendable {
    package struct Entry: Hashable, Sendable, Codable {
        package var sequence: UInt64
        package var replay: ServerMessage.Replay
        /// The frame as it was sent.
        package var frame: [UInt8]
    }

    package static let countMax = 256
    package static let bytesMax = 256 * 1024

    /// The number of the last message made.
    package private(set) var lastSequence: UInt64 = 0
    /// Up to here the client has everything.
    package private(set) var acknowledged: UInt64 = 0
    /// Up to here messages may have been given up.
    package private(set) var lostThrough: UInt64 = 0
    package private(set) var byteCount = 0
    private var kept: [Entry] = []
    /// Entries before this one are gone; they are cut off in batches.
    private var head = 0

    package init() {}

    package var count: Int { kept.count - head }
    package var entries: ArraySlice<Entry> { kept[head...] }
    /// A message that the client has not confirmed is gone.
    package var isGapped: Bool { acknowledged < lostThrough }

    /// Numbers the message, keeps it and returns its frame.
    package mutating func append(
        _ message: ServerMessage, usesOldNames: Bool = false
    ) -> [UInt8] {
        lastSequence += 1
        var frame: [UInt8] = []
        message.write(sequence: lastSequence, usesOldNames: usesOldNames, into: &frame)
        kept.append(Entry(sequence: lastSequence, replay: message.replay, frame: frame))
        byteCount += frame.count
        while count > Self.countMax || byteCount > Self.bytesMax {
            lostThrough = kept[head].sequence
            dropFirst()
        }
        return frame
    }

    /// False when the client confirms what was never sent; then nothing changes.
    package mutating func acknowledge(through sequence: UInt64) -> Bool {
        guard sequence <= lastSequence else { return false }
        acknowledged = max(acknowledged, sequence)
        while head < kept.count, kept[head].sequence <= acknowledged { dropFirst() }
        return true
    }

    /// Whether everything behind `sequence` is still here.
    package func canReplay(after sequence: UInt64) -> Bool {
        sequence >= max(lostThrough, acknowledged) && sequence <= lastSequence
    }

    /// The frames behind `sequence` in order; one that `isAlive` denies becomes an empty `skip`
    /// frame with the same number, also for every later replay.
    package mutating func replay(
        after sequence: UInt64, isAlive: (ServerMessage.Replay) -> Bool
    ) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        for index in kept.indices[head...] where kept[index].sequence > sequence {
            if !isAlive(kept[index].replay) {
                var skip: [UInt8] = []
                ServerMessage.skip.write(sequence: kept[index].sequence, into: &skip)
                byteCount += skip.count - kept[index].frame.count
                kept[index].frame = skip
                kept[index].replay = .always
            }
            frames.append(kept[index].frame)
        }
        return frames
    }

    private mutating func dropFirst() {
        byteCount -= kept[head].frame.count
        kept[head].frame = []
        head += 1
        if head == kept.count {
            kept.removeAll(keepingCapacity: false)
            head = 0
        } else if head >= 64 {
            kept.removeFirst(head)
            head = 0
        }
    }

    /// As saved: `entries` rise by one up to `lastSequence`.
    package init?(
        lastSequence: UInt64, acknowledged: UInt64, lostThrough: UInt64, entries: [Entry]
    ) {
        guard acknowledged <= lastSequence, lostThrough <= lastSequence,
            entries.count <= Self.countMax
        else { return nil }
        var expected = lastSequence &- UInt64(entries.count)
        guard UInt64(entries.count) <= lastSequence, expected >= max(acknowledged, lostThrough)
        else { return nil }
        for entry in entries {
            expected += 1
            guard entry.sequence == expected else { return nil }
        }
        self.lastSequence = lastSequence
        self.acknowledged = acknowledged
        self.lostThrough = lostThrough
        kept = entries
        byteCount = entries.reduce(0) { $0 + $1.frame.count }
    }
}
