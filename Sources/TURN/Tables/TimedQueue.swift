import Primitives

/// Elements that leave after a constant time, hence in the order they came.
struct TimedQueue<Element> {
    private var elements: [(element: Element, due: MonotonicTime)] = []
    private var head = 0

    var count: Int { elements.count - head }

    /// When the first leaves.
    var nextDeadline: MonotonicTime { head < elements.count ? elements[head].due : .never }

    mutating func append(_ element: Element, due: MonotonicTime) {
        elements.append((element, due))
    }

    mutating func popDue(at now: MonotonicTime) -> Element? {
        guard nextDeadline <= now, head < elements.count else { return nil }
        return popFirst()
    }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        defer {
            head += 1
            // Move what is left to the front once the consumed part outweighs it.
            if head * 2 >= elements.count, head >= 32 || head == elements.count {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head].element
    }
}
