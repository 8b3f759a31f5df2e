/// First in, first out; both ends cost the same however long it is.
struct HookFIFO<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }
    var count: Int { elements.count - head }
    var first: Element? { isEmpty ? nil : elements[head] }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        head += 1
        // Half of it is behind us: moving the rest costs no more than getting there did.
        if head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }

    /// Removes the elements that `predicate` names, which costs a look at each.
    mutating func removeAll(where predicate: (Element) -> Bool) {
        elements.removeFirst(head)
        head = 0
        elements.removeAll(where: predicate)
    }
}
