import HTTP
import LinuxIO
import Primitives
import Synchronization

/// One of the two addresses that hooks have: its host's addresses, and the connections that wait
/// to be used again. Belongs to the thread of the hooks.
final class HookTarget {
    /// What it is called in the log: the key of the configuration.
    let role: String
    let url: HTTPURL
    /// Connections without a job, the last used one last.
    var idle: [UInt64] = []
    /// In the order in which to try them.
    private(set) var addresses: [TransportAddress] = []
    private var resolvedAt = MonotonicTime(nanoseconds: 0)
    private var lookup: HookLookup?
    private let isLiteral: Bool

    init(role: String, url: HTTPURL) {
        self.role = role
        self.url = url
        let literal = IPAddress(url.host)
        isLiteral = literal != nil
        if let literal { addresses = [TransportAddress(literal, url.origin.port)] }
    }

    /// Has the name resolved on a thread of its own where it is unknown or long known.
    func resolve(waking wakeup: SharedWakeup, at now: MonotonicTime) throws(SystemError) {
        let isFresh = now < resolvedAt + HookRules.nameLifetime && !addresses.isEmpty
        guard !isLiteral, !isFresh, lookup == nil else { return }
        lookup = try HookLookup(url.host, url.origin.port, waking: wakeup)
    }

    /// Nil while nobody has an answer. A name that fails keeps the addresses that it had.
    func takeAnswer(at now: MonotonicTime) -> HookLookup.Answer? {
        guard let answer = lookup?.takeAnswer() else { return nil }
        lookup = nil
        if case .success(let found) = answer {
            addresses = found
            resolvedAt = now
        }
        return answer
    }

    /// The address works: it is tried first from now on.
    func prefer(_ address: TransportAddress) {
        guard addresses.first != address, let index = addresses.firstIndex(of: address) else {
            return
        }
        addresses.swapAt(0, index)
    }

    /// None of the addresses works: the name may have others by now.
    func forgetAddresses() {
        if !isLiteral { addresses = [] }
    }
}

/// A name being resolved on a thread of its own, since nothing else can wait for the system's
/// resolver: it blocks for as long as name servers are silent.
final class HookLookup {
    typealias Answer = Result<[TransportAddress], HostName.Failure>

    private final class Box: Sendable {
        let answer = Mutex<Answer?>(nil)
    }

    private let box = Box()
    private var thread: Thread?

    /// glibc keeps answers of name servers on the stack.
    private static let stackSize = 512 << 10

    /// - Parameter wakeup: is signalled when there is an answer.
    init(_ host: String, _ port: UInt16, waking wakeup: SharedWakeup) throws(SystemError) {
        let box = box
        thread = try Thread(name: "hook-name", stackSize: Self.stackSize) {
            let answer: Answer
            do throws(HostName.Failure) {
                answer = .success(try HostName.addresses(of: host, port: port))
            } catch {
                answer = .failure(error)
            }
            box.answer.withLock { $0 = answer }
            wakeup.signal()
        }
    }

    /// Nil while the thread is at work.
    func takeAnswer() -> Answer? {
        guard let answer = box.answer.withLock({ $0.take() }) else { return nil }
        // It has nothing left to do.
        if let thread = thread.take() { thread.join() }
        return answer
    }
}
