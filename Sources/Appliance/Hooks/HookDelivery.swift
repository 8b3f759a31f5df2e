import Primitives
import Signaling

/// Which connections an event may have: pushes must not wait behind the rest.
enum HookLane: Int, Sendable, CaseIterable {
    case events
    case pushes
}

/// An event on its way: one try.
struct HookDelivery: Sendable, Hashable {
    /// Names the event to `HookQueue.settle`.
    let number: UInt64
    let lane: HookLane
    /// The value of `Turnstone-Event-Id`, the same at each try.
    let id: String
    let body: [UInt8]
    /// When this try must have an answer.
    let deadline: MonotonicTime
}

/// How a try ended.
enum HookOutcome: Sendable, Hashable {
    /// 2xx; for a push: whether it was taken over.
    case delivered(isAccepted: Bool)
    /// The server said that trying again is of no use.
    case refused
    /// Anything else, and how long the server wants to be left alone.
    case failed(retryAfter: Seconds?)
}
