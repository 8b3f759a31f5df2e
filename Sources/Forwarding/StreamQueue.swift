/// What waits for a client behind a stream that does not read fast enough: whole frames, bounded
/// by bytes, number and age.
///
/// At the bound the oldest video-sized frame goes first, then the oldest of any size: a late
/// picture helps nobody, and audio is small. STUN messages are never dropped; a client that does
/// not even read its responses is cut off. Frames that have begun to leave are not here any more.
package struct StreamQueue: Sendable {
    /// How much may wait.
    package struct Bounds: Sendable, Hashable {
        /// Of all waiting frames together.
        package var bytes: Int
        /// How long a frame may wait before nobody wants it, in nanoseconds.
        package var age: UInt64

        package init(bytes: Int, age: UInt64) {
            self.bytes = bytes
            self.age = age
        }
    }

    /// What became of a frame.
    package enum Admission: Hashable, Sendable {
        /// It waits; so many others were dropped for it.
        case kept(dropped: Int)
        /// It was dropped itself, for the others are all STUN messages.
        case refused
        /// A STUN message did not fit: the client is to be cut off.
        case overflow
    }

    private struct Frame {
        var bytes: [UInt8]
        var since: UInt64
        var isData: Bool
    }

    /// Each frame is an array of its own, about 100 bytes of overhead: their number is bounded too.
    private static let framesMax = 1024
    /// Audio stays below this size, video mostly reaches it.
    private static let videoSize = 500

    private var frames: [Frame] = []
    /// Frames before this index have left.
    private var first = 0
    /// Of all waiting frames.
    package private(set) var byteCount = 0

    package init() {}

    package var isEmpty: Bool { first == frames.count }

    /// Adds relayed data (`isData`) or a STUN message; `now` in monotonic nanoseconds.
    package mutating func append(
        _ bytes: [UInt8], isData: Bool, now: UInt64, bounds: Bounds
    ) -> Admission {
        var dropped = dropLate(now: now, bounds: bounds)
        while byteCount + bytes.count > bounds.bytes || frames.count - first >= Self.framesMax {
            guard let victim = victim() else { return isData ? .refused : .overflow }
            remove(victim)
            dropped += 1
        }
        frames.append(Frame(bytes: bytes, since: now, isData: isData))
        byteCount += bytes.count
        return .kept(dropped: dropped)
    }

    /// Drops data that waited too long; returns how many frames that were.
    package mutating func dropLate(now: UInt64, bounds: Bounds) -> Int {
        var dropped = 0
        var index = first
        while index < frames.count, now > frames[index].since,
            now - frames[index].since > bounds.age
        {
            guard frames[index].isData else {
                index += 1
                continue
            }
            let wasFirst = index == first
            remove(index)
            dropped += 1
            if wasFirst { index = first }
        }
        return dropped
    }

    /// Moves whole frames to the end of `output` while they fit in `max` bytes together; one at
    /// least, so that a frame of any size leaves.
    package mutating func take(upTo max: Int, into output: inout [UInt8]) {
        var taken = 0
        while first < frames.count,
            taken == 0 || taken + frames[first].bytes.count <= max
        {
            output += frames[first].bytes
            taken += frames[first].bytes.count
            remove(first)
        }
    }

    private func victim() -> Int? {
        let waiting = frames.indices[first...]
        return waiting.first { frames[$0].isData && frames[$0].bytes.count >= Self.videoSize }
            ?? waiting.first { frames[$0].isData }
    }

    private mutating func remove(_ index: Int) {
        byteCount -= frames[index].bytes.count
        guard index == first else {
            frames.remove(at: index)
            return
        }
        frames[first].bytes = []
        first += 1
        // Moved up only when half is gone, so that a frame moves once on average.
        if first == frames.count {
            frames = []
            first = 0
        } else if first * 2 > frames.count {
            frames.removeFirst(first)
            first = 0
        }
    }
}
