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
    private let hasEvents: Bool
    private let hasResolver: Bool
    private let canPush: Bool
    /// Random for each start, so that no id comes twice.
    private let idPrefix: String
    private let lastID = Atomic<UInt64>(0)

    /// Larger than the file that systems come with.
    private static let authoritiesBytesMax = 4 << 20

    /// - Parameter wakeup: is signalled when `takeAnswers` or `takeNotice` has something.
    /// - Throws: what is wrong with the settings, in words.
    init(settings: HookSettings, wakeup: SharedWakeup) throws(HookFailure) {
        let eventURL = try Self.url(settings.eventURL, role: "webhook-url")
        let resolverURL = try Self.url(settings.resolverURL, role: "chat-resolver-url")
        let isSecure = [eventURL, resolverURL].contains { $0?.isSecure == true }
        let context = isSecure ? try Self.context(settings.caFile) : nil
        hasEvents = eventURL != nil
        hasResolver = resolverURL != nil
        canPush = hasEvents && settings.push
        var entropy = Entropy()
        idPrefix = "evt_" + String(entropy.next() | 1 << 63, radix: 16)
        do throws(SystemError) {
            let board = try HookBoard(control: wakeup)
            let parts = HookParts(
                board: board, eventURL: eventURL, resolverURL: resolverURL, context: context,
                signature: HookSignature(secret: settings.secret))
            thread = Mutex(try Thread(name: "hooks") { Self.work(parts) })
            self.board = board
        } catch {
            throw .system("the thread of the hooks: \(error)")
        }
    }

    /// A sender that nobody stopped ends its thread with what it has.
    deinit { board.leave(by: MonotonicTime(nanoseconds: 0)) }

    /// Takes an event over; at the bound of the queue the oldest one is lost.
    func offer(_ event: HookEvent) {
        let isPush = event.name == .pushRequested
        guard isPush ? canPush : hasEvents else {
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
        guard hasResolver, board.ask(question) else { return board.answer(.resolved(id, nil)) }
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

    private static func url(_ text: String?, role: String) throws(HookFailure) -> HTTPURL? {
        guard let text else { return nil }
        guard let url = HTTPURL(text) else { throw .urlUnusable(role: role) }
        return url
    }

    private static func context(_ file: String?) throws(HookFailure) -> TLSContext {
        var trust = TLSTrust.system
        let name = file ?? "the system's list"
        if let file {
            do throws(SystemError) {
                let pem = try File.read(file, max: authoritiesBytesMax)
                trust = .authorities(pem: pem, file: file)
            } catch {
                throw .authoritiesUnreadable(file: file, reason: "\(error)")
            }
        }
        do throws(TLSFailure) {
            let settings = TLSSettings(protocols: ["http/1.1"], trust: trust)
            return try TLSContext(settings, transport: .stream, role: .client)
        } catch {
            throw .authoritiesUnreadable(file: name, reason: "\(error)")
        }
    }

    private static func work(_ parts: HookParts) {
        do throws(SystemError) {
            try HookWorker(parts).run()
        } catch {
            // Only epoll could fail, at start.
            fatalError("the thread of the hooks: \(error)")
        }
    }
}
