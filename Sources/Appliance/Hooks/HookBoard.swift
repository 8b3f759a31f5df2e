import LinuxIO
import Primitives
import Signaling
import Synchronization

/// A question on its way to the thread.
struct HookQuestion: Sendable, Hashable {
    let id: ResolutionID
    let body: [UInt8]
    let deadline: MonotonicTime
}

/// What the control thread and the thread of the hooks share, and how they wake each other.
final class HookBoard: Sendable {
    private struct State {
        var queue = HookQueue()
        var counters = HookCounters()
        var questions: [HookQuestion] = []
        /// Questions without an answer, those on their way included.
        var questionCount = 0
        var answers: [HookAnswer] = []
        /// Where to go from now on, until the thread has taken it over.
        var aims: HookAims?
        var leaveBy: MonotonicTime?
        var notice: String?
        /// The thread has been woken and has not looked yet.
        var isSignalled = false
    }

    private let state = Mutex(State())
    /// Of the thread.
    let wakeup: SharedWakeup
    private let control: SharedWakeup

    init(control: SharedWakeup) throws(SystemError) {
        wakeup = try SharedWakeup()
        self.control = control
    }

    // The control thread's side.

    func offer(
        _ event: HookEvent, id: String, body: [UInt8], ringing: Seconds?, at now: MonotonicTime
    ) {
        let (mustWake, hasAnswers) = state.withLock { state in
            let lost = state.queue.offer(event, id: id, body: body, ringing: ringing, at: now)
            state.answers += lost.map { .pushSettled($0, isAccepted: false) }
            return (Self.wake(&state), !lost.isEmpty)
        }
        if mustWake { wakeup.signal() }
        if hasAnswers { control.signal() }
    }

    /// False at the bound of questions.
    func ask(_ question: HookQuestion) -> Bool {
        let (isTaken, mustWake) = state.withLock { state in
            guard state.questionCount < HookRules.questionsMax else {
                state.counters.refused += 1
                return (false, false)
            }
            state.questionCount += 1
            state.questions.append(question)
            return (true, Self.wake(&state))
        }
        if mustWake { wakeup.signal() }
        return isTaken
    }

    func takeAnswers() -> [HookAnswer] {
        state.withLock { state in
            let taken = state.answers
            state.answers = []
            return taken
        }
    }

    func takeNotice() -> String? { state.withLock { $0.notice.take() } }

    var counters: HookCounters {
        state.withLock { state in
            var counters = state.queue.counters
            counters.resolved = state.counters.resolved
            counters.unresolved = state.counters.unresolved
            counters.refused = state.counters.refused
            return counters
        }
    }

    /// How many events are not delivered.
    var count: Int { state.withLock { $0.queue.count } }

    func aim(_ aims: HookAims) {
        state.withLock { $0.aims = aims }
        wakeup.signal()
    }

    func leave(by deadline: MonotonicTime) {
        state.withLock { $0.leaveBy = deadline }
        wakeup.signal()
    }

    /// For an answer that needs no thread.
    func answer(_ answer: HookAnswer) {
        state.withLock { $0.answers.append(answer) }
        control.signal()
    }

    private static func wake(_ state: inout State) -> Bool {
        defer { state.isSignalled = true }
        return !state.isSignalled
    }

    // The thread's side.

    /// What is new since the last look. Whatever comes after it wakes the thread again.
    func look() -> (questions: [HookQuestion], leaveBy: MonotonicTime?) {
        state.withLock { state in
            state.isSignalled = false
            let questions = state.questions
            state.questions = []
            return (questions, state.leaveBy)
        }
    }

    /// Where to go, if that is new.
    func takeAims() -> HookAims? { state.withLock { $0.aims.take() } }

    /// When the queue has something to do by itself, and when the thread has to end.
    var deadlines: (queue: MonotonicTime, leaveBy: MonotonicTime) {
        state.withLock { ($0.queue.nextDeadline, $0.leaveBy ?? .never) }
    }

    func withQueue<Result: Sendable>(_ body: (inout HookQueue) -> Result) -> Result {
        state.withLock { body(&$0.queue) }
    }

    func settle(
        _ number: UInt64, _ outcome: HookOutcome, chance: UInt64, at now: MonotonicTime
    ) {
        let hasAnswer = state.withLock { state in
            guard let answer = state.queue.settle(number, outcome, chance: chance, at: now)
            else { return false }
            state.answers.append(answer)
            return true
        }
        if hasAnswer { control.signal() }
    }

    /// Lets time pass for the queue: tries that are due, pushes whose calls ring no more.
    func advance(at now: MonotonicTime) {
        let hasAnswers = state.withLock { state in
            state.queue.advance(at: now)
            let before = state.answers.count
            while let answer = state.queue.takeExpired(at: now) { state.answers.append(answer) }
            return state.answers.count > before
        }
        if hasAnswers { control.signal() }
    }

    /// - Parameter isSaid: the application did answer.
    func resolve(_ id: ResolutionID, _ callee: UserID?, isSaid: Bool) {
        state.withLock { state in
            state.questionCount -= 1
            if isSaid { state.counters.resolved += 1 } else { state.counters.unresolved += 1 }
            state.answers.append(.resolved(id, callee))
        }
        control.signal()
    }

    /// Leaves a line for the log; a later one replaces it.
    func note(_ line: String) {
        state.withLock { $0.notice = line }
        control.signal()
    }
}
