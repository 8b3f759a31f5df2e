import Synchronization
import TURN

/// What workers tell the log, kept until the control thread writes it: a slow disk or terminal
/// never holds up a packet.
final class EventQueue: Sendable {
    /// Enough for a burst of allocations; beyond it events are counted, not kept.
    static let capacity = 4096

    struct Content {
        var events: [Event] = []
        var lost: UInt64 = 0
    }

    private let content = Mutex(Content())

    /// Adds an event. Returns true when the queue was empty, so that the reader must be woken.
    func append(_ event: Event) -> Bool {
        content.withLock { content in
            guard content.events.count < Self.capacity else {
                content.lost += 1
                return false
            }
            content.events.append(event)
            return content.events.count == 1
        }
    }

    /// Whoever makes many events at will waits until this is over.
    var isHalfFull: Bool { content.withLock { $0.events.count >= Self.capacity / 2 } }

    /// Takes everything that was added since the last call.
    func takeAll() -> Content {
        content.withLock { content in
            let taken = content
            content = Content()
            return taken
        }
    }
}
