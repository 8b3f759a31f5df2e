import Primitives
import Signaling

/// Events between the switchboard and the hook: who waits for whom, who comes next, who is tried
/// again and when. Knows no socket and no clock.
///
/// Events of one call form a line: only its first is ever on its way, and while that waits for
/// its next try the others wait behind it. Lines do not wait for each other. A push stands in a
/// line of its own.
struct HookQueue: Sendable {
    private struct Entry: Sendable {
        let line: String
        /// Nil for a push without a call, of which nobody needs to hear.
        let call: CallID?
        let lane: HookLane
        let id: String
        let body: [UInt8]
        /// A push is worth nothing later.
        let expires: MonotonicTime
        var tries = 0
        var due: MonotonicTime
        var isOnItsWay = false
        /// Whether `ages` knows it.
        var hasAge = true
    }

    private enum Turn: Sendable, Equatable {
        case ready
        case waiting(MonotonicTime)
        case onItsWay
    }

    private struct Line: Sendable {
        var numbers = HookFIFO<UInt64>()
        var turn = Turn.ready
    }

    let eventsMax: Int
    let bytesMax: Int
    private(set) var counters = HookCounters()
    private var entries: [UInt64: Entry] = [:]
    private var lines: [String: Line] = [:]
    /// Lines whose first may go now, for each lane.
    private var ready = HookLane.allCases.map { _ in HookFIFO<String>() }
    private var waiting = HookTimers<String>()
    private var pushEnds = HookTimers<UInt64>()
    /// The oldest first, to be dropped first; numbers of entries that are gone stay until met.
    private var ages = HookFIFO<UInt64>()
    private var lastNumber: UInt64 = 0
    private var isLeaving = false

    init(eventsMax: Int = HookRules.eventsMax, bytesMax: Int = HookRules.bytesMax) {
        self.eventsMax = eventsMax
        self.bytesMax = bytesMax
    }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// When `advance` or `takeExpired` has something to do.
    var nextDeadline: MonotonicTime { min(waiting.next, pushEnds.next) }

    /// Takes an event. The calls of pushes that had to make room are returned.
    ///
    /// - Parameter ringing: for a push: how long its call still rings.
    mutating func offer(
        _ event: HookEvent, id: String, body: [UInt8], ringing: Seconds? = nil,
        at now: MonotonicTime
    ) -> [CallID] {
        var lost: [CallID] = []
        while entries.count >= eventsMax || counters.queuedBytes + body.count > bytesMax {
            guard let dropped = dropOldest(at: now) else { break }
            if let call = dropped { lost.append(call) }
        }
        lastNumber += 1
        let isPush = event.name == .pushRequested
        let call = event.call
        let entry = Entry(
            line: isPush ? "push \(lastNumber)" : call?.text ?? "event \(lastNumber)",
            call: call, lane: isPush ? .pushes : .events, id: id, body: body,
            expires: ringing.map { now + $0 } ?? .never, due: now)
        entries[lastNumber] = entry
        ages.append(lastNumber)
        tidy()
        if entry.expires != .never { pushEnds.add(lastNumber, at: entry.expires) }
        counters.queued += 1
        counters.queuedBytes += body.count
        lines[entry.line, default: Line()].numbers.append(lastNumber)
        if lines[entry.line]?.numbers.first == lastNumber { setTurn(of: entry.line, at: now) }
        return lost
    }

    /// Lets those go whose time has come; until `nextDeadline` nothing more happens by itself.
    mutating func advance(at now: MonotonicTime) {
        while let line = waiting.popDue(at: now) {
            // Others may have come to the front since.
            if case .waiting(let due) = lines[line]?.turn, due <= now { setTurn(of: line, at: now) }
        }
    }

    /// The next event to try on a lane; nil when none may go now. Call `advance` before.
    mutating func next(_ lane: HookLane, at now: MonotonicTime) -> HookDelivery? {
        while let line = ready[lane.rawValue].popFirst() {
            guard lines[line]?.turn == .ready, let number = lines[line]?.numbers.first,
                var entry = entries[number]
            else { continue }
            lines[line]?.turn = .onItsWay
            entry.tries += 1
            if entry.tries > 1 { counters.retried += 1 }
            entry.isOnItsWay = true
            entries[number] = entry
            return HookDelivery(
                number: number, lane: lane, id: entry.id, body: entry.body,
                deadline: min(now + HookRules.tryPatience, entry.expires))
        }
        return nil
    }

