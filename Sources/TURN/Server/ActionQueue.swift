/// Actions in their order, in storage that is kept when it has been drained.
struct ActionQueue {
    private var actions: [Action] = []
    private var head = 0

    init(capacity: Int) { actions.reserveCapacity(capacity) }

    var isEmpty: Bool { actions.isEmpty }

    mutating func push(_ action: Action) { actions.append(action) }

    mutating func pop() -> Action? {
        guard head < actions.count else {
            head = 0
            actions.removeAll(keepingCapacity: true)
            return nil
        }
        head += 1
        return actions[head - 1]
    }
}
