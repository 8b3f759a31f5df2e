import Crypto
import HTTP
import JSON
import LinuxIO
import Primitives
import Signaling
import Synchronization

/// Tells the servers of the application what happens to calls, and asks them who is meant by a
/// chat, on a thread of its own: the control thread never waits for a name or a socket.
///
/// Events are delivered at least once, in order for each call; `HookRules` has the bounds, and
/// `docs/webhooks.md` says what servers see.
final class HookSender: Sendable {
    private let board: HookBoard
    private let thread: Mutex<Thread?>
    private let wants: Mutex<Wants>
    /// Random for each start, so that no id comes twice.
    private let idPrefix: String
    private let lastID = Atomic<UInt64>(0)

    /// What the configuration has hooks for.
    private struct Wants {
        var events = false
        var answers = false
        var pushes = false

        init(_ aims: HookAims?) {
            guard let aims else { return }
            events = aims.eventURL != nil
            answers = aims.resolverURL != nil
            pushes = aims.canPush
        }
    }

    /// - Parameter wakeup: is signalled when `takeAnswers` or `takeNotice` has something.
    /// - Throws: what is wrong with the settings, in words.
    init(settings: HookSettings, wakeup: SharedWakeup) throws(HookFailure) {
        let aims = try HookAims(settings)
        wants = Mutex(Wants(aims))
        var entropy = Entropy()
        idPrefix = "evt_" + String(entropy.next() | 1 << 63, radix: 16)
        do throws(SystemError) {
            let board = try HookBoard(control: wakeup)
            thread = Mutex(try Thread(name: "hooks") { Self.work(aims, board) })
            self.board = board
        } catch {
            throw .system("the thread of the hooks: \(error)")
        }
    }

    /// Other addresses or another secret from now on; nil: nothing more is wanted. What waits to
    /// be delivered goes to the new address; where there is none, to the one it was meant for.
    func apply(_ settings: HookSettings?) throws(HookFailure) {
        let aims: HookAims? = if let settings { try HookAims(settings) } else { nil }
        wants.withLock { $0 = Wants(aims) }
        if let aims { board.aim(aims) }
    }

    /// A sender that nobody stopped ends its thread with what it has.
    deinit { board.leave(by: MonotonicTime(nanoseconds: 0)) }

    /// Takes an event over; at the bound of the queue the oldest one is lost.
    func offer(_ event: HookEvent) {
        let isPush = event.name == .pushRequested
        guard wants.withLock({ isPush ? $0.pushes : $0.events }) else {
            guard isPush, let call = event.call else { return }
            return board.answer(.pushSettled(call, isAccepted: false))
        }
        let number = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        let id = idPrefix + String(number, radix: 16)
        let body: JSONValue = [
            "id": .string(id), "type": .string(event.name.rawValue),
            "created_at": .integer(Clock.unixMilliseconds()), "data": .object(event.data),
        ]
        board.offer(
            event, id: id, body: body.bytes, ringing: isPush ? Self.ringing(event) : nil,
            at: Clock.monotonic())
    }

    /// Asks who is meant by `chat`. The answer comes within 5 s in any case.
    func ask(_ id: ResolutionID, chat: String, caller: UserID) {
        let body: JSONValue = ["chat_id": .string(chat), "caller": .string(caller.text)]
        let question = HookQuestion(
            id: id, body: body.bytes, deadline: Clock.monotonic() + HookRules.questionPatience)
        guard wants.withLock({ $0.answers }), board.ask(question) else {
            return board.answer(.resolved(id, nil))
        }
    }

    /// What came back since the last call.
    func takeAnswers() -> [HookAnswer] { board.takeAnswers() }

    /// A line for the log about hooks that fail, or work again; at most one in a minute for each.
    func takeNotice() -> String? { board.takeNotice() }

    var counters: HookCounters { board.counters }

    /// Delivers what it still can and ends the thread; returns how many events are lost.
    @discardableResult
    func stop(within patience: Seconds) -> Int {
        let before = counters.givenUp
        board.leave(by: Clock.monotonic() + patience)
        if let thread = thread.withLock({ $0.take() }) { thread.join() }
        let after = counters
        return after.queued + Int(clamping: after.givenUp - before)
    }

    /// How long the call of a push still rings, up to what a push is worth.
    private static func ringing(_ event: HookEvent) -> Seconds {
        guard let left = event.data["ring_left_ms"]?.integer else { return HookRules.pushPatience }
        return min(Seconds(UInt32(clamping: (left + 999) / 1000)), HookRules.pushPatience)
    }

    private static func work(_ aims: HookAims, _ board: HookBoard) {
        do throws(SystemError) {
            try HookWorker(aims, board).run()
        } catch {
            // Only epoll could fail, at start.
            fatalError("the thread of the hooks: \(error)")
        }
    }
}
