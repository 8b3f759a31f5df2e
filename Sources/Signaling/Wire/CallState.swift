/// Where a call stands (calls.md 2.6).
package enum CallState: String, Hashable, Sendable, CaseIterable, Codable {
    /// A room with fewer than two people online.
    case waiting
    /// The callee's devices ring.
    case ringing
    /// Both sides are there, media is being connected.
    case answered
    /// Both sides have reported media.
    case active
    /// A side that was there is away.
    case reconnecting
    case ended

    /// The coarse state that lists filter by (S2-4).
    package enum Status: String, Hashable, Sendable, CaseIterable {
        case waiting
        case active
        case ended
    }

    package var status: Status {
        switch self {
        case .waiting, .ringing: .waiting
        case .answered, .active, .reconnecting: .active
        case .ended: .ended
        }
    }
}

/// Who a seat belongs to: the caller or the one who opened the room, and the other.
package enum SeatRole: String, Hashable, Sendable, CaseIterable, Codable {
    case host
    case guest
}
