/// Everything that a call may wait for.
enum CallTimer: Hashable, Sendable, CaseIterable {
    case ring
    case alert
    case calleeOffline
    case connect
    case absentCaller
    /// The reconnect window of the sides that are away.
    case window
    /// A reserved guest seat, or one whose guest is away from a room that waits.
    case guestSeat
    case waiting
    case longest
    case tomb
}

/// The deadlines that are set and cleared; those of absent seats follow from the seats.
struct CallDeadlines: Hashable, Sendable, Codable {
    var ring: Stamp?
    var alert: Stamp?
    var calleeOffline: Stamp?
    var connect: Stamp?
    var absentCaller: Stamp?
    var waiting: Stamp?
    var longest: Stamp?
    var tomb: Stamp?
}