    /// Takes note of how a try ended; for a push that is settled by it: its call, and whether it
    /// was accepted.
    ///
    /// - Parameter chance: random bits, for the delay.
    mutating func settle(
        _ number: UInt64, _ outcome: HookOutcome, chance: UInt64, at now: MonotonicTime
    ) -> HookAnswer? {
        guard var entry = entries[number] else { return nil }
        switch outcome {
        case .delivered(let isAccepted):
            counters.delivered += 1
            return end(number, entry, isAccepted: isAccepted, at: now)
        case .refused:
            counters.givenUp += 1
            return end(number, entry, isAccepted: false, at: now)
        case .failed(let retryAfter):
            let due = Self.retry(entry.tries, entry.lane, retryAfter, chance: chance, at: now)
            guard let due, due < entry.expires, !isLeaving else {
                counters.givenUp += 1
                return end(number, entry, isAccepted: false, at: now)
            }
            entry.isOnItsWay = false
            entry.due = due
            if !entry.hasAge { ages.append(number) }
            entry.hasAge = true
            entries[number] = entry
            setTurn(of: entry.line, at: now)
            return nil
        }
    }

    /// The next push whose call rings no more and that nobody is trying; call until nil.
    mutating func takeExpired(at now: MonotonicTime) -> HookAnswer? {
        while let number = pushEnds.popDue(at: now) {
            guard let entry = entries[number], !entry.isOnItsWay else { continue }
            counters.givenUp += 1
            if let answer = end(number, entry, isAccepted: false, at: now) { return answer }
        }
        return nil
    }

    /// The program ends: what waits for another try gets it at once, and it is the last.
    mutating func leave(at now: MonotonicTime) {
        isLeaving = true
        for (number, entry) in entries where entry.due > now { entries[number]?.due = now }
        for (line, state) in lines where state.turn != .onItsWay { setTurn(of: line, at: now) }
    }

    /// When a try that failed is repeated; nil: never.
    private static func retry(
        _ tries: Int, _ lane: HookLane, _ retryAfter: Seconds?, chance: UInt64,
        at now: MonotonicTime
    ) -> MonotonicTime? {
        guard tries < HookRules.triesMax else { return nil }
        let delays = lane == .pushes ? HookRules.pushDelays : HookRules.eventDelays
        let usual = delays[tries - 1].nanoseconds
        let span = usual * 2 * HookRules.jitterPercent / 100
        let delay = usual - span / 2 + chance % (span + 1)
        let asked = min(retryAfter ?? Seconds(0), HookRules.retryAfterMax).nanoseconds
        return MonotonicTime(nanoseconds: now.nanoseconds + max(delay, asked))
    }

    private mutating func end(
        _ number: UInt64, _ entry: Entry, isAccepted: Bool, at now: MonotonicTime
    ) -> HookAnswer? {
        remove(number, entry)
        setTurn(of: entry.line, at: now)
        guard entry.lane == .pushes, let call = entry.call else { return nil }
        return .pushSettled(call, isAccepted: isAccepted)
    }

    private mutating func remove(_ number: UInt64, _ entry: Entry) {
        entries[number] = nil
        counters.queued -= 1
        counters.queuedBytes -= entry.body.count
        guard var line = lines.removeValue(forKey: entry.line) else { return }
        if line.numbers.first == number {
            _ = line.numbers.popFirst()
        } else {
            line.numbers.removeAll { $0 == number }
        }
        if !line.numbers.isEmpty { lines[entry.line] = line }
    }

    /// The first of a line, if there is one, goes now or when it is due.
    private mutating func setTurn(of name: String, at now: MonotonicTime) {
        guard let number = lines[name]?.numbers.first, let entry = entries[number],
            !entry.isOnItsWay
        else { return }
        if entry.due <= now {
            lines[name]?.turn = .ready
            ready[entry.lane.rawValue].append(name)
            tidy()
        } else {
            lines[name]?.turn = .waiting(entry.due)
            waiting.add(name, at: entry.due)
        }
    }

    /// Forgets names and numbers of what is gone when they outweigh the rest.
    private mutating func tidy() {
        for lane in ready.indices where ready[lane].count > 2 * lines.count + 64 {
            var seen: Set<String> = []
            ready[lane].removeAll { name in
                lines[name]?.turn != .ready || !seen.insert(name).inserted
            }
        }
        if ages.count > 2 * entries.count + 64 {
            ages.removeAll { entries[$0] == nil }
        }
    }

    /// Nil when nothing can be dropped; else the call of a push that is lost, if it was one.
    private mutating func dropOldest(at now: MonotonicTime) -> CallID?? {
        while let number = ages.popFirst() {
            guard let entry = entries[number] else { continue }
            guard !entry.isOnItsWay else {
                entries[number]?.hasAge = false
                continue
            }
            counters.dropped += 1
            let wasFirst = lines[entry.line]?.numbers.first == number
            remove(number, entry)
            if wasFirst { setTurn(of: entry.line, at: now) }
            return .some(entry.lane == .pushes ? entry.call : nil)
        }
        return nil
    }
}
