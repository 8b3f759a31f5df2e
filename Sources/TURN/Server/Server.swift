package import Primitives
package import STUN

/// The STUN and TURN server of one worker: everything about who may relay what to whom, as a state
/// machine without sockets, clock or randomness of its own (ARCHITECTURE.md, law 1).
///
/// Call one of `receive`, `receiveICMP`, `tick`, `apply`, `kill`; then take `nextAction()` until it
/// returns nil and carry each action out before taking the next; then wait until `nextDeadline`.
package struct Server: ~Copyable {
    package internal(set) var settings: ServerSettings
    package internal(set) var counters = Counters()
    /// The bytes that `.send` actions point into.
    package internal(set) var outgoing: [UInt8]

    let worker: WorkerID
    let hash: any MessageHash
    let shared: SharedState
    var entropy: any RandomNumberGenerator & Sendable
    /// The moment of the call at hand.
    var now: Now

    var allocations: Slab<Allocation>
    var permissions: Slab<Permission>
    var channels: Slab<Channel>
    var connections: Slab<Connection>
    /// Connections by their CONNECTION-ID.
    var connectionByNumber: [UInt32: UInt32] = [:]
    /// Connections that are over while actions that name them are still to be taken.
    var closedConnections: [UInt32] = []
    /// The first allocation of each user in this worker, by `UserSlot`.
    var firstByUser: [UInt32] = []
    var allocationByTuple: FiveTupleIndex
    /// One timer for each allocation: the first end of its own, of a permission or a channel.
    var timers: TimerWheel
    /// Tokens that this worker gave out, in order of time.
    var reserved = TimedQueue<UInt64>()
    /// The next allocation that a reload has to judge again; nil when all are judged.
    var sweep: UInt32?
    /// The Allocate that waits for its relay socket.
    var opening: Opening?
    var nextGeneration: UInt32 = 1

    var actions = ActionQueue(capacity: 64)
    /// The ports of each `closeRelay` in `actions`, in their order: nobody draws one before its
    /// socket is closed.
    var leavingPorts: [RelayPort] = []
    /// How many of them were given back.
    var leftPorts = 0
    /// The driver was told to close a relay, and asks for the next action when that is done.
    var isClosingRelay = false
    /// How much of `outgoing` is in use.
    var outgoingEnd = 0
    /// Every relay address that ever was configured; allocations point into it.
    var relayAddresses: [ServerSettings.RelayAddress] = []
    /// The rows of `relayAddresses` that new allocations may use.
    var servedAddresses: [UInt16] = []
    var nonces: NonceIssuer
    var budget: UnauthenticatedBudget
    /// How often the mistake behind a refusal is searched for: it costs as much as the check.
    var explanations = TokenBucket(TokenRate(perSecond: 10, burst: 10))
    /// How often a Binding request is an event.
    var bindingEvents = TokenBucket(TokenRate(perSecond: 10, burst: 10))
    /// Those that were none since the last that was.
    var untoldBindings: UInt64 = 0
    /// The version of the revocation list that the allocations were judged by.
    var revocationVersion: UInt64
    /// Other workers revoke too, so the version is looked at every second.
    var nextRevocationCheck: MonotonicTime
    var realmBytes: [UInt8]
    var softwareBytes: [UInt8]?

    /// - Parameters:
    ///   - shared: what all workers of the process have in common.
    ///   - entropy: where relay ports and tokens are drawn from: the kernel, or a seed in tests.
    package init(
        settings: ServerSettings, hash: any MessageHash, shared: SharedState, worker: WorkerID,
        entropy: any RandomNumberGenerator & Sendable, at now: Now
    ) {
        self.settings = settings
        self.hash = hash
        self.shared = shared
        self.worker = worker
        self.entropy = entropy
        self.now = now
        allocations = Slab(vacant: Allocation(), limit: 0)
        permissions = Slab(vacant: Permission(), limit: 0)
        channels = Slab(vacant: Channel(), limit: 0)
        connections = Slab(vacant: Connection(), limit: 0)
        allocationByTuple = FiveTupleIndex(seed: self.entropy.next())
        timers = TimerWheel(at: now.monotonic)
        outgoing = Array(repeating: 0, count: 2 * Self.replyRoom)
        realmBytes = Array(settings.realm.utf8)
        softwareBytes = settings.software.map { Array($0.utf8) }
        let nonceKey = shared.nonceKey
        nonces = NonceIssuer(
            masterKey: nonceKey.span, lifetime: settings.lifetimes.nonce, hash: hash)
        budget = Self.budget(settings.limits, &self.entropy)
        revocationVersion = shared.revocations.version
        nextRevocationCheck = now.monotonic + Seconds(1)
        boundTables()
        serveRelayAddresses()
    }

    /// Bounds this worker's tables by the settings.
    mutating func boundTables() {
        let perWorker = settings.limits.allocationsPerWorker
        allocations.limit = perWorker
        permissions.limit = perWorker * Self.linksPerAllocation
        channels.limit = perWorker * Self.linksPerAllocation
        connections.limit = settings.limits.connectionsPerWorker
    }

    static func budget(
        _ limits: ServerSettings.Limits, _ entropy: inout any RandomNumberGenerator & Sendable
    ) -> UnauthenticatedBudget {
        UnauthenticatedBudget(
            floorBitsPerSecond: limits.unauthenticatedFloorBitsPerSecond,
            factor: limits.unauthenticatedFactor, workers: limits.workers,
            seed: (entropy.next(), entropy.next()))
    }

    /// On average; the tables of permissions and channels are shared by all allocations.
    static var linksPerAllocation: Int { 64 }

    /// What the driver must do next; nil when it has done everything.
    package mutating func nextAction() -> Action? {
        precondition(opening?.awaitsDriver != true, "an opened relay was not reported")
        if isClosingRelay { givePortBack() }
        if let action = actions.pop() {
            noteHandedOver(action)
            return action
        }
        outgoingEnd = 0
        while let link = closedConnections.popLast() { connections.remove(link) }
        return nil
    }

    /// The driver owes an answer to the questions it has just been handed.
    private mutating func noteHandedOver(_ action: Action) {
        switch action {
        case .openRelay, .queryTraffic: opening?.awaitsDriver = true
        case .closeRelay: isClosingRelay = true
        default: break
        }
    }

    private mutating func givePortBack() {
        isClosingRelay = false
        releasePort(leavingPorts[leftPorts])
        leftPorts += 1
        guard leftPorts == leavingPorts.count else { return }
        leavingPorts.removeAll(keepingCapacity: true)
        leftPorts = 0
    }

    /// When `tick` must be called at the latest.
    package var nextDeadline: MonotonicTime {
        if sweep != nil { return now.monotonic }
        let own = min(timers.nextDeadline, reserved.nextDeadline)
        return allocations.count > 0 ? min(own, nextRevocationCheck) : own
    }

    /// Takes one datagram that begins like a STUN message (RFC 7983: first byte 0 to 3).
    package mutating func receive(_ bytes: Span<UInt8>, from tuple: FiveTuple, at now: Now) {
        self.now = now
        guard !isOwnRelay(tuple) else {
            counters.droppedLoop += 1
            if isStream(tuple.listener) { actions.push(.closeStream(tuple)) }
            return
        }
        do throws(MessageDefect) {
            let message = try StunMessage(bytes)
            // RFC 8489 §14.7: a wrong FINGERPRINT means that this is no STUN message.
            guard message.hasValidFingerprint else {
                counters.droppedFingerprint += 1
                return
            }
            dispatch(message, from: tuple)
        } catch {
            // RFC 8489 §6.3: silently dropped.
            if error == .unknownType {
                counters.droppedUnexpected += 1
            } else {
                counters.droppedMalformed += 1
            }
        }
    }

    private mutating func dispatch(_ message: borrowing StunMessage, from tuple: FiveTuple) {
        guard message.messageClass == .request else {
            // RFC 8489 §6.3.2: indications are never answered. Send is the forwarder's.
            if message.messageClass == .indication {
                counters.droppedIndications += 1
            } else {
                counters.droppedUnexpected += 1
            }
            return
        }
        if message.method == .binding {
            receiveBinding(message, from: tuple)
            return
        }
        // RFC 8656 §5: TURN has no mode for clients without the cookie.
        guard !message.isClassic else {
            counters.droppedUnexpected += 1
            return
        }
        guard !settings.features.stunOnly else {
            counters.droppedDisabled += 1
            return
        }
        switch message.method {
        case .allocate: receiveAllocate(message, from: tuple)
        case .refresh: receiveRefresh(message, from: tuple)
        case .createPermission: receiveCreatePermission(message, from: tuple)
        case .channelBind: receiveChannelBind(message, from: tuple)
        case .connect: receiveConnect(message, from: tuple)
        case .connectionBind: receiveConnectionBind(message, from: tuple)
        default:
            // RFC 8489 §6.3: methods that this server does not serve are dropped.
            counters.droppedUnexpected += 1
        }
    }
}
