import Primitives
import TURN

/// A client that is reached in a connection of its own: a stream or a DTLS session.
protocol ConnectedClient: AnyObject {
    /// Its place in the worker's table.
    var number: UInt32 { get }
    var tuple: FiveTuple { get }
    /// The allocation it controls.
    var allocation: AllocationID? { get set }
}

/// Connected clients of one worker by number, by 5-tuple, and by the allocation they control; with
/// a timer for each.
struct ClientTable<Client: ConnectedClient>: ~Copyable {
    private var slots: [Client?] = []
    private var free: [UInt32] = []
    /// Freed in this turn: events of it may still name them.
    private var retired: [UInt32] = []
    private var numbers: [FiveTuple: UInt32] = [:]
    private var controllers: [AllocationID: UInt32] = [:]
    private var timers: TimerWheel

    init(at now: MonotonicTime) { timers = TimerWheel(at: now) }

    var count: Int { numbers.count }

    subscript(number: UInt32) -> Client? {
        Int(number) < slots.count ? slots[Int(number)] : nil
    }

    subscript(tuple: FiveTuple) -> Client? { numbers[tuple].flatMap { self[$0] } }

    /// Makes a client with a number of its own and remembers it.
    mutating func insert(_ tuple: FiveTuple, _ make: (UInt32) -> Client) -> Client {
        let number = free.popLast() ?? UInt32(slots.count)
        if Int(number) == slots.count { slots.append(nil) }
        let client = make(number)
        slots[Int(number)] = client
        numbers[tuple] = number
        return client
    }

    /// Forgets a client. Its number is given away again after `recycle`.
    mutating func remove(_ client: Client) {
        timers.cancel(client.number)
        slots[Int(client.number)] = nil
        if numbers[client.tuple] == client.number { numbers[client.tuple] = nil }
        if let allocation = client.allocation { controllers[allocation] = nil }
        retired.append(client.number)
    }

    /// The turn is over: numbers freed in it may be used again.
    mutating func recycle() {
        guard !retired.isEmpty else { return }
        free += retired
        retired.removeAll(keepingCapacity: true)
    }

    /// Notes that `client` controls an allocation from now on.
    mutating func assign(_ allocation: AllocationID, to client: Client) {
        client.allocation = allocation
        controllers[allocation] = client.number
        timers.cancel(client.number)
    }

    /// The allocation ended; returns who controlled it.
    mutating func release(_ allocation: AllocationID) -> Client? {
        guard let number = controllers.removeValue(forKey: allocation) else { return nil }
        self[number]?.allocation = nil
        return self[number]
    }

    /// Sets the time at which a client without an allocation is closed.
    mutating func schedule(_ client: Client, at deadline: MonotonicTime) {
        timers.schedule(client.number, at: deadline)
    }

    mutating func cancelTimer(of client: Client) { timers.cancel(client.number) }

    /// Takes one client whose time is up; call again until nil.
    mutating func nextDue(at now: MonotonicTime) -> Client? {
        timers.nextDue(at: now).flatMap { self[$0] }
    }

    var nextDeadline: MonotonicTime { timers.nextDeadline }

    /// Every client; for the end of the thread.
    var all: [Client] { slots.compactMap { $0 } }
}
