import Primitives

/// Keys with the moment of each, the earliest first: a heap. Entries are not taken back; whoever
/// takes one out asks whether it still means anything.
struct HookTimers<Key: Sendable>: Sendable {
    private struct Entry: Sendable {
        var time: MonotonicTime
        var key: Key
    }

    private var heap: [Entry] = []

    /// The earliest moment.
    var next: MonotonicTime { heap.first?.time ?? .never }

    mutating func add(_ key: Key, at time: MonotonicTime) {
        heap.append(Entry(time: time, key: key))
        var index = heap.count - 1
        while index > 0, heap[index].time < heap[(index - 1) / 2].time {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Takes one key out that is due; call again until nil.
    mutating func popDue(at now: MonotonicTime) -> Key? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child].time < heap[least].time { least = child }
            }
            guard least != index else { return first.key }
            heap.swapAt(index, least)
            index = least
        }
    }
}
