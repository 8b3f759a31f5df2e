/// Records addressed by small reusable indices, in chunks that never move.
///
/// Growing adds a chunk instead of copying the table, so that the resident size follows the
/// number of records. An index is reused last-in first-out. The table never exceeds its limit.
struct Slab<Element> {
    /// Chosen so that a chunk of the largest record is a few dozen KiB.
    private static var chunkBits: Int { 7 }

    private var chunks: [[Element]] = []
    private var free: [UInt32] = []
    /// Indices below were handed out at least once.
    private(set) var end: UInt32 = 0
    /// What a slot without a record holds.
    private let vacant: Element
    /// How many records it may hold. Below what it holds, nothing is added until enough are gone.
    var limit: Int

    init(vacant: Element, limit: Int) {
        self.vacant = vacant
        self.limit = limit
    }

    /// How many records there are.
    var count: Int { Int(end) - free.count }

    /// How many more records fit.
    var room: Int { limit - count }

    var hasRoom: Bool { room > 0 }

    /// Nil when the table is full.
    mutating func insert(_ element: Element) -> UInt32? {
        guard count < limit else { return nil }
        let index: UInt32
        if let reused = free.popLast() {
            index = reused
        } else {
            index = end
            if Int(index) >> Self.chunkBits == chunks.count {
                chunks.append(Array(repeating: vacant, count: 1 << Self.chunkBits))
            }
            end += 1
        }
        self[index] = element
        return index
    }

    mutating func remove(_ index: UInt32) {
        self[index] = vacant
        free.append(index)
    }

    subscript(index: UInt32) -> Element {
        _read {
            yield chunks[Int(index) >> Self.chunkBits][Int(index) & (1 << Self.chunkBits - 1)]
        }
        _modify {
            yield &chunks[Int(index) >> Self.chunkBits][Int(index) & (1 << Self.chunkBits - 1)]
        }
    }
}

/// Ends every index list.
let noIndex = UInt32.max
