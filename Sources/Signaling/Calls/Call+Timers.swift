package import Primitives

// Deadlines are data: whoever owns the call asks for the next one and comes back (law 1).
extension Call {
    /// When `tick` has to be called next; nil when nothing is awaited.
    package var nextDeadline: MonotonicTime? {
        var first: MonotonicTime?
        for timer in CallTimer.allCases {
            guard let deadline = deadline(of: timer)?.monotonic else { continue }
            first = min(first ?? .never, deadline)
        }
        return first
    }

    /// The timer that was due first.
    func dueTimer(at now: Now) -> CallTimer? {
        var first: (timer: CallTimer, at: MonotonicTime)?
        for timer in CallTimer.allCases {
            guard let deadline = deadline(of: timer)?.monotonic, deadline <= now.monotonic,
                first.map({ deadline < $0.at }) ?? true
            else { continue }
            first = (timer, deadline)
        }
        return first?.timer
    }

    func deadline(of timer: CallTimer) -> Stamp? {
        switch timer {
        case .ring: deadlines.ring
        case .alert: deadlines.alert
        case .calleeOffline: deadlines.calleeOffline
        case .connect: deadlines.connect
        case .absentCaller: deadlines.absentCaller
        case .window: windowEnd
        case .guestSeat: state == .waiting ? earliest(seats.compactMap { lapse(of: $0) }) : nil
        case .waiting: deadlines.waiting
        case .longest: deadlines.longest
        case .tomb: deadlines.tomb
        }
    }

    /// The end of the reconnect window: of both who are away, or of either (S0-23). Of a
    /// recovered call the side that has not come yet counts as away from the start.
    private var windowEnd: Stamp? {
        guard state.status == .active, isRecovered || seats.contains(where: { !$0.isOnline })
        else { return nil }
        var absences = seats.compactMap(\.disconnectedAt)
        if isRecovered {
            absences += Array(repeating: createdAt, count: 2 - seats.count)
        }
        let ends = absences.map { $0.adding(milliseconds: settings.windowMilliseconds) }
        switch settings.reconnectPolicy {
        case .any: return earliest(ends)
        case .both:
            return ends.count < 2 ? nil : ends.max { $0.monotonic < $1.monotonic }
        }
    }

    private func earliest(_ stamps: [Stamp]) -> Stamp? {
        stamps.min { $0.monotonic < $1.monotonic }
    }

    mutating func fire(_ timer: CallTimer, _ now: Now) {
        switch timer {
        case .ring: giveUpRinging(.noAnswer, now)
        case .alert: missAlert(now)
        case .calleeOffline: giveUpRinging(.calleeOffline, now)
        case .connect:
            deadlines.connect = nil
            // A client that cannot report may well be connected (2.6).
            if seats.allSatisfy(\.reportsConnected) { endByServer(.connectFailed, now) }
        case .absentCaller: endByServer(.connectFailed, now)
        case .window: endByServer(.reconnectTimeout, now)
        case .guestSeat: freeLapsedSeats(now)
        case .waiting: endByServer(.expired, now)
        case .longest: endByServer(.maxDuration, now)
        case .tomb:
            deadlines.tomb = nil
            output.append(.forget)
        }
    }

    private mutating func endByServer(_ reason: EndReason, _ now: Now) {
        end(reason, by: nil, from: nil, now)
    }
}
