import Forwarding
import LinuxIO
import Primitives
import STUN
import TURN

/// Everything a worker thread starts with. Made by the control thread; after that only the worker
/// changes its own, at a reload.
struct WorkerParts: Sendable {
    /// Counted from 0.
    var number: Int
    var settings: ServerSettings
    var hash: any MessageHash
    /// Ledgers, nonce keys and credentials: what all workers have in common.
    var shared: SharedState
    var relayMap: RelayMap
    /// This worker's UDP sockets for clients, by slot (`ListenerSlots`); nil where it was closed.
    /// The worker closes the others.
    var sockets: [UDPHandle?]
    /// How relay sockets are opened.
    var relayOptions: UDPOptions
    /// Loopback was opened by force: own loopback addresses are also reached by the kernel.
    var reachesLoopback: Bool
    /// The rings to each worker and from each worker, by number; the own ones stay unused.
    var outgoing: [HandoverRing]
    var incoming: [HandoverRing]
    /// Every worker's wake-up, by number.
    var wakeups: [SharedWakeup]
    /// Every worker's mailbox, by number.
    var mailboxes: [Mailbox]
    var streams: StreamSettings
    var secure: SecureParts
    var events: EventQueue
    /// Wakes the control thread when `events` is no longer empty.
    var controlWakeup: SharedWakeup

    var wakeup: SharedWakeup { wakeups[number] }
    var mailbox: Mailbox { mailboxes[number] }
}

/// Bounds of the clients behind TCP and TLS.
struct StreamSettings: Sendable, Hashable {
    /// How long a client may stay without an allocation.
    var idleLimit: Seconds
    /// What may wait for one client that reads slowly.
    var queue: StreamQueue.Bounds
}

/// A wake-up that several threads hold.
final class SharedWakeup: Sendable {
    private let wakeup: Wakeup

    init() throws(SystemError) { wakeup = try Wakeup() }

    var raw: Int32 { wakeup.raw }

    func signal() { wakeup.signal() }

    func drain() { wakeup.drain() }
}
