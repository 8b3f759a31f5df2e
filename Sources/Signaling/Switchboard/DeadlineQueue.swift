import Primitives

/// One deadline for each key, the earliest first.
///
/// A heap beside a table: an entry of the heap counts only while the table says the same, so that
/// setting and clearing are cheap; what has piled up is cleared away when it outweighs the rest.
struct DeadlineQueue<Key: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        var time: MonotonicTime
        var key: Key
    }

    private var times: [Key: MonotonicTime] = [:]
    private var heap: [Entry] = []

    var count: Int { times.count }
    /// Entries that wait to be looked at, outdated ones too.
    var heapCount: Int { heap.count }

    /// Sets, moves or clears the deadline of a key.
    mutating func set(_ key: Key, to time: MonotonicTime?) {
        guard times[key] != time else { return }
        times[key] = time
        guard let time else { return }
        if heap.count > 2 * times.count + 64 {
            rebuild()
        } else {
            push(Entry(time: time, key: key))
        }
    }

    /// The earliest deadline.
    mutating func next() -> MonotonicTime? {
        while let first = heap.first {
            if times[first.key] == first.time { return first.time }
            pop()
        }
        return nil
    }

    /// Takes one key out that is due; call again until nil.
    mutating func popDue(at now: MonotonicTime) -> Key? {
        while let first = heap.first {
            guard times[first.key] == first.time else {
                pop()
                continue
            }
            guard first.time <= now else { return nil }
            pop()
            times[first.key] = nil
            return first.key
        }
        return nil
    }

    private mutating func rebuild() {
        heap = times.map { Entry(time: $0.value, key: $0.key) }
        heap.sort { $0.time < $1.time }
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0, heap[index].time < heap[(index - 1) / 2].time {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func pop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child].time < heap[least].time { least = child }
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
