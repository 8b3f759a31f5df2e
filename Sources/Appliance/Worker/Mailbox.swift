import Admin
import LinuxIO
import Primitives
import Synchronization
import TURN

/// What the control thread asks of a worker.
enum WorkerOrder: Sendable {
    /// Counters of the worker as a whole.
    case report(Reply<WorkerReport>)
    /// The allocations that match, up to the filter's limit.
    case list(AllocationFilter, Reply<AllocationList>)
    /// What each account holds.
    case accounts(Reply<[String: AccountHoldings]>)
    /// End allocations; the reply names the account of each that ended.
    case kill(KillTarget, banning: Seconds?, Reply<[String]>)
    /// What a reload changed. The answer comes when the closed sockets are out of use: the slots
    /// whose sockets cannot be watched.
    case apply(WorkerChange, Reply<[Int]>)
    /// How many allocations came by each listener.
    case countByListener(Reply<[ListenerID: Int]>)
    /// A client's stream that is this worker's from now on.
    case adopt(StreamParcel)
    /// What became of a DTLS handshake.
    case secure(HandshakeKey, HandshakeOutcome)
    /// Say that the thread is alive.
    case beat(UInt64, Pulse)
    /// Close everything and end the thread.
    case stop
}

/// Which allocations to end.
enum KillTarget: Sendable {
    case allocation(AllocationHandle)
    /// All of a user: the whole name, or the account behind it.
    case user(String)
}

/// Orders on their way to a worker; the worker's wake-up is signalled after each.
final class Mailbox: Sendable {
    private let orders = Mutex<[WorkerOrder]>([])

    func append(_ order: WorkerOrder) { orders.withLock { $0.append(order) } }

    func takeAll() -> [WorkerOrder] {
        orders.withLock { orders in
            let taken = orders
            orders = []
            return taken
        }
    }
}

/// A worker's answer, waited for by the control thread.
final class Reply<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let wakeup: SharedWakeup

    init() throws(SystemError) { wakeup = try SharedWakeup() }

    func send(_ value: Value) {
        self.value.withLock { $0 = value }
        wakeup.signal()
    }

    /// Waits at most `milliseconds`; nil when no answer came.
    func wait(milliseconds: Int32) -> Value? {
        if let value = value.withLock({ $0 }) { return value }
        guard let epoll = try? Epoll(capacity: 1) else { return nil }
        guard (try? epoll.add(wakeup.raw, .readable, token: 0)) != nil else { return nil }
        _ = epoll.wait(milliseconds: milliseconds)
        return value.withLock { $0 }
    }
}
