import HTTP
import Primitives

/// How the servers of the application are: for the log, and so that one that is gone is not
/// called by every event that waits.
struct HookHealth {
    private var failuresInRow = 0
    private var probeAt = MonotonicTime(nanoseconds: 0)
    /// The roles that have failed last, and when that was said.
    private var saidAt: [String: MonotonicTime] = [:]

    private var isGone: Bool { failuresInRow >= HookRules.failuresMax }

    /// When an event may be tried although the server is gone.
    var nextProbe: MonotonicTime { isGone ? probeAt : .never }

    /// How many requests of a lane may be on their way. Pushes cannot wait for a probe.
    func requestsMax(_ lane: HookLane, at now: MonotonicTime) -> Int {
        switch lane {
        case .pushes: HookRules.pushesAtOnce
        case .events: isGone ? (now < probeAt ? 0 : 1) : HookRules.eventsAtOnce
        }
    }

    /// Takes note that no response came; a line for the log when it is time for one.
    mutating func fail(
        _ target: HookTarget, _ reason: String, _ job: HookJob, at now: MonotonicTime
    ) -> String? {
        count(job, isGone: true, at: now)
        return complain(target, reason, at: now)
    }

    /// The same for a response, which may say that nobody is there either.
    mutating func answer(
        _ target: HookTarget, _ status: HTTPStatus, _ job: HookJob, at now: MonotonicTime
    ) -> String? {
        // What proxies say of a server behind them (RFC 9110 §15.6.3 to §15.6.5).
        count(job, isGone: (502...504).contains(status.rawValue), at: now)
        switch status.rawValue {
        case 200...299:
            return saidAt.removeValue(forKey: target.role) == nil ? nil : "answers again"
        case 404 where job.isQuestion: return nil
        default: return complain(target, "status \(status.rawValue)", at: now)
        }
    }

    private mutating func count(_ job: HookJob, isGone: Bool, at now: MonotonicTime) {
        guard case .delivery(let delivery) = job, delivery.lane == .events else { return }
        failuresInRow = isGone ? failuresInRow + 1 : 0
        probeAt = now + HookRules.probePause
    }

    private mutating func complain(
        _ target: HookTarget, _ reason: String, at now: MonotonicTime
    ) -> String? {
        if let said = saidAt[target.role], now < said + HookRules.noticePause { return nil }
        saidAt[target.role] = now
        return reason
    }
}

extension HookJob {
    fileprivate var isQuestion: Bool {
        if case .question = self { return true }
        return false
    }
}
